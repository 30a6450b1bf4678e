"""Shards: files with one document per line, read line by line and never held in memory."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jointre.annotation.format import FACTS
from jointre.annotation.shard_reader import open_annotated
from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.data.resplit import fit_words, with_words
from jointre.data.strict_read import BOM, decode, parse, reading
from jointre.errors import DataError, Fault
from jointre.place import NOWHERE
from jointre.readers.parse_record import STANDARD, parse_record
from jointre.readers.records import Record, files_of
from jointre.splitters.base import Splitter


@dataclass(frozen=True)
class Shard:
    """One file of documents.

    Args:
        path: the file.
        first: number of its first record, counted over all shards.
        records: number of records.
        kept: which records are used, as packed bits.
        used: number of records that are used.
    """

    path: Path
    first: int
    records: int
    kept: bytes
    used: int

    def numbers(self) -> np.ndarray:
        """Return the positions of the records that are used, int64 [used]."""
        bits = np.unpackbits(np.frombuffer(self.kept, dtype=np.uint8), count=self.records)
        return np.flatnonzero(bits)

    def lines(self, skip: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield number and line of each record that is used, without the first ``skip`` of them."""
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
    """Which documents are used: a ``share`` of all, and of these the ones with at least ``min_entities`` entities."""

    share: float
    min_entities: int

    def drawn(self, number: int) -> bool:
        """Return whether a document is in the share. This depends on its number only, so shares are nested."""
        if self.share >= 1:
            return True
        digest = hashlib.blake2b(number.to_bytes(8, "little"), digest_size=8).digest()
        return int.from_bytes(digest, "little") < self.share * 2**64


def doc_of(line: bytes, number: int, splitter: Splitter | None = None) -> Doc:
    """Return the document of a line that was scanned before, on the words of ``splitter``.

    Raises:
        DataError: the line has changed since.
    """
    record = Record(NOWHERE, f"document {number}", parse(decode(line.removeprefix(BOM).rstrip(b"\r\n"))))
    report = Report()  # the scan has reported the same
    doc = parse_record(record, STANDARD, report)
    if doc is None:
        fault = Fault("has changed since the shards were scanned", record.id, "begin again with --force")
        raise DataError("a shard has changed", [fault])
    return on_words(doc, splitter, report)


def on_words(doc: Doc, splitter: Splitter | None, report: Report) -> Doc:
    """Return a document of a shard on the words of ``splitter``, its entities widened to whole words."""
    split = None if splitter is None else splitter.words
    return fit_words([with_words(doc, split)], "widen", report)[0]


def shards_in(path: Path) -> list[Path]:
    """Return the file itself, or the files of a folder. A folder from `jointre annotate` must be complete.

    Raises:
        DataError: there are no files, or the folder is not complete.
    """
    if not path.exists():
        fault = Fault("there is no such file or folder", str(path), "write one with: jointre annotate")
        raise DataError("the shards cannot be read", [fault])
    if (path / FACTS).is_file():
        return [shard.path for shard in open_annotated(path).shards]
    return files_of(path)


def split_off(shards: str, held_out: str | None) -> tuple[list[Path], list[Path]]:
    """Return the files to train on and the held-out files: the last shard, if none are named.

    Raises:
        DataError: there is only one shard, so none is left to hold out.
    """
    files = shards_in(Path(shards))
    if held_out is not None:
        return files, shards_in(Path(held_out))
    if len(files) < 2:
        remedy = "name held-out documents: --paths.dev FILE; or write smaller shards"
        fault = Fault("there is only one shard, so none to hold out", str(shards), remedy)
        raise DataError("the shards cannot be used", [fault])
    return files[:-1], files[-1:]
