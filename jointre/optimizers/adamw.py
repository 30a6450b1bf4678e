"""AdamW as in torch and as in BERT, and Adam, with fused or foreach kernels, and by rows of a vocabulary."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.adamw import adamw

from jointre.limits import Fraction, NonNegativeFloat, PositiveFloat, ProperFraction
from jointre.optimizers.base import NoDecay, OptimizerSpec, decay_groups
from jointre.optimizers.layers import Embeddings, layer_rates, with_rates
from jointre.optimizers.parts import part_rates
from jointre.optimizers.vocabulary_rows import State, VocabularyRows, give_row_gradients
from jointre.registry import registry

NO_CORRECTION = float(2**40)
FULL: dict[str, NonNegativeFloat] = {}


class BertAdamW(Optimizer):
    """AdamW without bias correction, with weight decay after the step, as in SpERT's published code.

    ``m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2; p -= lr m / (sqrt(v) + eps); p -= lr decay p``. Torch's fused
    kernel computes this in one pass: with a step count so large that both corrections are 1, and with the decay folded
    into the rates, because ``(1 - lr d)(p - lr u) = (1 - lr d) p - lr (1 - lr d) u``.
    """

    def __init__(
        self, params: Any, lr: float, betas: tuple[float, float], eps: float, weight_decay: float = 0.0
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Update all parameters that have a gradient."""
        for group in self.param_groups:
            lr, decay = float(group["lr"]), float(group["weight_decay"])
            keep = 1.0 - lr * decay
            params = [p for p in group["params"] if p.grad is not None]
            if not params:
                continue
            state = [self._state(p) for p in params]
            step = torch.full((), NO_CORRECTION, device=params[0].device)
            fused = all(p.is_floating_point() and p.device.type in ("cpu", "cuda") for p in params)
            adamw(
                params,
                [p.grad for p in params],
                [s["exp_avg"] for s in state],
                [s["exp_avg_sq"] for s in state],
                [],
                [step.to(p.device) for p in params],
                foreach=not fused,
                fused=fused,
                capturable=False,
                amsgrad=False,
                beta1=group["betas"][0],
                beta2=group["betas"][1],
                lr=lr * keep,
                weight_decay=decay / keep,
                eps=group["eps"],
                maximize=False,
                has_complex=False,
            )

    def _state(self, p: Tensor) -> dict[str, Tensor]:
        state = self.state[p]
        if not state:
            state["exp_avg"] = torch.zeros_like(p, memory_format=torch.preserve_format)
            state["exp_avg_sq"] = torch.zeros_like(p, memory_format=torch.preserve_format)
        return state


class BertAdamWByRows(VocabularyRows, BertAdamW):
    """`BertAdamW`, by rows of a vocabulary."""

    def rate_and_decay(self, group: Mapping[str, Any]) -> tuple[float, float]:
        """See `VocabularyRows.rate_and_decay`; the decay comes after the step, as in `BertAdamW`."""
        lr, decay = super().rate_and_decay(group)
        keep = 1.0 - lr * decay
        return lr * keep, decay / keep

    def updates(self, state: State) -> Tensor:
        """See `VocabularyRows.updates`; without bias correction, the number of updates does not matter."""
        return torch.tensor(NO_CORRECTION)


class AdamWByRows(VocabularyRows, torch.optim.AdamW):
    """Torch's AdamW, by rows of a vocabulary."""


class AdamByRows(VocabularyRows, torch.optim.Adam):
    """Torch's Adam without weight decay, by rows of a vocabulary."""


@registry.optimizers("jointre.bert_adamw.v1")
class BertAdamWSpec(OptimizerSpec):
    """BERT's AdamW, as in SpERT's published code: no bias correction, and one learning rate.

    Args:
        lr: peak learning rate; the schedule multiplies it.
        weight_decay: of all parameters except ``no_decay``.
        eps, beta1, beta2: as in Adam.
        no_decay: parameters without weight decay: ``biases_and_norms`` finds all biases and all weights of LayerNorm,
            RMSNorm and other norms by the type of their layer; a list has parts of parameter names; ``[]`` is none.
        layer_decay: factor on the learning rate from each layer of the encoder to the layer below it (discriminative
            fine-tuning). The highest layer, and everything outside the encoder, has the full rate. Layers that a
            rereader copied have the factors of the encoder's.
        embeddings: learning rate of the encoder's embeddings if ``layer_decay`` is set: ``lowest``, below that of the
            lowest layer; or ``full``, as in ENPAR's published code.
        rates: factors on the learning rate by part of the model, such as ``{"encoder": 0.2}``; everything else has the
            full rate. Names are those of ``initialize.parts``, or of modules, such as ``relation_head``. Factors of
            ``layer_decay`` are multiplied with them.
    """

    def __init__(
        self,
        lr: NonNegativeFloat = 5e-5,
        weight_decay: NonNegativeFloat = 0.01,
        eps: PositiveFloat = 1e-6,
        beta1: ProperFraction = 0.9,
        beta2: ProperFraction = 0.999,
        no_decay: NoDecay = "biases_and_norms",
        layer_decay: Fraction = 1.0,
        embeddings: Embeddings = "lowest",
        rates: dict[str, NonNegativeFloat] = FULL,
    ) -> None:
        self.lr = lr
        self.weight_decay = weight_decay
        self.eps = eps
        self.betas = (beta1, beta2)
        self.no_decay = no_decay
        self.layer_decay = layer_decay
        self.embeddings: Embeddings = embeddings
        self.rates = dict(rates)

    def groups(self, model: nn.Module) -> list[dict[str, Any]]:
        """Return parameter groups by weight decay and, with ``layer_decay`` or ``rates``, by learning rate."""
        groups = decay_groups(model, self.weight_decay, self.no_decay)
        factors = [part_rates(model, self.rates)] if self.rates else []
        if self.layer_decay != 1.0:
            factors.append(layer_rates(model, self.layer_decay, self.embeddings))
        return with_rates(groups, self.lr, *factors) if factors else groups

    def create(self, model: nn.Module) -> Optimizer:
        """See `OptimizerSpec.create`."""
        kind = BertAdamWByRows if give_row_gradients(model) else BertAdamW
        return kind(self.groups(model), self.lr, self.betas, self.eps)


@registry.optimizers("jointre.adamw.v1")
class AdamWSpec(BertAdamWSpec):
    """Torch's AdamW with bias correction; arguments as in ``jointre.bert_adamw.v1``."""

    def create(self, model: nn.Module) -> Optimizer:
        """See `OptimizerSpec.create`."""
        kind = AdamWByRows if give_row_gradients(model) else torch.optim.AdamW
        return kind(self.groups(model), lr=self.lr, betas=self.betas, eps=self.eps, fused=True)


@registry.optimizers("jointre.adam.v1")
class AdamSpec(BertAdamWSpec):
    """Torch's Adam: the decay is part of the gradient. REDN's published code sets it to 1e-5 on all parameters.

    With decay, rows of a vocabulary have a gradient even if they do not occur, so all of them are updated.

    Arguments as in ``jointre.bert_adamw.v1``.
    """

    def create(self, model: nn.Module) -> Optimizer:
        """See `OptimizerSpec.create`."""
        by_rows = self.weight_decay == 0.0 and give_row_gradients(model)
        kind = AdamByRows if by_rows else torch.optim.Adam
        return kind(self.groups(model), lr=self.lr, betas=self.betas, eps=self.eps, fused=True)
