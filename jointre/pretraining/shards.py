"""The shards of a pre-training: looked through once, then read line by line; never held in memory."""

import hashlib
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from jointre.annotation.form import FACTS
from jointre.annotation.shards import open_annotated
from jointre.data.disk import file_sha256
from jointre.data.doc import Doc
from jointre.data.files import BOM, decode, first_char, parse, reading
from jointre.data.labels import load_types
from jointre.data.report import Report
from jointre.errors import DataError, Fault
from jointre.readers.jsonl import FORM
from jointre.readers.parse import parse_record
from jointre.readers.records import Record, files_of, records

Mention = tuple[str, ...]


@dataclass(frozen=True)
class Shard:
    """One file: ``kept`` are the records that are used, as packed bits; ``first`` is the number of its first record."""

    path: Path
    first: int
    records: int
    kept: bytes
    used: int

    def numbers(self) -> np.ndarray:
        """[used] which of its records are used, from 0."""
        bits = np.unpackbits(np.frombuffer(self.kept, dtype=np.uint8), count=self.records)
        return np.flatnonzero(bits)

    def lines(self, skip: int = 0) -> Iterator[tuple[int, bytes]]:
        """Number and line of each record that is used, without the first ``skip`` of them."""
        wanted = iter(self.numbers()[skip:].tolist())
        following = next(wanted, None)
        with reading(self.path) as file:
            for number, line in enumerate(line for line in file if line.strip()):
                if following is None:
                    return
                if number == following:
                    yield self.first + number, line
                    following = next(wanted, None)


@dataclass(frozen=True)
class Choice:
    """Which documents serve: ``share`` of all, and of these the ones with ``min_entities`` or more."""

    share: float
    min_entities: int

    def drawn(self, number: int) -> bool:
        """Whether a document is in the share: a function of its number alone, so shares are nested."""
        if self.share >= 1:
            return True
        digest = hashlib.blake2b(number.to_bytes(8, "little"), digest_size=8).digest()
        return int.from_bytes(digest, "little") < self.share * 2**64


@dataclass
class Shards:
    """What a look through shards found.

    Args:
        shards: in the order of their names.
        types: entity types, sorted.
        mentions: the words of entities, drawn from all that are used, each as likely as any other.
        few: documents in the share that have fewer entities than asked for.
        sha256: of the files.
    """

    shards: list[Shard] = field(default_factory=list)
    types: set[str] = field(default_factory=set)
    mentions: list[Mention] = field(default_factory=list)
    few: int = 0
    sha256: str = ""

    @property
    def used(self) -> int:
        """Documents that are used."""
        return sum(shard.used for shard in self.shards)

    @property
    def records(self) -> int:
        """All documents."""
        return sum(shard.records for shard in self.shards)


@dataclass
class Reservoir:
    """``size`` of all mentions that are added, each as likely to be ``kept`` as any other."""

    kept: list[Mention]
    size: int
    chance: random.Random
    seen: int = 0

    def add(self, mentions: Iterable[Mention]) -> None:
        """Let each of some mentions take the place of one that is kept, or none."""
        for mention in mentions:
            self.seen += 1
            if len(self.kept) < self.size:
                self.kept.append(mention)
            elif (place := self.chance.randrange(self.seen)) < self.size:
                self.kept[place] = mention


def look_through(
    files: list[Path],
    choice: Choice,
    table: int = 0,
    seed: int = 0,
    types: str | None = None,
    after_doc: Callable[[], object] = lambda: None,
) -> Shards:
    """Check every line of the shards and count what they hold.

    Args:
        files: the shards.
        choice: which documents serve.
        table: mentions to draw; a reservoir, so that memory is bounded.
        seed: of that draw.
        types: a file of types; with it all others are refused.
        after_doc: called after each document.

    Raises:
        CorpusError: with the faults of all files.
    """
    found, report = Shards(), Report()
    reservoir = Reservoir(found.mentions, table, random.Random(seed))
    for path in files:
        kept: list[bool] = []
        first = found.records
        for doc in _documents(path, report):
            kept.append(doc is not None and _serves(doc, first + len(kept), choice, found))
            if doc is not None and kept[-1]:
                found.types.update(entity.label for entity in doc.entities)
                reservoir.add(tuple(doc.words[e.start : e.end]) for e in doc.entities)
            after_doc()
        bits = np.packbits(np.array(kept, dtype=bool)).tobytes()
        found.shards.append(Shard(path, first, len(kept), bits, sum(kept)))
    if types is not None:
        report.faults += report.unknown_types(load_types(types))
    report.raise_faults("the shards cannot be used")
    found.sha256 = hashlib.sha256("".join(map(file_sha256, files)).encode()).hexdigest()
    return found


def _documents(path: Path, report: Report) -> Iterator[Doc | None]:
    try:
        listed = first_char(path) == "["
    except DataError as error:
        report.faults += error.faults
        return
    if listed:
        remedy = "write one document a line: jointre annotate does"
        report.faults.append(Fault("is a JSON list, not a shard", str(path), remedy))
        return
    for record in records(path, report):
        yield parse_record(record, FORM, report)


def _serves(doc: Doc, number: int, choice: Choice, found: Shards) -> bool:
    drawn, enough = choice.drawn(number), len(doc.entities) >= choice.min_entities
    found.few += drawn and not enough
    return drawn and enough


def doc_of(line: bytes, number: int, where: str = "") -> Doc:
    """The document of a line that has been looked through."""
    record = Record(where, f"document {number}", parse(decode(line.removeprefix(BOM).rstrip(b"\r\n"))))
    doc = parse_record(record, FORM, Report())
    if doc is None:
        fault = Fault("is not what it was when the shards were looked through", record.id, "begin anew")
        raise DataError("a shard has changed", [fault])
    return doc


def shards_in(path: Path) -> list[Path]:
    """The file itself, or the files of a folder; one that `jointre annotate` wrote has to be whole.

    Raises:
        DataError: it is not, or there are none.
    """
    if (path / FACTS).is_file():
        return [shard.path for shard in open_annotated(path).shards]
    return files_of(path)


def split_off(shards: str, held_out: str | None) -> tuple[list[Path], list[Path]]:
    """The files to train on and those to measure on: the last shard, if none are named.

    Raises:
        DataError: there is but one shard, and nothing to measure on.
    """
    files = shards_in(Path(shards))
    if held_out is not None:
        return files, shards_in(Path(held_out))
    if len(files) < 2:
        remedy = "name documents to measure on: --paths.dev FILE; or write smaller shards"
        fault = Fault("there is one shard, and none to hold out", str(shards), remedy)
        raise DataError("the shards cannot be used", [fault])
    return files[:-1], files[-1:]
