"""The checkpoint of a run: one file, which is replaced as a whole.

It is a safetensors file. Its header contains everything that is not a tensor as JSON, and a CRC-32 of that and of
each tensor. The file is written under another name, synced to disk and renamed, so a process that dies at any moment
leaves either the old file or the new one.
"""

import json
import os
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from jointre.data.atomic_write import private_folder, sync, writing
from jointre.errors import Fault, UsageError
from jointre.serialize import apart, write_tensors

FORMAT = "jointre.checkpoint.v1"
LARGEST_SHARE = 0.02


@dataclass(frozen=True)
class Checkpoint:
    """The contents of a checkpoint: tensors by name, and JSON-ready facts."""

    tensors: dict[str, Tensor]
    facts: dict[str, Any]


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint; replace an earlier one completely or not at all.

    Raises:
        TrainingError: the disk refuses. The earlier checkpoint is intact.
    """
    tensors = apart(checkpoint.tensors)
    facts = json.dumps(checkpoint.facts)
    sums = {"facts": zlib.crc32(facts.encode()), **{name: _crc(t) for name, t in tensors.items()}}
    target = Path(os.path.realpath(path))
    with (
        writing("the checkpoint", path),
        private_folder(target) as folder,
    ):  # safetensors makes temporary files of its own
        part = folder / target.name
        write_tensors(tensors, part, {"format": FORMAT, "facts": facts, "crc32": json.dumps(sums)})
        sync(part)
        os.replace(part, target)
        sync(target.parent)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        UsageError: it cannot be read, or was altered; with all faults.
    """
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if header.get("format") != FORMAT:
            raise _refused(path, [Fault(f"its format is {header.get('format')!r}, not {FORMAT!r}")])
        sums, facts = json.loads(header["crc32"]), json.loads(header["facts"])
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise _refused(path, [Fault(f"it cannot be read: {error}")]) from error
    found = {"facts": zlib.crc32(header["facts"].encode()), **{name: _crc(t) for name, t in tensors.items()}}
    faults = [Fault(f"{name} is missing") for name in sums.keys() - found.keys()]
    faults += [Fault(f"{name} is not what was written") for name in found if found[name] != sums.get(name)]
    if faults:
        raise _refused(path, sorted(faults, key=str))
    return Checkpoint(tensors, facts)


class Timer:
    """Decides when to write a checkpoint: every so many seconds, and at the end of an epoch if that costs little.

    Args:
        every: seconds between two checkpoints; None to write none.
    """

    def __init__(self, every: float | None) -> None:
        self.every = every
        self.cost = 0.0
        self._last = time.monotonic()

    def due(self, end_of_epoch: bool) -> bool:
        """Return whether a checkpoint is due.

        At the end of an epoch it is due already if checkpoints then take at most 2 % of the time.
        """
        if self.every is None:
            return False
        passed = time.monotonic() - self._last
        return passed >= self.every or (end_of_epoch and self.cost <= LARGEST_SHARE * passed)

    def written(self, seconds: float) -> None:
        """Note that a checkpoint was written just now, and how long that took."""
        self.cost = seconds
        self._last = time.monotonic()


def _crc(tensor: Tensor) -> int:
    return zlib.crc32(tensor.reshape(-1).view(torch.uint8).numpy().data)


def _refused(path: Path, faults: list[Fault]) -> UsageError:
    return UsageError(f"the checkpoint {path} cannot be used", faults)
