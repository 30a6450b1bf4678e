"""Several processes, one a GPU, that pre-train one model together: what they have to say to each other."""

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
    """This process and how many there are; with one nothing is sent.

    Args:
        number: of this process, from 0, which is the one that writes.
        count: of all.
    """

    number: int = 0
    count: int = 1

    @classmethod
    def launched(cls) -> "Processes":
        """As ``accelerate launch`` and ``torchrun`` say in the environment."""
        return cls(int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1)))

    def seed(self, seed: int, step: int) -> None:
        """With several, give each its own random numbers for an update, so that no state of them has to be kept."""
        if self.count > 1:
            drawn = np.random.SeedSequence((seed, step, self.number)).generate_state(1, np.uint64)
            torch.manual_seed(int(drawn[0]))

    def part(self) -> None:
        """The end of what they do together."""
        if self.count > 1 and dist.is_initialized():
            dist.destroy_process_group()

    def add(self, values: Tensor) -> Tensor:
        """The sum over all processes, in place."""
        if self.count > 1:
            dist.all_reduce(values)
        return values

    def totals(self, here: Sequence[int], device: torch.device) -> list[int]:
        """Sums of whole numbers over all processes; waits for the device if there are several."""
        return list(here) if self.count == 1 else self.add(torch.tensor(here, device=device)).tolist()

    def any(self, here: bool, device: torch.device) -> bool:
        """Whether it is so in any of them."""
        return self.totals([int(here)], device)[0] > 0

    def collect(self, here: T) -> list[T]:
        """What each of them has, by number."""
        found: list[T] = [here] * self.count
        if self.count > 1:
            dist.all_gather_object(found, here)
        return found

    def add_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Make each gradient the sum over all processes; one that none of them has stays None."""
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
