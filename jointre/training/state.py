"""All that an update depends on, taken from a loop as tensors and plain facts, and put back."""

from typing import Any

from torch import Tensor

from jointre.errors import Fault
from jointre.serialize import compare
from jointre.training.rng import RngState
from jointre.training.updates import Updates

Tensors = dict[str, Tensor]
Facts = dict[str, Any]
PLAIN = (bool, int, float, str, type(None))


def state_of(loop: Updates[Any]) -> tuple[Tensors, Facts]:
    """Weights, optimizer, scaler, random number generators and number of updates.

    Raises:
        TrainingError: an update that was not finite is in it.
    """
    loop.finite.drain()
    tensors = {f"model.{name}": value for name, value in loop.model.state_dict().items()}
    kept = loop.optimizer.state_dict()
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
    scaler = loop.accelerator.scaler
    return tensors, {
        "step": loop.step,
        "parts": loop.parts,
        "optimizer": plain,
        "scaler": scaler.state_dict() if scaler is not None else None,
        "rng": rng.facts,
    }


def restore(loop: Updates[Any], tensors: Tensors, facts: Facts) -> list[Fault]:
    """Put a loop into the state; returns what does not fit, and then changes nothing."""
    weights, optimizer = _below(tensors, "model."), _below(tensors, "optimizer.")
    faults = compare(loop.model.state_dict(), weights)
    if faults:
        return faults
    loop.model.load_state_dict(weights, strict=True)
    kept = loop.optimizer.state_dict()
    state: dict[int, Facts] = {}
    for name, value in [*facts["optimizer"].items(), *optimizer.items()]:
        kind, index, key = name.split(".", 2)
        entry = kept["param_groups"][int(index)] if kind == "groups" else state.setdefault(int(index), {})
        entry[key] = value
    loop.optimizer.load_state_dict({**kept, "state": state})
    if loop.accelerator.scaler is not None and facts["scaler"]:
        loop.accelerator.scaler.load_state_dict(facts["scaler"])
    loop.step, loop.parts = facts["step"], facts["parts"]
    RngState(_below(tensors, "rng."), facts["rng"]).set()
    return []


def _below(tensors: Tensors, prefix: str) -> Tensors:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
