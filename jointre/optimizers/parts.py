"""A learning rate for each part of a model."""

from collections.abc import Mapping, Sequence

from torch import Tensor, nn
from torch.optim import Optimizer

from jointre.errors import BuildError, Fault
from jointre.nearest import did_you_mean

PLACE = "training.optimizer.rates"


def part_rates(model: nn.Module, rates: Mapping[str, float]) -> dict[Tensor, float]:
    """Return the factor on the learning rate of each parameter that belongs to one of the named parts.

    Args:
        model: the built model.
        rates: factors by the name of a part (`jointre.models.base.Model.parts`) or of a module, such as
            ``relation_head``.

    Raises:
        BuildError: a name is unknown, or two names contain the same parameter; with all faults.
    """
    parts: Mapping[str, Sequence[str]] = getattr(model, "parts", {})
    found: dict[Tensor, float] = {}
    owner: dict[Tensor, str] = {}
    faults = []
    for part, factor in rates.items():
        prefixes = tuple(parts.get(part, (f"{part}.",)))
        own = [parameter for name, parameter in model.named_parameters() if name.startswith(prefixes)]
        shared = {owner[parameter] for parameter in own if parameter in owner}
        faults += [_overlap(part, other) for other in sorted(shared)]
        if not own:
            faults.append(_unknown(part, [*parts, *(name for name, _ in model.named_children())]))
        owner.update(dict.fromkeys(own, part))
        found.update(dict.fromkeys(own, factor))
    if faults:
        raise BuildError("the optimizer does not fit the model", faults)
    return found


def rate_notices(model: nn.Module, optimizer: Optimizer) -> list[str]:
    """Return a line with the learning rate of each stage of the model; nothing if all parameters have the same."""
    held = {parameter: group["lr"] for group in optimizer.param_groups for parameter in group["params"]}
    if len(set(held.values())) < 2:
        return []
    stages: dict[str, set[float]] = {}
    for name, parameter in model.named_parameters():
        if parameter in held:
            stages.setdefault(name.partition(".")[0], set()).add(held[parameter])
    shown = [
        f"{stage} {' to '.join(f'{rate:g}' for rate in sorted({min(own), max(own)}))}"
        for stage, own in stages.items()
    ]
    return [f"learning rates: {', '.join(shown)}"]


def _overlap(part: str, other: str) -> Fault:
    return Fault(f"{part!r} and {other!r} have parameters in common", PLACE, "leave one of the two out")


def _unknown(part: str, known: Sequence[str]) -> Fault:
    choices = ", ".join(dict.fromkeys(known))
    near = did_you_mean(part, known)
    what = f"the model has no part {part!r} with parameters"
    return Fault(what, PLACE, f"{near} known: {choices}" if near else f"known: {choices}")
