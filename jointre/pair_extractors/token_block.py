"""Pairs of tokens: every token of the head with every token of the tail."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from jointre.data.batch import Batch
from jointre.data.labels import Labels
from jointre.data.stages import EntityOutput, PairDims, PairFeatures, Pairs, SpanDims, Spans, View
from jointre.errors import BuildError, Fault
from jointre.pair_extractors.base import PairExtractor
from jointre.registry import registry
from jointre.views.base import Views, ViewWidths, view_dims


class Tokens(NamedTuple):
    """Tokens of K spans: ``states`` [N, V] in order; for each span its ``first`` row [K] and its ``size`` [K] in
    tokens.
    """

    states: Tensor
    first: Tensor
    size: Tensor


@registry.pair_extractors("jointre.token_block.v1")
class TokenBlock(PairExtractor):
    """REDN's areas (REDN, Eqs. 6-7): a row for each cell (token of the head, token of the tail) of a pair.

    Only the states of entities' tokens are gathered, so neither memory nor time depends on the square of the length.
    The cells of a pair follow each other, by head token first.

    Args:
        head_view, tail_view: names of the views that the tokens of each side are read from; of the same width.
    """

    def __init__(self, head_view: str = "head", tail_view: str = "tail") -> None:
        super().__init__()
        self.head_view = head_view
        self.tail_view = tail_view

    def build(self, views: ViewWidths, spans: SpanDims, labels: Labels) -> PairDims:
        """Return the widths. A side is the state of a token."""
        head, tail = (view_dims(views, name, self).states for name in (self.head_view, self.tail_view))
        if head != tail:
            what = f"views {self.head_view!r} and {self.tail_view!r} are {head} and {tail} wide"
            raise BuildError("components do not fit", [Fault(what, remedy="read views of the same width")])
        return PairDims(head, cells=True)

    def forward(self, views: Views, entities: EntityOutput, pairs: Pairs, batch: Batch) -> PairFeatures:
        """See `PairExtractor.forward`; R is the sum of head tokens x tail tokens over all pairs."""
        used, head, tail = self.sides(entities, pairs, batch)
        spans = batch.copies.take(entities.spans, used)
        sides = [views[self.head_view], views[self.tail_view]]
        counts, area = _sizes(sides, spans, head, tail)
        # the same on the host, for the numbers of tokens and cells
        n_tokens, n_cells = _sizes(sides, *batch.to_host((spans, head, tail)))
        heads, tails = (
            _tokens(view, spans, count, int(known.sum()))
            for view, count, known in zip(sides, counts, n_tokens, strict=True)
        )
        pair, cell = _within(area, int(n_cells.sum()))
        width = tails.size[tail][pair]
        row = torch.div(cell, width, rounding_mode="floor")  # cell = row * width + column
        return PairFeatures(
            heads.states,
            heads.first[head][pair] + row,
            tails.first[tail][pair] + cell - row * width,
            (),
            pair,
            tail_side=tails.states,
        )


def _sizes(sides: Sequence[View], spans: Spans, head: Tensor, tail: Tensor) -> tuple[list[Tensor], Tensor]:
    """Return for each side [K], the tokens of each span, and [P], the cells of each pair."""
    counts = [ranges[:, 1] - ranges[:, 0] for ranges in (spans.ranges(view.level) for view in sides)]
    return counts, counts[0][head] * counts[1][tail]


def _tokens(view: View, spans: Spans, count: Tensor, total: int) -> Tokens:
    """Return the tokens of K spans; ``count`` [K] is their number."""
    span, place = _within(count, total)
    unit = spans.ranges(view.level)[:, 0][span] + place
    length, width = view.states.shape[1:]
    states = view.states.reshape(-1, width).index_select(0, spans.doc[span] * length + unit)
    return Tokens(states, torch.cumsum(count, 0) - count, count)


def _within(count: Tensor, total: int) -> tuple[Tensor, Tensor]:
    """Return the owner of each of ``total`` things, [total], and its place among the things of this owner, [total].

    Owner i has ``count[i]`` things.
    """
    owners = torch.arange(len(count), device=count.device)
    owner = torch.repeat_interleave(owners, count, output_size=total)
    first = torch.cumsum(count, 0) - count
    return owner, torch.arange(total, device=count.device) - first[owner]
