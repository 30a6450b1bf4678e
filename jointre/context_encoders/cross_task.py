"""SINET's cross-task attention: the sentence vector of one task attends to the states of the other."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor, nn

from jointre.context_encoders.agents import Agent, agents, attended
from jointre.context_encoders.base import SentenceContext
from jointre.data.batch import Batch
from jointre.data.stages import View, ViewDims
from jointre.errors import BuildError, Fault
from jointre.limits import HeadCount, LayerCount, ProperFraction
from jointre.nn.init import init_normal
from jointre.nn.single_query import SingleQueryAttention
from jointre.registry import registry
from jointre.views.base import Views, ViewWidths, view_dims

Directions = Literal["both", "entity", "relation", "none"]


class CrossAttention(nn.Module):
    """One layer: attention, output projection, residual, layer norm (SINET, Eqs. 3-4)."""

    def __init__(
        self, width: int, heads: int, dropouts: tuple[float, float], output: bool, norm: bool
    ) -> None:
        super().__init__()
        self.attention = SingleQueryAttention(width, heads, dropouts[0])
        self.output = nn.Linear(width, width) if output else nn.Identity()
        self.dropout = nn.Dropout(dropouts[1])
        self.LayerNorm = nn.LayerNorm(width) if norm else nn.Identity()
        init_normal(self)

    def forward(self, own: Tensor, states: Tensor, mask: Tensor) -> Tensor:
        """Return [B, D] from the query [B, D] and the other task's states [B, L, D]."""
        result: Tensor = self.LayerNorm(self.dropout(self.output(self.attention(own, states, mask))) + own)
        return result


@registry.context_encoders("jointre.cross_task_attention.v1")
class CrossTaskAttention(SentenceContext):
    """SINET's cross-task attention (SINET, Eqs. 2-4): the sentence vectors of two views, each informed by the other
    view.

    The query is a task's own agent; keys and values are the other task's units and this agent. Views other than these
    two keep the classification token as their summary.

    Args:
        heads: number of attention heads; divides the width of the views.
        layers: number of layers, each with its own parameters; the vectors of one layer are the queries of the next,
            the units stay the same.
        agent: vector that represents a task's sentence: the classification token, or the maximum or mean over words.
        directions: which task's vector attends to the other task; a vector that does not stays the agent.
        layer_norm: whether the sum of query and attention is normalised.
        output_projection: whether a linear map follows the attention, as in the published code but not in the paper.
        share: whether both directions have the same parameters.
        mask_padding: whether padding is left out; with false, as in the published code, results depend on the other
            documents of a batch.
        include_sep: whether special pieces other than the first are attended to.
        attention_dropout: on attention weights.
        projection_dropout: on what is added to the query.
        entity_view, relation_view: names of the two views.
    """

    def __init__(
        self,
        heads: HeadCount = 4,
        layers: LayerCount = 1,
        agent: Agent = "cls",
        directions: Directions = "both",
        layer_norm: bool = True,
        output_projection: bool = True,
        share: bool = True,
        mask_padding: bool = True,
        include_sep: bool = True,
        attention_dropout: ProperFraction = 0.2,
        projection_dropout: ProperFraction = 0.2,
        entity_view: str = "entity",
        relation_view: str = "relation",
    ) -> None:
        super().__init__()
        if entity_view == relation_view:
            raise ValueError("entity_view and relation_view must be two different views")
        self.heads = heads
        self.layers = layers
        self.agent: Agent = agent
        self.directions = directions
        self.layer_norm = layer_norm
        self.output_projection = output_projection
        self.share = share
        self.mask_padding = mask_padding
        self.reads_padding = not mask_padding
        self.include_sep = include_sep
        self.dropouts = (attention_dropout, projection_dropout)
        self.tasks = {"entity": entity_view, "relation": relation_view}

    def build(self, views: ViewWidths) -> dict[str, ViewDims]:
        """Make ``layer``: for each layer the parameters by direction, or ``shared``; N(0, 0.02), biases 0."""
        widths = [view_dims(views, name, self).states for name in self.tasks.values()]
        self._refuse(widths)
        keys = ["shared"] if self.share and self._active else self._active
        self.layer = nn.ModuleList(
            nn.ModuleDict({key: self._layer(widths[0]) for key in keys}) for _ in range(self.layers)
        )
        return {name: replace(dims, summary=dims.states) for name, dims in views.items()}

    def forward(self, views: Views, batch: Batch) -> dict[str, View]:
        """Return the views with ``summary`` [B, V]: the attention vector for the two views, the classification token
        for others.
        """
        found, masks = self._start(views, batch)
        for layer in self.layer:
            assert isinstance(layer, nn.ModuleDict)
            found |= self._attend(layer, found, views, masks)
        return {name: replace(view, summary=found[name]) for name, view in views.items()}

    def attention(self, views: Views, batch: Batch) -> dict[str, tuple[str, Tensor]]:
        """See `SentenceContext.attention`; the weights are those of `SingleQueryAttention.weights`."""
        found, masks = self._start(views, batch)
        weights: dict[str, list[Tensor]] = {self.tasks[task]: [] for task in self._active}
        for layer in self.layer:
            assert isinstance(layer, nn.ModuleDict)
            for task in self._active:
                name, states = self.tasks[task], views[self.tasks[self._other(task)]].states
                part = layer["shared" if self.share else task]
                assert isinstance(part, CrossAttention)
                weights[name].append(part.attention.weights(found[name], states, masks[self._other(task)]))
            found |= self._attend(layer, found, views, masks)
        return {
            self.tasks[task]: (self.tasks[self._other(task)], torch.stack(weights[self.tasks[task]]))
            for task in self._active
        }

    def _start(self, views: Views, batch: Batch) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Return the first vector of each view, and by task the units of its view that are attended to."""
        masks = {
            task: attended(views[name], batch, self.include_sep, self.mask_padding)
            for task, name in self.tasks.items()
        }
        return dict(agents(views, batch, self.agent, list(self.tasks.values()))), masks

    def _attend(
        self, layer: nn.ModuleDict, own: Mapping[str, Tensor], views: Views, masks: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Return the vectors after one layer, both computed from the vectors before it."""
        result = {}
        for task in self._active:
            other = self._other(task)
            name, states = self.tasks[task], views[self.tasks[other]].states
            result[name] = layer["shared" if self.share else task](own[name], states, masks[other])
        return result

    def _other(self, task: str) -> str:
        return "relation" if task == "entity" else "entity"

    @property
    def _active(self) -> list[str]:
        return [task for task in self.tasks if self.directions in ("both", task)]

    def _layer(self, width: int) -> CrossAttention:
        return CrossAttention(width, self.heads, self.dropouts, self.output_projection, self.layer_norm)

    def _refuse(self, widths: list[int]) -> None:
        faults = []
        if widths[0] != widths[1]:
            what = f"the views {list(self.tasks.values())} are {widths[0]} and {widths[1]} wide"
            faults.append(Fault(what, remedy="cross-task attention needs two views of the same width"))
        if widths[0] % self.heads:
            divisors = ", ".join(str(n) for n in range(1, 17) if widths[0] % n == 0)
            what = f"heads = {self.heads} does not divide the width {widths[0]} of the views"
            faults.append(Fault(what, remedy=f"use one of {divisors}"))
        if faults:
            raise BuildError("components do not fit", faults)
