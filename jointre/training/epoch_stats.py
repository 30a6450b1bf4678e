"""The figures of an epoch, kept on the device until somebody reads them."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor


@dataclass
class EpochStats:
    """Sums over the updates of an epoch: losses by term, documents, seconds.

    Args:
        epoch: counted from 0.
        updates, documents, seconds: so far; time between updates, for instance in checkpoints, is left out.
        sums: losses by term, fp64 scalars on the device.
    """

    epoch: int
    updates: int = 0
    documents: int = 0
    seconds: float = 0.0
    sums: dict[str, Tensor] = field(default_factory=dict)

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Count the seconds inside."""
        begin = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - begin

    def add(self, losses: Mapping[str, Tensor], documents: int) -> None:
        """Count one update; waits for nothing."""
        self.updates += 1
        self.documents += documents
        for name, value in losses.items():
            value = value.double()
            self.sums[name] = self.sums[name] + value if name in self.sums else value

    def means(self) -> dict[str, float]:
        """Mean of each loss over the updates; waits until the device has computed them."""
        return {name: float(value) / max(self.updates, 1) for name, value in self.sums.items()}

    @property
    def speed(self) -> float:
        """Documents a second."""
        return self.documents / max(self.seconds, 1e-9)

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dictionary; `from_json` restores it to the last bit."""
        sums = {name: float(value) for name, value in self.sums.items()}
        return {**self.__dict__, "sums": sums}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], device: torch.device) -> "EpochStats":
        """Figures from what `to_json` returned."""
        sums = {
            name: torch.tensor(value, dtype=torch.float64, device=device)
            for name, value in data["sums"].items()
        }
        return cls(**{**data, "sums": sums})
