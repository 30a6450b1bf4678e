"""Write predicted documents in one of several formats: those of the registered renderers and writers."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from jointre.errors import Fault, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from jointre.data.doc import Doc
    from jointre.data.labels import Labels
    from jointre.data.report import Report
    from jointre.renderers.base import Renderer
    from jointre.writers.base import Writer


class Form:
    """A format of predictions.

    Args:
        name: a renderer or a writer, perhaps with arguments; None for the format of ``output``.
        output: the file or folder to write; None for stdout.
        level: what a record is, for writers that can divide documents.

    Raises:
        UsageError: the format does not exist, or it cannot be written to stdout.
    """

    def __init__(self, name: str | None, output: "Path | None", level: str = "document") -> None:
        from jointre.writers.base import TextWriter

        self.output = output
        self.renderer: Renderer | None = _renderer(name, output)
        self.writer: Writer | None = None if self.renderer else _writer(name, output, level)
        if output is None and self.writer is not None and not isinstance(self.writer, TextWriter):
            fault = Fault("it is not a format of text", str(name), "name the OUTPUT to write")
            raise UsageError("the format cannot be written to stdout", [fault])

    @property
    def files(self) -> tuple[str, ...]:
        """The endings of the files in the output if it is a folder; empty for a file."""
        return self.writer.files if self.writer else ()

    def write(self, docs: "Iterable[Doc]", labels: "Labels", report: "Report") -> None:
        """Write documents as they come; if ``docs`` raises an error, stdout has those before it, a file nothing."""
        from jointre.data.atomic_write import replacing, writing

        if self.writer is not None and self.output is not None:
            self.writer.save(docs, self.output, report)
        elif self.output is not None:
            with writing(self.output.name, self.output), replacing(self.output) as file:
                self._show(docs, file, labels)
        elif self.writer is None:
            self._show(docs, sys.stdout, labels)
        else:
            from jointre.writers.base import TextWriter

            assert isinstance(self.writer, TextWriter)
            for piece in self.writer.pieces(self.writer.fit(docs, report)):
                sys.stdout.write(piece)
                sys.stdout.flush()  # so that a reader need not wait

    def _show(self, docs: "Iterable[Doc]", file: TextIO, labels: "Labels") -> None:
        assert self.renderer is not None
        self.renderer.render(docs, file, labels)


def _renderer(name: str | None, output: "Path | None") -> "Renderer | None":
    """Return the renderer that is named, or whose format the output has; None if it is a writer's."""
    from jointre.named import full_name
    from jointre.registry import registry
    from jointre.renderers.named import NamedRenderer, renderer_for

    if name is not None:
        known = full_name(registry.renderers, name.partition(":")[0]) is not None
        return NamedRenderer.parse(name, "--format").make() if known else None
    if output is not None:
        return renderer_for(output)
    return NamedRenderer.parse("text").make() if sys.stdout.isatty() else None


def _writer(name: str | None, output: "Path | None", level: str) -> "Writer":
    from jointre.named import short_name
    from jointre.registry import registry
    from jointre.writers.named import NamedWriter, refuse_packed, writer_for

    class NamedForm(NamedWriter):
        what = "format"
        others = tuple(short_name(name) for name in registry.renderers.names())

    found = writer_for(output) if name is None and output is not None else None
    named = found or NamedForm.parse(name or "jsonl", "--format")
    if output is not None:
        refuse_packed(named, output)
    return named.make(level=level)
