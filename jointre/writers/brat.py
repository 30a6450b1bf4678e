"""Write brat's standoff format: texts and, next to each, a file with its annotation."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from jointre.data.atomic_write import replacing_folder, writing
from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.place import Place
from jointre.registry import registry
from jointre.writers.base import Writer
from jointre.writers.fit import as_text, only, own_id, rewritten, where, with_labels_as

BLANKS = re.compile(r"[\s\0]+")
UNSAFE = re.compile(r"[^\w.-]+")  # in the name of a file
LONGEST = 40  # characters of the name of a file, which may be four bytes each
LINE = re.compile(r"[^\r\n]+")
BOM = "\ufeff"


@registry.writers("jointre.brat.v1")
class BratWriter(Writer):
    """Writes a folder with a text ``NAME.txt`` and its annotation ``NAME.ann`` for each document.

    NAME is the id of the document or, if that only names its place, the file and a number.
    """

    reader = "jointre.brat.v1"
    files = (".txt", ".ann")

    def __init__(self) -> None:
        pass

    def fit(self, docs: Iterable[Doc], report: Report) -> Iterator[Doc]:
        """Yield documents with a text, whose ids can be the names of files."""
        taken = set[str]()
        for number, doc in enumerate(docs):
            own = own_id(doc)
            name = _file_name(doc, number)
            while name.casefold() in taken:
                name = f"{name}-{number}"
            taken.add(name.casefold())
            report.count(
                "ids of documents that cannot name a file, changed", where(doc), bool(own) and own != name
            )
            held = only(as_text(doc, report), report, "id")
            nul = held.text is not None and "\0" in held.text
            report.count("texts with NUL characters, replaced", where(doc), nul)
            if held.text is not None and nul:
                held = _with_text(held, held.text.replace("\0", "\ufffd"))
            yield with_labels_as(replace(held, id=name), lambda label: rewritten(label, BLANKS), report)

    def write(self, docs: Iterable[Doc], path: Path) -> None:
        """Write the files of the folder."""
        with writing(path.name, path), replacing_folder(path) as folder:
            for doc in docs:
                text = doc.text or ""
                raw = f"{BOM}{text}" if text.startswith(BOM) else text  # the reader takes the first one away
                (folder / f"{doc.id}.txt").write_bytes(raw.encode("utf8"))
                (folder / f"{doc.id}.ann").write_bytes("".join(_lines(doc)).encode("utf8"))


def _file_name(doc: Doc, number: int) -> str:
    own = own_id(doc)
    stem = own or f"{Path(Place.of(doc.where).file).name.split('.')[0] or 'document'}-{number:06}"
    name = UNSAFE.sub("_", stem).strip(".") or "document"
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}-{number}"


def _with_text(doc: Doc, text: str) -> Doc:
    """Return the document with a text of the same length."""
    words = [text[start:end] for start, end in doc.offsets or ()]
    return replace(doc, text=text, words=words)


def _lines(doc: Doc) -> Iterator[str]:
    text = doc.text or ""
    for number, entity in enumerate(doc.entities, 1):
        start, end = doc.characters(entity) or (0, 0)
        parts = [match.span() for match in LINE.finditer(text, start, end) if match[0].strip()]
        places = ";".join(f"{a} {b}" for a, b in parts)
        yield f"T{number}\t{entity.label} {places}\t{' '.join(text[a:b] for a, b in parts)}\n"
    for number, r in enumerate(doc.relations, 1):
        yield f"R{number}\t{r.label} Arg1:T{r.head + 1} Arg2:T{r.tail + 1}\n"
