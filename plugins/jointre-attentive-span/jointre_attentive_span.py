"""Span poolers for jointre: learned attention over the units of a span."""

import torch
from jointre.data.stages import View
from jointre.limits import HeadCount, LayerSize, OptionalSize
from jointre.poolers.base import Pooler
from torch import Tensor, nn


class AttentivePooler(Pooler):
    """Averages the states of a range, with weights that a learned query gives them.

    The states are divided among several queries, each of which weighs its part by itself. No tensor of size ranges x
    units x width is made: the states are added up one place at a time.

    Args:
        queries: number of queries; the width of the states must be a multiple of it.
        hidden: size of a layer before the queries; 0 for none.
    """

    def __init__(self, queries: HeadCount = 1, hidden: OptionalSize = 0) -> None:
        super().__init__()
        self.queries = queries
        self.hidden = hidden

    def build(self, width: int) -> int:
        """Make ``score``; return the width of the states."""
        if width % self.queries:
            raise ValueError(
                f"queries = {self.queries}, but the states are {width} wide, which is no multiple"
            )
        self.score = scorer(width, self.hidden, self.queries)
        return width

    def forward(self, view: View, doc: Tensor, ranges: Tensor) -> Tensor:
        """Return [M, V]."""
        return attended(view, doc, ranges, self.score(view.states))


class HeadWordPooler(Pooler):
    """Puts the first state, the last state and the attended state of a range side by side (Lee et al., 2017).

    Attention finds the head word of a span, which a parser would otherwise have to do.

    Args:
        hidden: size of the layer before the scores.
    """

    def __init__(self, hidden: LayerSize = 150) -> None:
        super().__init__()
        self.hidden = hidden

    def build(self, width: int) -> int:
        """Make ``score``; return three times the width of the states."""
        self.score = scorer(width, self.hidden, 1)
        return 3 * width

    def forward(self, view: View, doc: Tensor, ranges: Tensor) -> Tensor:
        """Return [M, 3V]."""
        head = attended(view, doc, ranges, self.score(view.states))
        filled = (ranges[:, 1] > ranges[:, 0]).unsqueeze(1)
        ends = [_states_at(view, doc, place) * filled for place in (ranges[:, 0], ranges[:, 1] - 1)]
        return torch.cat([*ends, head], dim=1)


def scorer(width: int, hidden: int, queries: int) -> nn.Module:
    """Return a network from states to one score per query; a bias would cancel out in the softmax."""
    if not hidden:
        return nn.Linear(width, queries, bias=False)
    return nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, queries, bias=False))


def attended(view: View, doc: Tensor, ranges: Tensor, scores: Tensor) -> Tensor:
    """Return [M, V], the states of each range weighted by the softmax of their scores [B, S, Q]; zeros if it is empty.

    It asks once how long the longest range is, which a GPU is waited for.
    """
    length = (ranges[:, 1] - ranges[:, 0]).clamp(min=0)
    longest = int(length.max()) if len(length) else 0
    width, queries = view.states.shape[2], scores.shape[2]
    place = ranges[:, :1] + torch.arange(longest, device=doc.device)  # [M, L]
    inside = torch.arange(longest, device=doc.device) < length.unsqueeze(1)
    place = place.clamp(0, view.states.shape[1] - 1)
    found = scores.float()[doc.unsqueeze(1), place].masked_fill(
        ~inside.unsqueeze(2), float("-inf")
    )  # [M, L, Q]
    weights = found.softmax(dim=1).nan_to_num(0.0).to(view.states.dtype)
    pooled = view.states.new_zeros(len(doc), queries, width // queries)
    for step in range(longest):
        states = _states_at(view, doc, place[:, step]).view(len(doc), queries, -1)
        pooled = pooled + weights[:, step].unsqueeze(2) * states
    return pooled.flatten(1)


def _states_at(view: View, doc: Tensor, place: Tensor) -> Tensor:
    """Return [M, V], one state per range."""
    length, width = view.states.shape[1:]
    return view.states.reshape(-1, width).index_select(0, doc * length + place.clamp(0, length - 1))
