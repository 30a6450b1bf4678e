"""The state that an update depends on: saved as tensors and JSON-ready facts, and restored."""

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from jointre.errors import Fault
from jointre.serialize import compare
from jointre.training.base_updater import BaseUpdater


@dataclass(frozen=True)
class RngState:
    """The states of the random number generators of torch (CPU and each GPU in use), numpy and Python.

    Args:
        tensors: by name: ``torch``, ``cuda.N``, ``numpy``, ``python``.
        facts: the rest of the states of numpy and Python; JSON-ready.
    """

    tensors: dict[str, Tensor]
    facts: dict[str, Any]

    @classmethod
    def now(cls) -> "RngState":
        """Return the current states."""
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
        """Set all generators to these states; ignore those of GPUs that are missing now."""
        torch.set_rng_state(self.tensors["torch"])
        for index in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
            if f"cuda.{index}" in self.tensors:
                torch.cuda.set_rng_state(self.tensors[f"cuda.{index}"], index)
        kind, *rest = self.facts["numpy"]
        np.random.set_state((kind, self.tensors["numpy"].numpy().astype(np.uint32), *rest))
        number, gauss = self.facts["python"]
        random.setstate((number, tuple(self.tensors["python"].tolist()), gauss))


Tensors = dict[str, Tensor]
Facts = dict[str, Any]
PLAIN = (bool, int, float, str, type(None))


def state_of(updater: BaseUpdater[Any]) -> tuple[Tensors, Facts]:
    """Return the state of an updater: weights, optimizer, scaler, random number generators, number of updates.

    Raises:
        TrainingError: an update in it was not finite.
    """
    updater.finite.drain()
    tensors = {f"model.{name}": value for name, value in updater.model.state_dict().items()}
    kept = updater.optimizer.state_dict()
    plain: Facts = {}
    entries = [(f"state.{index}", entry) for index, entry in kept["state"].items()]
    entries += [(f"groups.{index}", group) for index, group in enumerate(kept["param_groups"])]
    for place, entry in entries:
        for key, value in entry.items():
            if isinstance(value, Tensor):
                tensors[f"optimizer.{place}.{key}"] = value
            elif isinstance(value, PLAIN):
                plain[f"{place}.{key}"] = value
    rng = RngState.now()
    tensors.update({f"rng.{name}": value for name, value in rng.tensors.items()})
    scaler = updater.precision.scaler
    return tensors, {
        "step": updater.step,
        "parts": updater.parts,
        "optimizer": plain,
        "scaler": scaler.state_dict() if scaler is not None else None,
        "rng": rng.facts,
    }


def restore(updater: BaseUpdater[Any], tensors: Tensors, facts: Facts) -> list[Fault]:
    """Restore the state of an updater; if it does not fit, return all faults and change nothing."""
    weights, optimizer = _below(tensors, "model."), _below(tensors, "optimizer.")
    faults = compare(updater.model.state_dict(), weights)
    if faults:
        return faults
    updater.model.load_state_dict(weights, strict=True)
    kept = updater.optimizer.state_dict()
    state: dict[int, Facts] = {}
    for name, value in [*facts["optimizer"].items(), *optimizer.items()]:
        kind, index, key = name.split(".", 2)
        entry = kept["param_groups"][int(index)] if kind == "groups" else state.setdefault(int(index), {})
        entry[key] = value
    updater.optimizer.load_state_dict({**kept, "state": state})
    if updater.precision.scaler is not None and facts["scaler"]:
        updater.precision.scaler.load_state_dict(facts["scaler"])
    updater.step, updater.parts = facts["step"], facts["parts"]
    RngState(_below(tensors, "rng."), facts["rng"]).set()
    return []


def _below(tensors: Tensors, prefix: str) -> Tensors:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
