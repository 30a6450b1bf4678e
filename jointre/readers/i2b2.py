"""The layout of the i2b2/VA 2010 challenge: texts, concepts and relations in files of their own."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.report import Report
from jointre.data.validate import merge_duplicates
from jointre.errors import DataError, Fault
from jointre.limits import InputPath
from jointre.place import Place
from jointre.readers.base_corpus import CorpusReader
from jointre.readers.base_tagged import ITSELF, TWICE
from jointre.readers.head import Head
from jointre.readers.quotes import SHOWN, shown
from jointre.readers.records import Record, lines_of
from jointre.registry import registry

FOLDERS = {".txt": (".", "txt"), ".con": (".", "concept", "concepts"), ".rel": (".", "rel", "rels")}
NUMBERS = "([0-9]{1,9}):([0-9]{1,9}) ([0-9]{1,9}):([0-9]{1,9})"
PLACE = rf'c="(.*)" {NUMBERS}'
HEAD = rf'c="((?:(?!\|\|r=").)*)" {NUMBERS}'  # with `.*` in both places, a relation would take quadratic time
CONCEPT = re.compile(rf'{PLACE}\|\|t="([^"]*)"')
RELATION = re.compile(rf'{HEAD}\|\|r="([^"]*)"\|\|{PLACE}')


@dataclass(frozen=True)
class Quoted:
    """Quoted words and their place ``c="text" line:word line:word``; lines count from 1, words from 0, inclusively."""

    text: str
    line: int
    first: int
    last_line: int
    last: int

    def __str__(self) -> str:
        return f"{self.text!r} at {self.line}:{self.first} {self.last_line}:{self.last}"


@dataclass(frozen=True)
class Concept:
    """A line of a ``.con`` file."""

    where: Place
    place: Quoted
    label: str


@dataclass(frozen=True)
class Connection:
    """A line of a ``.rel`` file."""

    where: Place
    head: Quoted
    label: str
    tail: Quoted


@dataclass(frozen=True)
class Note:
    """The files of one text; ``relations`` is None without a ``.rel`` file."""

    text: Path
    concepts: Path
    relations: Path | None


def notes_of(folder: Path, report: Report) -> list[Note]:
    """Return the texts of a folder with their files, by name; a file without its partner is a fault."""
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "no such folder"
        raise DataError(
            f"{folder} cannot be read", [Fault(what, str(folder), "give the folder with NAME.txt")]
        )
    found = {ending: _by_name(folder, ending, report) for ending in FOLDERS}
    texts, concepts, relations = found[".txt"], found[".con"], found[".rel"]
    for ending in (".con", ".rel"):
        for name in sorted(found[ending].keys() - texts.keys()):
            report.faults.append(
                Fault(f"there is no {name}.txt", str(found[ending][name]), "add it, or remove this file")
            )
    for name in sorted(texts.keys() - concepts.keys()):
        remedy = f"add concept/{name}.con, empty if there are no concepts"
        report.faults.append(Fault(f"there is no {name}.con", str(texts[name]), remedy))
    if not texts:
        report.faults.append(Fault("the folder has no *.txt", str(folder), "give the folder with NAME.txt"))
    return [Note(texts[n], concepts[n], relations.get(n)) for n in sorted(texts.keys() & concepts.keys())]


def _by_name(folder: Path, ending: str, report: Report) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for part in FOLDERS[ending]:
        here = folder / part
        for path in sorted(here.glob(f"*{ending}")) if here.is_dir() else []:
            if path.stem in found:
                report.faults.append(
                    Fault(f"{found[path.stem]} has the same name", str(path), "keep one of them")
                )
            found.setdefault(path.stem, path)
    return found


def concepts_of(path: Path, report: Report) -> Iterator[Concept]:
    """Yield the concepts of a ``.con`` file; report lines in another format."""
    form = 'c="words" LINE:FIRST LINE:LAST||t="TYPE"'
    for where, found in _matches(path, CONCEPT, form, report):
        yield Concept(where, _place(found[:5]), found[5])


def connections_of(path: Path, report: Report) -> Iterator[Connection]:
    """Yield the relations of a ``.rel`` file; report lines in another format."""
    form = 'c="words" LINE:FIRST LINE:LAST||r="TYPE"||c="words" LINE:FIRST LINE:LAST'
    for where, found in _matches(path, RELATION, form, report):
        yield Connection(where, _place(found[:5]), found[5], _place(found[6:]))


def _matches(
    path: Path, pattern: re.Pattern[str], form: str, report: Report
) -> Iterator[tuple[Place, tuple[str, ...]]]:
    for number, line in lines_of(path, report):
        if not line.strip():
            continue
        where, found = Place(str(path), number), pattern.fullmatch(line.strip())
        if found is None:
            report.faults.append(
                Fault(f"the line is not in the format of {path.suffix} files", where, f"write {form}")
            )
        elif not found[6].strip():
            report.faults.append(Fault("the type is empty", where))
        else:
            yield where, found.groups()


def _place(groups: tuple[str, ...]) -> Quoted:
    text, *numbers = groups
    return Quoted(text, *map(int, numbers))


SPREAD = "concepts over several lines, left out"
APART = "relations between lines, left out"
LOOSE = "relations to a place that is not a concept, left out"
OTHER_TEXT = "concepts and arguments whose quotation differs from the words at their place, which is used"
NO_RELATIONS = "texts without a .rel file, read without relations"


@dataclass
class Line:
    """A line of a text that has words, with the concepts and relations on it."""

    words: list[str]
    concepts: list[Concept] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)


@registry.readers("jointre.i2b2.v1")
class I2b2Reader(CorpusReader):
    """Reads a folder with ``NAME.txt``, ``concept/NAME.con`` and ``rel/NAME.rel``, or with all of them side by side.

    Each line of a text that is not blank is a document. Blanks separate its words, and its ``id`` is ``NAME:LINE``.
    ``c="words" 8:1 8:2||t="problem"`` is an entity over words 1 to 2 (from 0, both inclusive) of line 8 (from 1). A
    relation has ``||r="TrIP"||`` between two such places. Quotations are compared without letter case.

    Args:
        path: the folder; None if it is set later.
        types: a types file, or None.
        repair: True leaves out what cannot be represented, such as concepts over several lines, and reports each place;
            False refuses it.
    """

    layout = "folder: NAME.txt, NAME.con and NAME.rel"

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether a folder has ``*.con`` files, itself or in ``concept*``, and no JSON Lines."""
        concepts = (name for name in head.names if name.endswith(".con"))
        if any("/" not in name and ".jsonl" in name for name in head.names):
            return False
        return any("/" not in name or name.startswith("concept") for name in concepts)

    def __init__(self, path: InputPath | None, types: InputPath | None = None, repair: bool = True) -> None:
        super().__init__(path, types)
        self.repair = repair

    def records_of(self, path: Path, report: Report) -> Iterator[Record]:
        """Yield the lines of all texts, text by text."""
        for note in notes_of(path, report):
            lines = {number: Line(text.split()) for number, text in lines_of(note.text, report)}
            self._add_annotation(note, lines, report)
            for number, line in lines.items():
                if line.words:
                    yield Record(Place(str(note.text), number), f"{note.text.stem}:{number}", line)

    def parse(self, record: Record, report: Report) -> Doc | None:
        """Return the document of a line."""
        line: Line = record.value
        entities = [Entity(c.place.first, c.place.last + 1, c.label) for c in line.concepts]
        for concept in line.concepts:
            report.use("entity", concept.label, concept.where)
        doc = Doc(line.words, entities, self._relations(line, report), id=record.id, where=record.where)
        return merge_duplicates(doc, report, record.where)

    def _add_annotation(self, note: Note, lines: dict[int, Line], report: Report) -> None:
        for concept in concepts_of(note.concepts, report):
            if self._fits(concept.place, concept.where, lines, report):
                if concept.place.line == concept.place.last_line:
                    lines[concept.place.line].concepts.append(concept)
                else:
                    report.repair_or_refuse(self.repair, SPREAD, concept.where, str(concept.place))
        if note.relations is None:
            report.repair(NO_RELATIONS, str(note.text), f"there is no {note.text.stem}.rel")
            return
        by_line = defaultdict[int, list[Connection]](list)
        for connection in connections_of(note.relations, report):
            places = (connection.head, connection.tail)
            fits = [self._fits(place, connection.where, lines, report) for place in places]
            if not all(fits):
                continue
            if len({line for place in places for line in (place.line, place.last_line)}) > 1:
                report.repair_or_refuse(
                    self.repair,
                    APART,
                    connection.where,
                    f"{connection.label} from {places[0]} to {places[1]}",
                )
            else:
                by_line[connection.head.line].append(connection)
        for number, connections in by_line.items():
            lines[number].connections = connections

    def _fits(self, place: Quoted, where: Place, lines: dict[int, Line], report: Report) -> bool:
        """Return whether a place is in the text; a fault if not, and a notice if other words stand there."""
        for number, word in ((place.line, place.first), (place.last_line, place.last)):
            size = len(lines[number].words) if number in lines else 0
            if word >= size:
                what = (
                    f"{place}: line {number} has {size} words"
                    if number in lines
                    else f"{place}: no line {number}"
                )
                report.faults.append(Fault(what, where, "lines count from 1, words (between blanks) from 0"))
                return False
        if (place.last_line, place.last) < (place.line, place.first):
            report.faults.append(Fault(f"{place} ends before it begins", where))
            return False
        quoted = place.text.split()
        words = lines[place.line].words[place.first : min(place.last + 1, place.first + len(quoted) + SHOWN)]
        same = " ".join(words).casefold() == " ".join(quoted).casefold()
        if place.line == place.last_line and not same:
            report.repair_or_refuse(self.repair, OTHER_TEXT, where, f"{place} is {shown(' '.join(words))}")
        return True

    def _relations(self, line: Line, report: Report) -> list[Relation]:
        index = {(c.place.first, c.place.last): i for i, c in reversed(list(enumerate(line.concepts)))}
        relations: dict[Relation, None] = {}
        for connection in line.connections:
            where = connection.where
            report.use("relation", connection.label, where)
            head, tail = (
                index.get((place.first, place.last)) for place in (connection.head, connection.tail)
            )
            relation = None if head is None or tail is None else Relation(head, tail, connection.label)
            detail = f"{connection.label} from {connection.head} to {connection.tail}"
            if relation is None:
                report.repair_or_refuse(self.repair, LOOSE, where, detail)
            elif head == tail:
                report.repair_or_refuse(self.repair, ITSELF, where, detail)
            elif relation in relations:
                report.repair(TWICE, where, detail)
            else:
                relations[relation] = None
        return list(relations)
