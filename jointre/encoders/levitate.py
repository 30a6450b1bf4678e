"""Read levitated markers with a BERT-like network, over states of the text that are already there."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

from jointre.data.host_copies import upload
from jointre.encoders.attention_mask import BERT_LIKE
from jointre.nn.markers import bounded

ROW = 64
"""Maximum number of groups that are computed next to each other; more groups of a document make more rows."""


def can_levitate(network: Any) -> bool:
    """Return whether `levitate` can be used with a network."""
    config = network.config
    absolute = getattr(config, "position_embedding_type", "absolute") == "absolute"
    return config.model_type in BERT_LIKE and absolute and not config.is_decoder


@dataclass(frozen=True)
class Rows:
    """N groups of markers, laid out on the host as R rows of K places; a row has groups of one document.

    Args:
        doc: [R] int64, ascending.
        place: [N] int64, the place of each group among the R * K places.
        width: K.
    """

    doc: Tensor
    place: Tensor
    width: int

    def spread(self, values: Tensor, place: Tensor) -> Tensor:
        """Return [R, K, ...] from the values [N, ...] of the groups; zeros at places without a group.

        ``place`` is that of the groups, on the device of the values.
        """
        filled = values.new_zeros(len(self.doc) * self.width, *values.shape[1:])
        return filled.index_copy(0, place, values).view(len(self.doc), self.width, *values.shape[1:])


def rows_of(doc: Tensor, n_docs: int) -> Rows:
    """Lay out groups by their documents [N]."""
    count = torch.bincount(doc, minlength=n_docs)
    width = max(1, min(ROW, int(count.max())))
    n_rows = torch.div(count + width - 1, width, rounding_mode="floor")
    order = doc.argsort(stable=True)
    # the number of each group within its document
    rank = torch.arange(len(doc)) - (count.cumsum(0) - count)[doc[order]]
    place = torch.empty_like(order)
    place[order] = (n_rows.cumsum(0) - n_rows)[doc[order]] * width + rank
    return Rows(torch.repeat_interleave(torch.arange(n_docs), n_rows), place, width)


def levitate(
    network: Any,
    text: Sequence[Tensor],
    mask: Tensor,
    ids: Tensor,
    positions: Tensor,
    doc: Tensor,
    pieces: int,
) -> Tensor:
    """Return the last states [N, G, D] of N groups of G markers.

    A marker attends to all pieces of its text and to the markers of its group. No piece of the text attends to a
    marker, so the states of the text are those of a text without markers: they are given, and not computed again.

    Args:
        network: see `can_levitate`.
        text: the states [B, T, D] of the text before each layer, embeddings first; the state after the last is not
            read.
        mask: [B, T] bool, the real pieces of the text.
        ids, positions: [N, G] int64 the pieces of the markers, and the positions that they have in the text.
        doc: [N] int64 the text of each group, on the host.
        pieces: maximum number of markers, with padding, that are read at once; at least one row of groups.
    """
    size, hidden = ids.shape[1], text[-1].shape[2]
    if not len(ids):
        return text[-1].new_zeros(0, size, hidden)
    rows, device = rows_of(doc, len(mask)), mask.device
    place = upload(rows.place, device)
    parts = []
    step = max(1, pieces // (rows.width * size))
    spread = [rows.spread(values, place).flatten(1) for values in (ids, positions)]
    read = bounded(partial(_read, network, size), -(-len(rows.doc) // step))
    for doc, *markers in zip(rows.doc.split(step), *(values.split(step) for values in spread), strict=True):
        texts = slice(int(doc[0]), int(doc[-1]) + 1)
        own = upload(doc - doc[0], device)
        parts.append(read(*markers, own, mask[texts], *(states[texts] for states in text)))
    return torch.cat(parts).view(-1, size, hidden).index_select(0, place)


def _read(
    network: Any, size: int, ids: Tensor, positions: Tensor, doc: Tensor, mask: Tensor, *text: Tensor
) -> Tensor:
    """Return the last states [R, M, D] of the markers ``ids`` [R, M]; ``doc`` [R] are rows of mask and text."""
    states, seen = _embedded(network, ids, positions), mask.index_select(0, doc)
    for layer, before in zip(network.encoder.layer, text, strict=False):
        states = _layer(layer, states, before, doc, seen, size)
    return states


def _embedded(network: Any, ids: Tensor, positions: Tensor) -> Tensor:
    """Return [R, M, D] from pieces and positions [R, M]; RoBERTa counts positions from behind that of padding."""
    table = network.embeddings.position_embeddings
    shift = 0 if table.padding_idx is None else table.padding_idx + 1
    types = torch.zeros_like(ids)
    states: Tensor = network.embeddings(input_ids=ids, token_type_ids=types, position_ids=positions + shift)
    project: nn.Module | None = getattr(network, "embeddings_project", None)
    return states if project is None else project(states)


def _layer(layer: Any, states: Tensor, text: Tensor, doc: Tensor, seen: Tensor, size: int) -> Tensor:
    """Return the states [R, M, D] of markers after one layer.

    Args:
        layer: the layer.
        states: [R, M, D] before it; M consists of groups of ``size``.
        text: [B, T, D] the states of the texts before it.
        doc: [R] the text of each row.
        seen: [R, T] bool, the real pieces of these texts.
        size: G.
    """
    attention = layer.attention.self
    heads, rate = attention.num_attention_heads, attention.dropout.p if layer.training else 0.0
    query, key, value = (
        _split(part(states), heads) for part in (attention.query, attention.key, attention.value)
    )
    text_key, text_value = (
        _split(part(text), heads).index_select(0, doc) for part in (attention.key, attention.value)
    )
    query = query * query.shape[3] ** -0.5
    to_text = (query @ text_key.transpose(2, 3)).masked_fill(~seen[:, None, None, :], -torch.inf)
    query, key, value = (part.unflatten(2, (-1, size)) for part in (query, key, value))
    to_group = (query @ key.transpose(3, 4)).flatten(2, 3)
    scores = torch.cat([to_text, to_group], dim=3).float()
    weights = dropout(scores.softmax(dim=3), rate).to(value.dtype)
    of_text, of_group = weights.split([to_text.shape[3], size], dim=3)
    found = of_text @ text_value + (of_group.unflatten(2, (-1, size)) @ value).flatten(2, 3)
    found = layer.attention.output(found.transpose(1, 2).flatten(2), states)
    after: Tensor = layer.feed_forward_chunk(found)
    return after


def _split(states: Tensor, heads: int) -> Tensor:
    """Return [R, heads, M, D / heads] from [R, M, D]."""
    return states.unflatten(2, (heads, -1)).transpose(1, 2)
