"""Unpack gzip files, but refuse those designed to fill memory or disk.

A file may unpack to 64 MiB, or to 100 times its size if that is more; text and JSON seldom reach 30 times. The
environment variable ``JOINTRE_GZIP_RATIO`` sets another ratio than 100, and ``inf`` no limit.
"""

import gzip
import math
import os
from collections.abc import Callable
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Any, BinaryIO

from jointre.errors import DataError, Fault

GZIP_RATIO = "JOINTRE_GZIP_RATIO"
USUAL = 100
SMALL = 64 * 2**20


def unpacked(path: Path) -> BufferedReader:
    """Open a gzip file; reading raises a DataError when the bytes become too many for its size."""
    size = path.stat().st_size
    return BufferedReader(_Unpacked(str(path), gzip.GzipFile(path, "rb"), lambda: size))


def unpacked_stream(head: bytes, rest: BinaryIO, name: str) -> BufferedReader:
    """Unpack a stream that begins with ``head``; reading raises a DataError when the bytes become too many.

    Args:
        head: the bytes that are already read.
        rest: the other bytes.
        name: the stream, for messages.
    """
    source = _Stream(head, rest)
    file = gzip.GzipFile(fileobj=source, mode="rb")  # type: ignore[call-overload]
    return BufferedReader(_Unpacked(name, file, lambda: source.size))


class _Stream:
    """The bytes of a stream as they arrive, and how many there were."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self.size = 0
        self._head, self._rest = head, rest

    def read(self, size: int = -1) -> bytes:
        """Return at most ``size`` bytes, and none only at the end."""
        if self._head:
            found, self._head = self._head[:size], self._head[size:]
        else:
            found = self._rest.read1(size)  # type: ignore[attr-defined]
        self.size += len(found)
        return found


class _Unpacked(RawIOBase):
    def __init__(self, name: str, file: gzip.GzipFile, packed: Callable[[], int]) -> None:
        self._name, self._file, self._packed = name, file, packed
        self._ratio = _ratio()
        self._read = 0

    def readable(self) -> bool:
        """Return True; the file is only read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read bytes into a buffer, and return how many."""
        size = self._file.readinto(buffer)
        self._read += size
        most = max(SMALL, self._ratio * self._packed())
        if self._read > most:
            what = f"unpacks to more than {most:,.0f} bytes, far more than its size"
            remedy = f"unpack it, or set {GZIP_RATIO} to a higher ratio if you trust it"
            raise DataError(f"{self._name} cannot be read", [Fault(what, self._name, remedy)])
        return size

    def close(self) -> None:
        """Close the file as well."""
        self._file.close()
        super().close()


def _ratio() -> float:
    """Return the maximum ratio of unpacked to packed bytes, from the environment."""
    given = os.environ.get(GZIP_RATIO, "")
    try:
        ratio = float(given or USUAL)
    except ValueError:
        ratio = math.nan
    if not ratio > 0:
        fault = Fault(f"is {given!r}", GZIP_RATIO, "set it to a number such as 1000, or to inf for no limit")
        raise DataError("an environment variable is invalid", [fault])
    return ratio
