"""Several processes, one a GPU, that pre-train one model together: what they have to say to each other."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

T = TypeVar("T")
NUMBERS = 2**25
"""Gradients that travel together."""


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

    def any(self, here: bool, device: torch.device) -> bool:
        """Whether it is so in any of them."""
        return here if self.count == 1 else bool(self.add(torch.tensor(float(here), device=device)) > 0)

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
        device = wanted[0].device
        has = self.add(torch.tensor([float(p.grad is not None) for p in wanted], device=device)).tolist()
        for p in (p for p, anywhere in zip(wanted, has, strict=True) if anywhere and p.grad is None):
            p.grad = torch.zeros_like(p)
        for bucket in _buckets([p.grad for p in wanted if p.grad is not None]):
            flat = self.add(torch.cat([gradient.reshape(-1) for gradient in bucket]))
            for gradient, part in zip(bucket, flat.split([g.numel() for g in bucket]), strict=True):
                gradient.copy_(part.view_as(gradient))


def _buckets(tensors: list[Tensor]) -> Iterator[list[Tensor]]:
    """Tensors of one type, a few at a time."""
    for dtype in dict.fromkeys(tensor.dtype for tensor in tensors):
        bucket: list[Tensor] = []
        for tensor in (tensor for tensor in tensors if tensor.dtype == dtype):
            bucket.append(tensor)
            if sum(each.numel() for each in bucket) >= NUMBERS:
                yield bucket
                bucket = []
        if bucket:
            yield bucket
