"""Run a transformers network over a batch without its padding: all pieces in one row, attention within documents."""

import inspect
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from jointre.data.stages import Encoded

NAME = "jointre_packed"
"""The attention's name in transformers, and the argument by which a network hands the layout to it."""

PIECES = [3, 5, 2, 3]


@dataclass(frozen=True)
class Layout:
    """Where the pieces of a batch [B, T] are in a row of N pieces, ordered by the length of their documents.

    Args:
        place: [N] int64 the place of each piece among the B * T places of the batch.
        position: [N] int64 the position of each piece in its document.
        runs: for documents of equal length, one after the other: their first piece in the row, number and length.
    """

    place: Tensor
    position: Tensor
    runs: tuple[tuple[int, int, int], ...]


def layout_of(mask: Tensor) -> Layout:
    """Return the layout of a batch with padding at the end of its rows, from the mask [B, T] of its pieces."""
    lengths = mask.sum(1)
    order = lengths.argsort(stable=True)
    sorted_mask = mask[order]
    row, position = sorted_mask.nonzero(as_tuple=True)
    runs, first = [], 0
    for length, documents in groupby(lengths[order].tolist()):
        number = len(list(documents))
        runs.append((first, number, length))
        first += number * length
    return Layout(order[row] * mask.shape[1] + position, position, tuple(runs))


def run_packed(network: Any, ids: Tensor, mask: Tensor, every_layer: bool, pooled: bool) -> Encoded:
    """Return what a network computes for piece ids [B, T] with padding at the end of their rows; zeros for padding.

    It differs from the network's own result by rounding only; in training, dropout draws other numbers.

    Args:
        network: one for which `can_pack` has returned True.
        ids: [B, T] int64.
        mask: [B, T] bool.
        every_layer: whether to return all hidden layers, each [B, T, D], or only the last.
        pooled: whether the pooled output [B, D] is returned, too.
    """
    assert network.config._attn_implementation == NAME, "can_pack was not asked"
    layout = layout_of(mask)
    row = ids.flatten()[layout.place].unsqueeze(0)
    options = {"token_type_ids": torch.zeros_like(row)} if "token_type_ids" in _arguments(network) else {}
    output = network(
        input_ids=row,
        position_ids=(layout.position + first_position(network)).unsqueeze(0),
        output_hidden_states=every_layer,
        **options,
        **{NAME: layout},
    )
    found = output.hidden_states if every_layer else (output.last_hidden_state,)
    layers = tuple(_unpacked(states[0], layout, mask) for states in found)
    return Encoded(layers, network.pooler(layers[-1]) if pooled else None)


def can_pack(network: Any) -> bool:
    """Let a network use `run_packed`, and return True, if that computes what the network computes by itself.

    This is tried, not looked up: with the states of a few short documents. Networks whose attention is limited to
    nearby pieces are left out, as short documents would not show that. The attention of the network is replaced for
    good. Without a layout, the new one computes torch's own attention, so that several threads can use the network
    either way.
    """
    config = network.config
    local = getattr(config, "sliding_window", None) or getattr(config, "local_attention", None)
    parameter = next(network.parameters())
    if local or parameter.is_meta or not _register() or "position_ids" not in _arguments(network):
        return False
    training, before = network.training, config._attn_implementation
    network.eval()
    agrees = False
    try:
        lengths = torch.tensor(PIECES, device=parameter.device)
        mask = torch.arange(max(PIECES), device=parameter.device) < lengths.unsqueeze(1)
        # pieces from the middle of the vocabulary: the first ones may be padding, which some networks treat by itself
        ids = config.vocab_size // 2 + torch.arange(mask.numel(), device=mask.device).view_as(mask) % 8
        with torch.autocast(mask.device.type, enabled=False):
            agrees = _agrees(network, ids, mask)
    except Exception:  # the code of an architecture can raise anything
        pass
    finally:
        network.train(training)
        if not agrees and config._attn_implementation != before:
            network.set_attn_implementation(before)
    return agrees


@torch.no_grad()
def _agrees(network: Any, ids: Tensor, mask: Tensor) -> bool:
    pools = getattr(network, "pooler", None) is not None
    own = network(input_ids=ids, attention_mask=mask.long(), output_hidden_states=True)
    network.set_attn_implementation(NAME)
    padded = network(input_ids=ids, attention_mask=mask.long(), output_hidden_states=True)
    packed = run_packed(network, ids, mask, every_layer=True, pooled=pools)
    pairs = [
        (a[mask], b[mask])
        for found in (padded.hidden_states, packed.layers)
        for a, b in zip(own.hidden_states, found, strict=True)
    ]
    if packed.pooled is not None:
        pairs.append((own.pooler_output, packed.pooled))
    return all(torch.allclose(a, b, rtol=1e-4, atol=1e-5) for a, b in pairs)


def first_position(network: nn.Module) -> int:
    """Return the row of the position table for the first piece; RoBERTa-like models reserve some for padding."""
    tables = [part for name, part in network.named_modules() if name.endswith("position_embeddings")]
    padding = getattr(tables[0], "padding_idx", None) if tables else None
    return 0 if padding is None else padding + 1


def _attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **options: Any,
) -> tuple[Tensor, Any]:
    """Return attention [1, N, H, D] within each document, for queries, keys and values [1, H, N, D] of the pieces.

    Without a layout, return what transformers computes with torch's attention.
    """
    layout: Layout | None = options.pop(NAME, None)
    if layout is None:
        return _sdpa()(module, query, key, value, attention_mask, scaling=scaling, dropout=dropout, **options)
    found = []
    for first, number, length in layout.runs:
        # the documents of a run have the same length, so they make a batch without padding: [documents, H, length, D]
        q, k, v = (
            states[0, :, first : first + number * length].unflatten(1, (number, length)).transpose(0, 1)
            for states in (query, key, value)
        )
        states = scaled_dot_product_attention(q, k, v, dropout_p=dropout, scale=scaling)
        found.append(states.transpose(1, 2).flatten(0, 1))
    return torch.cat(found).unsqueeze(0), None


def _unpacked(states: Tensor, layout: Layout, mask: Tensor) -> Tensor:
    """Return [B, T, D] from the states [N, D] of the pieces."""
    filled = states.new_zeros(mask.numel(), states.shape[1])
    return filled.index_copy(0, layout.place, states).view(*mask.shape, -1)


def _arguments(network: nn.Module) -> Any:
    return inspect.signature(network.forward).parameters


def _register() -> bool:
    """Make the attention known to transformers; return False for releases that accept none."""
    try:
        from transformers import AttentionInterface, AttentionMaskInterface
        from transformers.masking_utils import sdpa_mask
    except ImportError:
        return False
    AttentionInterface.register(NAME, _attend)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    return True


def _sdpa() -> Any:
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    return ALL_ATTENTION_FUNCTIONS["sdpa"]
