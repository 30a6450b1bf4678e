"""Losses, documents and seconds of an epoch, kept on the device until somebody reads them."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor


@dataclass
class EpochStats:
    """Sums over the updates of an epoch.

    Args:
        epoch: number of the epoch, counted from 0.
        updates: number of updates made in it.
        documents: number of documents in these updates.
        seconds: that these updates took; the time between updates, for instance for checkpoints, is not included.
        sums: losses by term, fp64 scalars on the device.
    """

    epoch: int
    updates: int = 0
    documents: int = 0
    seconds: float = 0.0
    sums: dict[str, Tensor] = field(default_factory=dict)

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Add the time that the block takes to ``seconds``."""
        begin = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - begin

    def add(self, losses: Mapping[str, Tensor], documents: int) -> None:
        """Add one update without waiting for the device."""
        self.updates += 1
        self.documents += documents
        for name, value in losses.items():
            value = value.double()
            self.sums[name] = self.sums[name] + value if name in self.sums else value

    def means(self) -> dict[str, float]:
        """Return the mean of each loss over the updates; wait until the device has computed it."""
        return {name: float(value) / max(self.updates, 1) for name, value in self.sums.items()}

    def logged(self) -> dict[str, float]:
        """Return what is logged: the mean ``loss``, the mean ``loss_TERM`` of each term, and the speed."""
        means = {name if name == "loss" else f"loss_{name}": value for name, value in self.means().items()}
        return {**means, "documents_per_second": round(self.speed, 2)}

    @property
    def speed(self) -> float:
        """Documents per second."""
        return self.documents / max(self.seconds, 1e-9)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary from which `from_json` restores the same object, bit for bit."""
        sums = {name: float(value) for name, value in self.sums.items()}
        return {**self.__dict__, "sums": sums}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], device: torch.device) -> "EpochStats":
        """Restore the statistics that `to_json` returned; their sums are placed on ``device``."""
        sums = {
            name: torch.tensor(value, dtype=torch.float64, device=device)
            for name, value in data["sums"].items()
        }
        return cls(**{**data, "sums": sums})
