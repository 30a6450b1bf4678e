"""OptimizerSpec: the contract of everything that creates an optimizer for a model."""

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import replace
from typing import Literal, get_args

from torch import nn
from torch.optim import Optimizer

from jointre.errors import BuildError, Fault
from jointre.limits import Limited

ByType = Literal["biases_and_norms"]
NoDecay = ByType | list[str]
(BIASES_AND_NORMS,) = get_args(ByType)


class OptimizerSpec(Limited, ABC):
    """Hyper-parameters of an optimizer; `create` makes it once the model is built."""

    @abstractmethod
    def create(self, model: nn.Module) -> Optimizer:
        """Create an optimizer over all trainable parameters.

        Raises:
            BuildError: a pattern in the hyper-parameters matches no parameter.
        """


def decay_groups(model: nn.Module, weight_decay: float, no_decay: NoDecay) -> list[dict[str, object]]:
    """Return two groups of the trainable parameters: with weight decay, and without it.

    Args:
        model: the built model.
        weight_decay: of the first group.
        no_decay: what is in the second group: ``biases_and_norms``, by the types of layers; or the parameters whose
            name contains one of the texts.

    Raises:
        BuildError: a text in ``no_decay`` is in the name of no parameter; with all of these.
    """
    chosen = _biases_and_norms(model) if no_decay == BIASES_AND_NORMS else _named(model, no_decay)
    trained = [p for p in model.parameters() if p.requires_grad]
    groups: list[dict[str, object]] = [
        {"params": [p for p in trained if id(p) not in chosen], "weight_decay": weight_decay},
        {"params": [p for p in trained if id(p) in chosen], "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]


def _biases_and_norms(model: nn.Module) -> set[int]:
    """Return the ids of all biases and of the parameters of all norms.

    A bias is a parameter with that name, or one of a layer with that name, such as MPNet's ``relative_attention_bias``.
    """
    return {
        id(parameter)
        for path, module in model.named_modules()
        for name, parameter in module.named_parameters(recurse=False)
        if "bias" in name or "bias" in path.rpartition(".")[2] or _is_norm(module)
    }


def _is_norm(module: nn.Module) -> bool:
    """Return whether a module is a norm: torch's, or one of the many classes that transformers defines for RMSNorm."""
    return any(kind.__name__.endswith("Norm") for kind in type(module).__mro__)


def _named(model: nn.Module, patterns: Collection[str]) -> set[int]:
    named = list(model.named_parameters())
    idle = [pattern for pattern in patterns if not any(pattern in name for name, _ in named)]
    if idle:
        place = "training.optimizer.no_decay"
        faults = [
            Fault(f"no_decay pattern {name!r} matches no parameter of the model", place) for name in idle
        ]
        remedy = f'set no_decay = "{BIASES_AND_NORMS}" to go by the types of layers'
        faults[-1] = replace(faults[-1], remedy=remedy)
        raise BuildError("the optimizer does not fit the model", faults)
    return {id(parameter) for name, parameter in named if any(pattern in name for pattern in patterns)}
