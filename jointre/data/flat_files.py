"""Flat arrays in files: written piece by piece, read as memory maps, and checked against their hashes."""

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import numpy as np

from jointre.data.atomic_write import file_sha256, sync, write_json, writing

MANIFEST = "manifest.json"
BUFFER = 1 << 20
WHAT = "the stored corpus"


class Damaged(ValueError):
    """The files in a folder are not those that were written."""


class FlatWriter:
    """Writes arrays to new files of an empty folder, and a manifest last. A context that closes the files.

    Args:
        folder: exists, and belongs to this process.
        dtypes: the type of the numbers of each array, by name.
    """

    def __init__(self, folder: Path, dtypes: Mapping[str, str]) -> None:
        self.folder = folder
        self.dtypes = dict(dtypes)
        self._sums = {name: hashlib.sha256() for name in dtypes}
        self._bytes = dict.fromkeys(dtypes, 0)
        self._stack = ExitStack()

    def __enter__(self) -> "FlatWriter":
        self._files = {
            name: self._stack.enter_context(_file(self.folder, name).open("xb", BUFFER))
            for name in self.dtypes
        }
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def add(self, name: str, values: np.ndarray | bytes) -> None:
        """Append numbers, or bytes as they are, to an array.

        Raises:
            TrainingError: the disk refuses.
        """
        data = values if isinstance(values, bytes) else np.ascontiguousarray(values, self.dtypes[name]).data
        self._sums[name].update(data)
        try:
            self._files[name].write(data)
        except OSError as error:
            with writing(WHAT, self.folder):
                raise error
        self._bytes[name] += len(data) if isinstance(data, bytes) else data.nbytes

    def finish(self, form: str, facts: Mapping[str, Any]) -> None:
        """Close the files and write the manifest, with the name of the format and JSON-ready facts.

        Raises:
            TrainingError: the disk refuses.
        """
        with writing(WHAT, self.folder):
            self._stack.close()
            for name in self.dtypes:
                sync(_file(self.folder, name))
        arrays = {
            name: {"dtype": dtype, "bytes": self._bytes[name], "sha256": self._sums[name].hexdigest()}
            for name, dtype in self.dtypes.items()
        }
        write_json(self.folder / MANIFEST, {"format": form, "arrays": arrays, "facts": dict(facts)})


def read_flat(
    folder: Path, form: str, dtypes: Mapping[str, str], verify: bool = True
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the arrays of a folder as read-only memory maps, and its facts.

    Args:
        folder: written by `FlatWriter`.
        form: the expected format.
        dtypes: the expected arrays.
        verify: whether to compare the bytes with their hashes, which reads all of them once.

    Raises:
        Damaged: there is no manifest, or it does not describe the files.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf8"))
        arrays, facts = manifest["arrays"], manifest["facts"]
        if manifest["format"] != form or {name: item["dtype"] for name, item in arrays.items()} != dtypes:
            raise Damaged(f"{folder} is not of the format {form}")
        for name, item in arrays.items():
            file = _file(folder, name)
            if file.stat().st_size != item["bytes"] or (verify and file_sha256(file) != item["sha256"]):
                raise Damaged(f"{file} is not what was written")
        return {name: _mapped(_file(folder, name), dtype) for name, dtype in dtypes.items()}, facts
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise error if isinstance(error, Damaged) else Damaged(f"{folder}: {error}") from error


def _mapped(file: Path, dtype: str) -> np.ndarray:
    """Return a file as a plain array, whose slices are cheaper than those of `numpy.memmap`."""
    if not file.stat().st_size:  # which cannot be mapped
        return np.empty(0, dtype)
    return np.memmap(file, dtype, "r").view(np.ndarray)


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.bin"


def link_equal_files(folder: Path, other: Path) -> None:
    """Replace arrays of a folder that are equal to those of another one by links to these, where that is possible."""
    here, there = (
        json.loads((path / MANIFEST).read_text(encoding="utf8"))["arrays"] for path in (folder, other)
    )
    for name in here:
        if here[name] == there.get(name):
            link = folder / f"{name}.link"
            with suppress(OSError):  # another disk, or one without links
                os.link(_file(other, name), link)
                os.replace(link, _file(folder, name))
