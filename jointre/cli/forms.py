"""Write predicted documents in one of several formats: to read, or those of the registered writers."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from jointre.cli.console import out
from jointre.errors import Fault, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from jointre.data.doc import Doc
    from jointre.data.labels import Labels
    from jointre.data.report import Report
    from jointre.writers.base import Writer

TO_READ = {"text": (".txt",), "html": (".html", ".htm")}
"""The formats for people, with the endings of their names."""


class Form:
    """A format of predictions.

    Args:
        name: ``text``, ``html``, or a writer, perhaps with arguments; None for the format of ``output``.
        output: the file or folder to write; None for stdout.
        level: what a record is, for writers that can divide documents.

    Raises:
        UsageError: the format does not exist, or it cannot be written to stdout.
    """

    def __init__(self, name: str | None, output: "Path | None", level: str = "document") -> None:
        from jointre.writers.base import TextWriter

        self.output = output
        self.to_read = name if name in TO_READ else self._to_read() if name is None else None
        self.writer: Writer | None = None if self.to_read else _writer(name, output, level)
        if output is None and self.writer is not None and not isinstance(self.writer, TextWriter):
            fault = Fault("it is not a format of text", str(name), "name the OUTPUT to write")
            raise UsageError("the format cannot be written to stdout", [fault])

    def _to_read(self) -> str | None:
        if self.output is None:
            return "text" if sys.stdout.isatty() else None
        name = self.output.name.lower().removesuffix(".gz")
        return next((form for form, endings in TO_READ.items() if name.endswith(endings)), None)

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
        from jointre.console import SafeConsole
        from jointre.rendering.html import html_page
        from jointre.rendering.terminal import show_docs

        if self.to_read == "html":
            file.write(html_page(list(docs), "Entities and relations", labels))
        else:
            show_docs(docs, out() if file is sys.stdout else SafeConsole(file=file, width=100), labels)


def _writer(name: str | None, output: "Path | None", level: str) -> "Writer":
    from jointre.writers.named import NamedWriter, refuse_packed, writer_for

    class NamedForm(NamedWriter):
        what = "format"
        others = tuple(TO_READ)

    found = writer_for(output) if name is None and output is not None else None
    named = found or NamedForm.parse(name or "jsonl", "--format")
    if output is not None:
        refuse_packed(named, output)
    return named.make(level=level)
