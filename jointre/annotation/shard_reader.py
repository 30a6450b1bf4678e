"""Reading a folder that `jointre annotate` wrote; it is checked before anything is read from it."""

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
from jointre.readers.parse_record import STANDARD, parse_record
from jointre.readers.records import records

AGAIN = "annotate the text again"


@dataclass(frozen=True)
class Shard:
    """One file of annotated documents in the standard form.

    Args:
        path: the file.
        sha256: of its bytes.
        documents, words, entities: their numbers in the file.
    """

    path: Path
    sha256: str
    documents: int
    words: int
    entities: int

    def __iter__(self) -> Iterator[Doc]:
        """Yield the documents in order, and hold one at a time in memory.

        Raises:
            DataError: the file was altered; raised where that shows.
        """
        report = Report()
        for record in records(self.path, report):
            doc = parse_record(record, STANDARD, report)
            report.raise_faults(f"{self.path} cannot be read")
            if doc is not None:
                yield doc
        report.raise_faults(f"{self.path} cannot be read")


@dataclass(frozen=True)
class AnnotatedText:
    """Annotated text in shards.

    Args:
        folder: that contains it.
        labels: the entity types that its tagger may find, in order, with the number of entities of each.
        shards: in the order of the text.
        facts: the contents of ``annotation.json``.
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
    """Open a folder of annotated shards. Each shard is read once, to check that it is unchanged.

    Raises:
        DataError: the folder does not exist, the annotation is not finished, or ``annotation.json`` or a shard is
            missing, truncated or changed, or has an entity type that is not declared; with all faults.
    """
    facts = load_facts(folder)
    title = f"{folder} cannot be used as annotated text"
    if facts.get("status") != "complete":
        remedy = "repeat the command that began it, to continue where it stopped"
        raise DataError(title, [Fault("the annotation was not finished", str(folder / FACTS), remedy)])
    try:
        labels = {str(name): int(count) for name, count in facts["labels"].items()}
        shards = tuple(_shard(folder, row) for row in facts["shards"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        fault = Fault("was not written by jointre, or was changed", str(folder / FACTS), AGAIN)
        raise DataError(title, [fault]) from error
    faults = [fault for shard in shards for fault in _faults(shard, labels)]
    if not shards:
        faults.append(Fault("no document was kept", str(folder / FACTS), "annotate text with entities in it"))
    if faults:
        raise CorpusError(title, faults)
    return AnnotatedText(folder, labels, shards, facts)


def load_facts(folder: Path) -> dict[str, Any]:
    """Return the contents of ``annotation.json``.

    Raises:
        DataError: it does not exist, cannot be read, or has another version of the format.
    """
    title = f"{folder} does not contain annotated text"
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
    """Return what is wrong with a shard that is not the file that was written; nothing if it is."""
    if not shard.path.is_file():
        return [Fault("the shard is missing", str(shard.path), f"put it back, or {AGAIN}")]
    if file_sha256(shard.path) == shard.sha256:
        return []
    report, found = Report(), 0
    for record in records(shard.path, report):
        found += parse_record(record, STANDARD, report) is not None
    faults = [*report.faults, *report.unknown_types(Labels(tuple(labels)))]
    if not faults:
        what = f"the shard is not the file that was written ({found} documents, {shard.documents} then)"
        faults = [Fault(what, str(shard.path), AGAIN)]
    return faults
