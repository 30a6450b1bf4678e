"""Unpack gzip files, but refuse those designed to fill memory or disk.

A file may unpack to 64 MiB, or to 100 times its size if that is more; text and JSON seldom reach 30 times. The
environment variable ``JOINTRE_GZIP_RATIO`` sets another ratio than 100, and ``inf`` no limit.
"""

import gzip
import math
import os
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Any

from jointre.errors import DataError, Fault

GZIP_RATIO = "JOINTRE_GZIP_RATIO"
USUAL = 100
SMALL = 64 * 2**20


def unpacked(path: Path) -> BufferedReader:
    """Open a gzip file; reading raises a DataError when the bytes become too many for its size."""
    most = max(SMALL, _ratio() * path.stat().st_size)
    return BufferedReader(_Unpacked(path, gzip.GzipFile(path, "rb"), most))


class _Unpacked(RawIOBase):
    def __init__(self, path: Path, file: gzip.GzipFile, most: float) -> None:
        self._path, self._file, self._most = path, file, most
        self._read = 0

    def readable(self) -> bool:
        """Return True; the file is only read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read bytes into a buffer, and return how many."""
        size = self._file.readinto(buffer)
        self._read += size
        if self._read > self._most:
            what = f"unpacks to more than {self._most:,.0f} bytes, far more than its size"
            remedy = f"unpack it, or set {GZIP_RATIO} to a higher ratio if you trust it"
            raise DataError(f"{self._path} cannot be read", [Fault(what, str(self._path), remedy)])
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
