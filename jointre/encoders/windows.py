"""Run an encoder over windows, and reassemble the states of whole documents."""

from collections.abc import Callable

import torch
from torch import Tensor

from jointre.data.stages import Encoded
from jointre.data.windows import Windows


def encode_windows(
    windows: Windows, run: Callable[[Tensor, Tensor, bool], Encoded], states: Tensor | None = None
) -> Encoded:
    """Return the states of whole documents from an encoder that accepts only one window at a time.

    A piece of a word gets its state from the window chosen for its word; pieces after the words get theirs from the
    last window. Special pieces before the words (such as the classification token at position 0) and a pooled output
    are means over the windows of their document. Padding is zero. Without gradients, windows run in parts of at most
    ``windows.pieces_at_once`` pieces (but at least one window), which changes results only by rounding.

    Args:
        windows: those of a batch.
        run: the encoder; its arguments are piece ids [v, S], their mask [v, S], and whether any row is padded.
        states: [B, T, D] of whole documents, for layers that read states; instead of the ids, ``run`` then receives
            those of each window [v, S, D].

    Returns:
        As many layers as ``run`` returns, each [B, T, D]; pooled [B, D'] if ``run`` returns one.
    """
    step = len(windows)
    if not torch.is_grad_enabled():
        step = max(1, windows.pieces_at_once // windows.ids.shape[1])
    inputs = windows.ids if states is None else _windowed(windows, states)
    parts = [
        run(part, mask, windows.padded)
        for part, mask in zip(inputs.split(step), windows.mask.split(step), strict=True)
    ]
    layers = zip(*(part.layers for part in parts), strict=True)
    pooled = [part.pooled for part in parts if part.pooled is not None]
    return Encoded(
        tuple(_whole(windows, torch.cat(layer)) for layer in layers),
        _mean(windows, torch.cat(pooled)) if pooled else None,
    )


def _windowed(windows: Windows, states: Tensor) -> Tensor:
    """Return [V, S, D] from the states of whole documents [B, T, D]."""
    rows = windows.place + states.shape[1] * windows.doc.unsqueeze(1)
    return states.flatten(0, 1).index_select(0, rows.flatten()).view(*rows.shape, -1)


def _whole(windows: Windows, states: Tensor) -> Tensor:
    """Return [B, T, D] from the states of the windows [V, S, D]."""
    source = windows.source
    chosen = states.flatten(0, 1).index_select(0, source.flatten().clamp(min=0))
    chosen = chosen.view(*source.shape, -1).masked_fill((source < 0).unsqueeze(2), 0.0)
    return torch.cat([_mean(windows, states[:, : windows.head]), chosen[:, windows.head :]], dim=1)


def _mean(windows: Windows, values: Tensor) -> Tensor:
    """Return [B, ...], the mean over the windows of each document of values [V, ...]."""
    wide = values.to(torch.promote_types(values.dtype, torch.float32))
    n_docs = windows.source.shape[0]
    total = wide.new_zeros(n_docs, *wide.shape[1:]).index_add(0, windows.doc, wide)
    count = wide.new_zeros(n_docs).index_add(0, windows.doc, wide.new_ones(len(windows)))
    return (total / count.view(-1, *[1] * (wide.dim() - 1))).to(values.dtype)
