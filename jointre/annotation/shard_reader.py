"""A folder that `jointre annotate` has written, checked before anything is read from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jointre.annotation.format import FACTS, FORMAT
from jointre.data.atomic_write import file_sha256
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.data.report import CorpusError, Report
from jointre.data.strict_read import load_json
from jointre.errors import DataError, Fault
from jointre.readers.jsonl import FORM
from jointre.readers.parse_record import parse_record
from jointre.readers.records import records

AGAIN = "annotate the text again"


@dataclass(frozen=True)
class Shard:
    """One file of annotated documents in the standard form.

    Args:
        path: the file.
        sha256: of its bytes.
        documents, words, entities: how many there are in it.
    """

    path: Path
    sha256: str
    documents: int
    words: int
    entities: int

    def __iter__(self) -> Iterator[Doc]:
        """The documents in their order, as they are read; one at a time is held.

        Raises:
            DataError: the file is not what it was when it was written; at the place where that shows.
        """
        report = Report()
        for record in records(self.path, report):
            doc = parse_record(record, FORM, report)
            report.raise_faults(f"{self.path} cannot be read")
            if doc is not None:
                yield doc
        report.raise_faults(f"{self.path} cannot be read")


@dataclass(frozen=True)
class AnnotatedText:
    """Annotated text in shards.

    Args:
        folder: where it lies.
        labels: the entity types that its tagger may give, in order, with how often each occurs.
        shards: in the order of the text.
        facts: all of ``annotation.json``.
    """

    folder: Path
    labels: Mapping[str, int]
    shards: tuple[Shard, ...]
    facts: Mapping[str, Any]

    @property
    def documents(self) -> int:
        """Number of documents in all shards."""
        return sum(shard.documents for shard in self.shards)


def open_annotated(folder: Path) -> AnnotatedText:
    """Open a folder of annotated shards. Each shard is read once, to see that it is the file that was written.

    Raises:
        DataError: there is no such folder, the annotation was not finished, or ``annotation.json`` or shards are
            missing, cut off, changed, or have an entity type that is not declared; with all faults.
    """
    facts = load_facts(folder)
    title = f"{folder} cannot be used as annotated text"
    if facts.get("status") != "complete":
        remedy = "start the command that began it again: it goes on where it stopped"
        raise DataError(title, [Fault("the annotation was not finished", str(folder / FACTS), remedy)])
    try:
        labels = {str(name): int(count) for name, count in facts["labels"].items()}
        shards = tuple(_shard(folder, row) for row in facts["shards"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        fault = Fault("is not as jointre writes it", str(folder / FACTS), AGAIN)
        raise DataError(title, [fault]) from error
    faults = [fault for shard in shards for fault in _faults(shard, labels)]
    if not shards:
        faults.append(Fault("no document was kept", str(folder / FACTS), "annotate text with entities in it"))
    if faults:
        raise CorpusError(title, faults)
    return AnnotatedText(folder, labels, shards, facts)


def load_facts(folder: Path) -> dict[str, Any]:
    """The contents of ``annotation.json``.

    Raises:
        DataError: it is not there, cannot be read, or is of another version of the form.
    """
    title = f"{folder} is no annotated text"
    if not (folder / FACTS).is_file():
        what = f"there is no {FACTS}" if folder.is_dir() else "there is no such folder"
        raise DataError(title, [Fault(what, str(folder), "write it with: jointre annotate TEXT FOLDER")])
    facts = load_json(folder / FACTS)
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        found = facts.get("format") if isinstance(facts, dict) else None
        what = f"its format is {found!r}; this version of jointre reads {FORMAT}"
        raise DataError(title, [Fault(what, str(folder / FACTS), AGAIN)])
    return facts


def _shard(folder: Path, row: Mapping[str, Any]) -> Shard:
    numbers = (int(row[name]) for name in ("documents", "words", "entities"))
    return Shard(folder / str(row["file"]), str(row["sha256"]), *numbers)


def _faults(shard: Shard, labels: Mapping[str, int]) -> list[Fault]:
    """Nothing for the very file that was written; else what is wrong with the one that is there."""
    if not shard.path.is_file():
        return [Fault("the shard is missing", str(shard.path), f"put it back, or {AGAIN}")]
    if file_sha256(shard.path) == shard.sha256:
        return []
    report, found = Report(), 0
    for record in records(shard.path, report):
        found += parse_record(record, FORM, report) is not None
    faults = [*report.faults, *report.unknown_types(Labels(tuple(labels)))]
    if not faults:
        what = f"the shard is not the file that was written ({found} documents, {shard.documents} then)"
        faults = [Fault(what, str(shard.path), AGAIN)]
    return faults
