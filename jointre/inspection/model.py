"""Describe a model before it is trained: components, widths, numbers of parameters, on the meta device."""

from dataclasses import dataclass, replace

import torch
from torch import nn

from jointre.component import Component
from jointre.config import Config, resolve
from jointre.corpora import load_corpora
from jointre.data.labels import Labels
from jointre.encoders.base import Source
from jointre.models.base import Model
from jointre.registry import registry

EXAMPLE = Labels(("entity type 1", "entity type 2"), ("relation type 1", "relation type 2"))


@dataclass(frozen=True)
class Part:
    """One component: its place in the model, its registered name, the shapes of its own tensors, its parameters."""

    name: str
    depth: int
    function: str
    widths: str
    parameters: int
    trained: int


def parts_of(config: Config) -> tuple[list[Part], Labels]:
    """Return the components of a config's model in the order of the data flow, and the labels they are built for.

    Labels come from the training corpus if its path is set, otherwise from `EXAMPLE`.

    Raises:
        DataError: the training corpus cannot be used.
    """
    model: Model = resolve(config, "model")
    labels = load_corpora(config).labels if "train" in resolve(config, "corpora") else _stand_ins(model)
    model.decoder = None  # it has no parameters, and it may name types that the stand-ins lack
    with torch.device("meta"):
        model.build(Source(weights=False), labels)
    return [_part(name, module) for name, module in _components(model)], labels


def _stand_ins(model: Model) -> Labels:
    """Return `EXAMPLE`, with the type that the relation head names (``alone`` of ``jointre.kernel.v2``) as the last."""
    named = getattr(getattr(model, "relation_head", None), "alone", None)
    return EXAMPLE if named is None else replace(EXAMPLE, relations=(*EXAMPLE.relations[:-1], named))


def _components(model: nn.Module) -> list[tuple[str, nn.Module]]:
    return [(name, module) for name, module in model.named_modules() if isinstance(module, Component)]


def _part(name: str, module: nn.Module) -> Part:
    parameters = list(module.parameters())
    inner = {
        id(p)
        for child in module.modules()
        if child is not module and isinstance(child, Component)
        for p in child.parameters()
    }
    own = [f"{key} {list(p.shape)}" for key, p in module.named_parameters() if id(p) not in inner]
    widths = ", ".join(own) if len(own) <= 3 else _network(module)
    return Part(
        name.rpartition(".")[2] or "model",
        name.count(".") + 1 if name else 0,
        registry.name_of(type(module)) or type(module).__name__,
        widths,
        sum(p.numel() for p in parameters),
        sum(p.numel() for p in parameters if p.requires_grad),
    )


def _network(module: nn.Module) -> str:
    config = getattr(getattr(module, "network", None), "config", None)
    if config is None:
        return f"{sum(1 for _ in module.parameters())} tensors"
    return f"{config.model_type}: {config.num_hidden_layers} layers x {config.hidden_size}"
