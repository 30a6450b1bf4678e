"""The standoff format of brat: texts and, next to each, a file with its annotation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.data.strict_read import decode_file, reading
from jointre.errors import DataError, Fault
from jointre.limits import InputPath
from jointre.place import Place
from jointre.readers.base_corpus import CorpusReader
from jointre.readers.fields import Keys
from jointre.readers.head import Head
from jointre.readers.linked import Linked
from jointre.readers.records import Record, lines_of
from jointre.registry import registry

Discontinuous = Literal["refuse", "split", "cover"]
SPAN = "[0-9]{1,9} [0-9]{1,9}"
ENTITY = re.compile(rf"(T\S+)\t(\S+) ({SPAN}(?:;{SPAN})*)(?:\t(.*))?")
RELATION = re.compile(r"(R\S+)\t(\S+) [^\s:]+:(\S+) [^\s:]+:(\S+)\s*")
FORMS = {"T": "T1<tab>TYPE START END<tab>words", "R": "R1<tab>TYPE Arg1:T1 Arg2:T2"}
OTHER_LINES = {
    "E": "events",
    "A": "attributes",
    "M": "attributes",
    "N": "normalizations",
    "#": "notes",
    "*": "equivalences",
}
DISCONTINUOUS = {
    "split": "entities of several parts, each part read as an entity",
    "cover": "entities of several parts, read with what is between them",
}


@dataclass(frozen=True)
class Files:
    """A text and the file with its annotation."""

    text: Path
    annotation: Path


@registry.readers("jointre.brat.v1")
class BratReader(CorpusReader):
    """Reads a folder with ``NAME.txt`` and ``NAME.ann``; each text is a document with the id ``NAME``.

    ``T1<tab>Person 0 7<tab>Ida Holm`` is an entity; offsets count the characters of the text, the end exclusive.
    ``R1<tab>Lives_in Arg1:T1 Arg2:T2`` is a relation from its first to its second argument. Events, attributes,
    normalizations, notes and equivalences are counted. An entity of several parts (``0 3;4 8``) with only blanks
    between them, such as the end of a line, is one entity.

    Args:
        path: the folder; None if it is set later.
        types: a types file, or None.
        discontinuous: what to do with other entities of several parts: "refuse"; "split" makes an entity of each part,
            and relations point to the first; "cover" includes the words between the parts. Each is reported.
    """

    layout = "folder: NAME.txt and NAME.ann"

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether a folder has ``*.ann`` and neither ``*.con`` nor JSON Lines."""
        names = [name for name in head.names if "/" not in name]
        others = any(name.endswith(".con") for name in head.names) or any(".jsonl" in name for name in names)
        return not others and any(name.endswith(".ann") for name in names)

    def __init__(
        self,
        path: InputPath | None,
        types: InputPath | None = None,
        discontinuous: Discontinuous = "refuse",
    ) -> None:
        super().__init__(path, types)
        self.discontinuous: Discontinuous = discontinuous

    def records_of(self, path: Path, report: Report) -> Iterator[Record]:
        """Yield the texts of the folder with their files, by name."""
        for files in _files_of(path, report):
            yield Record(Place(str(files.text)), files.text.stem, files)

    def parse(self, record: Record, report: Report) -> Doc | None:
        """Return the document of a text."""
        files: Files = record.value
        try:
            with reading(files.text) as file:
                text = decode_file(file.read(), files.text)
        except DataError as error:
            report.faults.extend(error.faults)
            return None
        linked = Linked(Keys({}, record.where), text, report)
        links = []
        for number, line in lines_of(files.annotation, report):
            where, kind = Place(str(files.annotation), number), line[:1]
            if kind in OTHER_LINES:
                report.count(f"{OTHER_LINES[kind]}, not used", where)
            elif not line.strip():
                continue
            elif (entity := ENTITY.fullmatch(line)) is not None:
                self._add(entity, where, linked)
            elif (relation := RELATION.fullmatch(line)) is not None:
                links.append((relation, where))
            else:
                form = FORMS.get(kind, " or ".join(FORMS.values()))
                linked.keys.faults.append(
                    Fault("the line is not in the format of brat", where, f"write {form}")
                )
        for relation, where in links:
            name, label, head, tail = relation.groups()
            linked.relate(Keys({}, where, name, linked.keys.faults), head, tail, label)
        return linked.doc(record.id, {})

    def _add(self, found: re.Match[str], where: Place, linked: Linked) -> None:
        name, label, offsets, quoted = found.groups()
        item = Keys({}, where, name, linked.keys.faults)
        parts = _joined(
            [(int(a), int(b)) for a, b in (part.split() for part in offsets.split(";"))], linked.text
        )
        if len(parts) == 1:
            linked.quotes(item, *parts[0], quoted)
        elif self.discontinuous == "refuse":
            item.fault(f"it has {len(parts)} parts", "set discontinuous to 'split' or 'cover'")
            parts = parts[:1]
        else:
            detail = f"{name} ({label}, {offsets})"
            linked.report.repair(DISCONTINUOUS[self.discontinuous], where, detail)
        if self.discontinuous == "cover":
            parts = [(parts[0][0], parts[-1][1])]
        for number, (start, end) in enumerate(parts):
            linked.add(item, None if number else name, start, end, label)


def _joined(parts: list[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """Return the parts of an entity in order, as one where only blanks are between them."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(parts):
        if found and not text[found[-1][1] : start].strip():
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _files_of(folder: Path, report: Report) -> Iterator[Files]:
    """Yield the texts of a folder with their annotation, by name; a file without its partner is a fault."""
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "no such folder"
        remedy = "give the folder with NAME.txt and NAME.ann"
        raise DataError(f"{folder} cannot be read", [Fault(what, str(folder), remedy)])
    texts, notes = ({file.stem: file for file in folder.glob(f"*{end}")} for end in (".txt", ".ann"))
    for name in sorted(notes.keys() - texts.keys()):
        remedy = "add it, or remove this file"
        report.faults.append(Fault(f"there is no {name}.txt", str(notes[name]), remedy))
    for name in sorted(texts.keys() - notes.keys()):
        remedy = f"add {name}.ann, empty if the text has no entities"
        report.faults.append(Fault(f"there is no {name}.ann", str(texts[name]), remedy))
    if not texts and not notes:
        remedy = "give the folder with NAME.txt and NAME.ann"
        report.faults.append(Fault("the folder has no *.txt", str(folder), remedy))
    for name in sorted(texts.keys() & notes.keys()):
        yield Files(texts[name], notes[name])
