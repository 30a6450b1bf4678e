"""Write predicted documents in one of several formats."""

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal, TextIO

from jointre.cli.console import out

if TYPE_CHECKING:
    from pathlib import Path

    from jointre.data.doc import Doc
    from jointre.data.labels import Labels

Format = Literal["text", "jsonl", "spert", "html"]
BY_SUFFIX: dict[str, Format] = {".html": "html", ".htm": "html", ".txt": "text"}


def form_of(path: "Path") -> Format:
    """Return the format of an output by the ending of its name, before a ``.gz``."""
    name = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return BY_SUFFIX.get(name.suffix, "jsonl")


def write_docs(docs: "Iterable[Doc]", form: Format, file: TextIO, labels: "Labels") -> None:
    """Write documents as they come; if ``docs`` raises an error, those before it are written."""
    if form == "text":
        from jointre.console import SafeConsole
        from jointre.rendering.terminal import show_docs

        show_docs(docs, out() if file is sys.stdout else SafeConsole(file=file, width=100), labels)
        return
    for piece in _pieces(docs, form, labels):
        file.write(piece)
        if file is sys.stdout:
            file.flush()  # so that a reader need not wait


def _pieces(docs: "Iterable[Doc]", form: Format, labels: "Labels") -> Iterator[str]:
    from jointre.data.write import to_line

    if form == "spert":
        yield from _spert(docs)
    elif form == "html":
        from jointre.rendering.html import html_page

        yield html_page(list(docs), "Entities and relations", labels)
    else:
        for doc in docs:
            yield to_line(doc) + "\n"


def _spert(docs: "Iterable[Doc]") -> Iterator[str]:
    """Yield a JSON list, which is also closed if an error occurs."""
    import srsly

    from jointre.data.write import to_spert

    yield "["
    try:
        for number, doc in enumerate(docs):
            yield (",\n" if number else "\n") + str(srsly.json_dumps(to_spert(doc)))
    except Exception:
        yield "\n]\n"
        raise
    yield "\n]\n"
