"""Scanning the shards before the first update: find faults, and count what the shards contain."""

import hashlib
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from jointre.data.atomic_write import file_sha256
from jointre.data.doc import Doc
from jointre.data.labels import load_types
from jointre.data.report import Report
from jointre.data.strict_read import first_char
from jointre.errors import DataError, Fault
from jointre.place import Where
from jointre.pretraining.shards import Choice, Shard, on_words
from jointre.readers.gold_keys import check_keys
from jointre.readers.jsonl import GOLD_KEYS
from jointre.readers.parse_record import STANDARD, parse_record
from jointre.readers.records import records
from jointre.splitters.base import Splitter

Mention = tuple[str, ...]


@dataclass
class Shards:
    """Shards, and what a scan found in them.

    Args:
        shards: in the order of their names.
        types: entity types of all documents, used or not, so that every share of the documents has the same types.
        mentions: the words of entities, drawn uniformly from all documents that are used.
        few: number of documents in the share that have too few entities.
        sha256: of the files.
        notices: what was repaired or not used, for the user.
    """

    shards: list[Shard] = field(default_factory=list)
    types: set[str] = field(default_factory=set)
    mentions: list[Mention] = field(default_factory=list)
    few: int = 0
    sha256: str = ""
    notices: list[str] = field(default_factory=list)

    @property
    def used(self) -> int:
        """Number of documents that are used."""
        return sum(shard.used for shard in self.shards)

    @property
    def records(self) -> int:
        """Number of all documents."""
        return sum(shard.records for shard in self.shards)


@dataclass
class Reservoir:
    """A uniform sample (``kept``) of at most ``size`` of all mentions that are added (reservoir sampling)."""

    kept: list[Mention]
    size: int
    chance: random.Random
    seen: int = 0

    def add(self, mentions: Iterable[Mention]) -> None:
        """Add mentions; each replaces a random one of the sample, or is dropped."""
        for mention in mentions:
            self.seen += 1
            if len(self.kept) < self.size:
                self.kept.append(mention)
            elif (place := self.chance.randrange(self.seen)) < self.size:
                self.kept[place] = mention


class _Counts(Report):
    """A report that only counts repairs: their places would need memory for each of them."""

    def repair(self, what: str, where: Where, detail: str) -> None:
        """Count one repair."""
        self.count(what, where)


def scan_shards(
    files: list[Path],
    choice: Choice,
    table: int = 0,
    seed: int = 0,
    types: str | None = None,
    after_doc: Callable[[], object] = lambda: None,
    splitter: Splitter | None = None,
) -> Shards:
    """Check every line of the shards, and count what they contain.

    Args:
        files: the shards.
        choice: which documents are used.
        table: number of mentions to draw.
        seed: of that draw.
        types: a file with all allowed entity types; None to allow any.
        after_doc: called after each document.
        splitter: makes the words of documents for which the shards give none.

    Raises:
        CorpusError: with the faults of all files.
    """
    found, report = Shards(), _Counts()
    reservoir = Reservoir(found.mentions, table, random.Random(seed))
    for path in files:
        kept: list[bool] = []
        first = found.records
        for doc in _documents(path, report, splitter):
            kept.append(doc is not None and _used(doc, first + len(kept), choice, found))
            if doc is not None:
                found.types.update(entity.label for entity in doc.entities)
            if doc is not None and kept[-1]:
                reservoir.add(tuple(doc.words[e.start : e.end]) for e in doc.entities)
            after_doc()
        bits = np.packbits(np.array(kept, dtype=bool)).tobytes()
        found.shards.append(Shard(path, first, len(kept), bits, sum(kept)))
    if types is not None:
        report.faults += report.unknown_types(load_types(types))
    report.raise_faults("the shards cannot be used")
    found.notices = report.notices
    found.sha256 = hashlib.sha256("".join(map(file_sha256, files)).encode()).hexdigest()
    return found


def _documents(path: Path, report: Report, splitter: Splitter | None) -> Iterator[Doc | None]:
    try:
        listed = first_char(path) == "["
    except DataError as error:
        report.faults += error.faults
        return
    if listed:
        remedy = "write one document per line, as jointre annotate does"
        report.faults.append(Fault("is a JSON list, not a shard", str(path), remedy))
        return
    for record in check_keys(records(path, report), GOLD_KEYS, report):
        doc = parse_record(record, STANDARD, report)
        yield None if doc is None else on_words(doc, splitter, report)


def _used(doc: Doc, number: int, choice: Choice, found: Shards) -> bool:
    drawn, enough = choice.drawn(number), len(doc.entities) >= choice.min_entities
    found.few += drawn and not enough
    return drawn and enough
