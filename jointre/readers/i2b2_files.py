"""The files of i2b2/VA 2010: which belong together, and what a line of each says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jointre.data.report import Report
from jointre.errors import DataError, Fault
from jointre.readers.lines import lines_of

FOLDERS = {".txt": (".", "txt"), ".con": (".", "concept", "concepts"), ".rel": (".", "rel", "rels")}
NUMBERS = "([0-9]{1,9}):([0-9]{1,9}) ([0-9]{1,9}):([0-9]{1,9})"
PLACE = rf'c="(.*)" {NUMBERS}'
HEAD = rf'c="((?:(?!\|\|r=").)*)" {NUMBERS}'  # with `.*` in both places, a relation would take quadratic time
CONCEPT = re.compile(rf'{PLACE}\|\|t="([^"]*)"')
RELATION = re.compile(rf'{HEAD}\|\|r="([^"]*)"\|\|{PLACE}')


@dataclass(frozen=True)
class Place:
    """``c="text" line:word line:word``: lines count from 1, words from 0, and the last word is part of it."""

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

    where: str
    place: Place
    label: str


@dataclass(frozen=True)
class Connection:
    """A line of a ``.rel`` file."""

    where: str
    head: Place
    label: str
    tail: Place


@dataclass(frozen=True)
class Note:
    """The files of one text; ``relations`` is None if there is no such file."""

    text: Path
    concepts: Path
    relations: Path | None


def notes_of(folder: Path, report: Report) -> list[Note]:
    """The texts of a folder with their files, by name; a file without its partner is a fault."""
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
    """The concepts of a ``.con`` file; lines of another form go to the report."""
    form = 'c="words" LINE:FIRST LINE:LAST||t="TYPE"'
    for where, found in _matches(path, CONCEPT, form, report):
        yield Concept(where, _place(found[:5]), found[5])


def connections_of(path: Path, report: Report) -> Iterator[Connection]:
    """The relations of a ``.rel`` file; lines of another form go to the report."""
    form = 'c="words" LINE:FIRST LINE:LAST||r="TYPE"||c="words" LINE:FIRST LINE:LAST'
    for where, found in _matches(path, RELATION, form, report):
        yield Connection(where, _place(found[:5]), found[5], _place(found[6:]))


def _matches(
    path: Path, pattern: re.Pattern[str], form: str, report: Report
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for number, line in lines_of(path, report):
        if not line.strip():
            continue
        where, found = f"{path}:{number}", pattern.fullmatch(line.strip())
        if found is None:
            report.faults.append(
                Fault(f"the line is not of the form of {path.suffix} files", where, f"write {form}")
            )
        elif not found[6].strip():
            report.faults.append(Fault("the type is empty", where))
        else:
            yield where, found.groups()


def _place(groups: tuple[str, ...]) -> Place:
    text, *numbers = groups
    return Place(text, *map(int, numbers))
