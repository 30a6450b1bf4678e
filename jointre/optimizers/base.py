"""OptimizerSpec: the contract of everything that creates an optimizer for a model."""

from abc import ABC, abstractmethod

from torch import nn
from torch.optim import Optimizer

from jointre.errors import BuildError, Fault
from jointre.limits import Limited


class OptimizerSpec(Limited, ABC):
    """Hyper-parameters of an optimizer; `create` makes it once the model is built."""

    @abstractmethod
    def create(self, model: nn.Module) -> Optimizer:
        """Create an optimizer over all trainable parameters.

        Raises:
            BuildError: a pattern in the hyper-parameters matches no parameter.
        """


def decay_groups(model: nn.Module, weight_decay: float, no_decay: list[str]) -> list[dict[str, object]]:
    """Return two parameter groups: with weight decay, and without it if the name contains one of ``no_decay``.

    Raises:
        BuildError: a pattern in ``no_decay`` matches no parameter; with all of these.
    """
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    every = [name for name, _ in model.named_parameters()]
    idle = [pattern for pattern in no_decay if not any(pattern in name for name in every)]
    if idle:
        place = "training.optimizer.no_decay"
        faults = [
            Fault(f"no_decay pattern {name!r} matches no parameter of the model", place) for name in idle
        ]
        raise BuildError("the optimizer does not fit the model", faults)
    free = [p for name, p in named if any(pattern in name for pattern in no_decay)]
    decayed = [p for name, p in named if not any(pattern in name for pattern in no_decay)]
    groups: list[dict[str, object]] = [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": free, "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]
