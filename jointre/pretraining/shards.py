"""The shards of a pre-training, read line by line; never held in memory."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jointre.annotation.format import FACTS
from jointre.annotation.shard_reader import open_annotated
from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.data.strict_read import BOM, decode, parse, reading
from jointre.errors import DataError, Fault
from jointre.readers.jsonl import FORM
from jointre.readers.parse_record import parse_record
from jointre.readers.records import Record, files_of


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
    if not path.exists():
        fault = Fault("there is no such file or folder", str(path), "jointre annotate writes one")
        raise DataError("the shards cannot be read", [fault])
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
