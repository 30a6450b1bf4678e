"""The states of all random number generators that a training may draw from, kept and set again."""

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class RngState:
    """States of torch's generators (CPU, and each GPU in use), numpy's and Python's.

    Args:
        tensors: by name: ``torch``, ``cuda.N``, ``numpy``, ``python``.
        facts: what else numpy and Python keep; JSON-ready.
    """

    tensors: dict[str, Tensor]
    facts: dict[str, Any]

    @classmethod
    def now(cls) -> "RngState":
        """The present states."""
        tensors = {"torch": torch.get_rng_state()}
        if torch.cuda.is_available() and torch.cuda.is_initialized():
            states = torch.cuda.get_rng_state_all()
            tensors.update({f"cuda.{index}": state for index, state in enumerate(states)})
        kind, keys, *rest = np.random.get_state(legacy=True)
        tensors["numpy"] = torch.from_numpy(np.asarray(keys).astype(np.int64))
        number, words, gauss = random.getstate()
        tensors["python"] = torch.tensor(words, dtype=torch.int64)
        return cls(tensors, {"numpy": [kind, *rest], "python": [number, gauss]})

    def set(self) -> None:
        """Put all generators into these states; those of GPUs that are not there are left out."""
        torch.set_rng_state(self.tensors["torch"])
        for index in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
            if f"cuda.{index}" in self.tensors:
                torch.cuda.set_rng_state(self.tensors[f"cuda.{index}"], index)
        kind, *rest = self.facts["numpy"]
        np.random.set_state((kind, self.tensors["numpy"].numpy().astype(np.uint32), *rest))
        number, gauss = self.facts["python"]
        random.setstate((number, tuple(self.tensors["python"].tolist()), gauss))
