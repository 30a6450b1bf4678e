"""Communication between processes that pre-train one model together, one process per GPU."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

T = TypeVar("T")


@dataclass(frozen=True)
class Processes:
    """This process among those that work together. A single process sends nothing.

    Args:
        number: of this process, from 0. Process 0 is the one that writes files.
        count: number of processes.
    """

    number: int = 0
    count: int = 1

    @classmethod
    def launched(cls) -> "Processes":
        """Read number and count from the environment, where ``accelerate launch`` and ``torchrun`` set them."""
        return cls(int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1)))

    def seed(self, seed: int, step: int) -> None:
        """If there are several, seed this process for an update, so that no state of its generator has to be saved."""
        if self.count > 1:
            drawn = np.random.SeedSequence((seed, step, self.number)).generate_state(1, np.uint64)
            torch.manual_seed(int(drawn[0]))

    def leave(self) -> None:
        """Leave the group of processes."""
        if self.count > 1 and dist.is_initialized():
            dist.destroy_process_group()

    def add(self, values: Tensor) -> Tensor:
        """Sum ``values`` over all processes, in place."""
        if self.count > 1:
            dist.all_reduce(values)
        return values

    def totals(self, here: Sequence[int], device: torch.device) -> list[int]:
        """Return sums of integers over all processes; this waits for the device if there are several."""
        return list(here) if self.count == 1 else self.add(torch.tensor(here, device=device)).tolist()

    def any(self, here: bool, device: torch.device) -> bool:
        """Return whether ``here`` is true in any process."""
        return self.totals([int(here)], device)[0] > 0

    def collect(self, here: T) -> list[T]:
        """Return what each process passed as ``here``, by number."""
        found: list[T] = [here] * self.count
        if self.count > 1:
            dist.all_gather_object(found, here)
        return found

    def add_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace each gradient by its sum over all processes; a gradient that no process has stays None."""
        if self.count == 1:
            return
        wanted = [p for p in parameters if p.requires_grad]
        having = self.totals([int(p.grad is not None) for p in wanted], wanted[0].device)
        for p, processes in zip(wanted, having, strict=True):
            if processes and p.grad is None:
                p.grad = torch.zeros_like(p)
        for p in wanted:
            if p.grad is not None:
                self.add(p.grad)


ALONE = Processes()
