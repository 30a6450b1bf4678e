"""A learning rate for each layer of an encoder (discriminative fine-tuning)."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, Literal

from torch import Tensor, nn

from jointre.encoders.base import Encoder
from jointre.errors import BuildError, Fault
from jointre.rereaders.base import Rereader

Embeddings = Literal["lowest", "full"]
Groups = Sequence[Mapping[str, Any]]


def layer_rates(model: nn.Module, decay: float, embeddings: Embeddings) -> dict[Tensor, float]:
    """Return a factor on the learning rate for each parameter of the encoder's layers and of its embeddings.

    Layer l of L, the lowest being 0, has ``decay^(L - 1 - l)``. Embeddings have ``decay^L``, or no factor with
    ``full``. Layers that a rereader copied have the factors of the encoder's.

    Raises:
        BuildError: the model has no encoder, or its encoder does not report its layers.
    """
    encoder = getattr(model, "encoder", None)
    depths = encoder.depths() if isinstance(encoder, Encoder) else []
    if not depths:
        what = "layer_decay is not 1, but the encoder does not report its layers"
        raise BuildError("the optimizer does not fit the model", [Fault(what, "training.optimizer")])
    lowest = 1 if embeddings == "full" else 0
    rereader = getattr(model, "rereader", None)
    copies = rereader.depths() if isinstance(rereader, Rereader) else []
    return {
        parameter: decay ** (len(layers) - 1 - depth)
        for layers, first in ((depths, lowest), (copies, 0))
        for depth, parameters in enumerate(layers)
        for parameter in parameters
        if depth >= first
    }


def with_rates(groups: Groups, lr: float, *rates: Mapping[Tensor, float]) -> list[dict[str, Any]]:
    """Divide groups by the learning rates of their parameters: ``lr`` times the factors that ``rates`` have for
    them.
    """
    divided = []
    for group in groups:
        factors = [prod(own.get(parameter, 1.0) for own in rates) for parameter in group["params"]]
        for factor in sorted(set(factors)):
            own = [p for p, its in zip(group["params"], factors, strict=True) if its == factor]
            divided.append({**group, "params": own, "lr": lr * factor})
    return divided
