"""Vectors that represent a sentence before attention, and the units that are attended to."""

from collections.abc import Collection
from typing import Literal

import torch
from torch import Tensor

from jointre.data.batch import Batch
from jointre.data.stages import Level, View
from jointre.nn.ranges import range_max, range_mean
from jointre.views.base import Views

Agent = Literal["cls", "max", "mean"]


def first_state(view: View) -> Tensor:
    """Return the classification token [B, V]; views of words carry it as their summary."""
    if view.level == "piece":
        return view.states[:, 0]
    assert view.summary is not None
    return view.summary


def word_range(batch: Batch, level: Level) -> Tensor:
    """Return [B, 2], the units from the first word to the last, without special pieces and padding."""
    if level == "word":
        return torch.stack([torch.zeros_like(batch.n_words), batch.n_words], dim=1)
    row = torch.arange(len(batch), device=batch.n_words.device)
    return torch.stack([batch.word_pieces[:, 0, 0], batch.word_pieces[row, batch.n_words - 1, 1]], dim=1)


def agents(views: Views, batch: Batch, agent: Agent, names: Collection[str]) -> dict[str, Tensor]:
    """Return [B, V] by view: as ``agent`` says for the views in ``names``, the classification token for the others."""
    if agent == "cls":
        return {name: first_state(view) for name, view in views.items()}
    return {
        name: _pooled(view, batch, agent) if name in names else first_state(view)
        for name, view in views.items()
    }


def _pooled(view: View, batch: Batch, agent: Agent) -> Tensor:
    """Return [B, V], the maximum or the mean over the words."""
    ranges = word_range(batch.on_host(), view.level)
    doc, there = batch.to_device((torch.arange(len(batch)), ranges))
    if agent == "mean":
        return range_mean(view.states, doc, there, view.cache)
    return range_max(view.states, doc, there, view.cache, int((ranges[:, 1] - ranges[:, 0]).max()))


def attended(view: View, batch: Batch, include_sep: bool, mask_padding: bool) -> Tensor:
    """Return [B, S] bool: every unit except the classification token; without ``include_sep`` only words."""
    position = torch.arange(view.states.shape[1], device=view.states.device).unsqueeze(0)
    if view.level == "word" or not include_sep:
        start, end = word_range(batch, view.level).unsqueeze(2).unbind(1)
        inside = (position >= start) & (position < end)
        return inside if mask_padding else inside | ~view.mask
    tokens = position > 0
    return tokens & view.mask if mask_padding else tokens.expand_as(view.mask)
