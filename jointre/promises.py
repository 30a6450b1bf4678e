"""Compare what a component returned with the widths that its ``build`` promised."""

from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor

from jointre.data.stages import (
    Encoded,
    EncoderDims,
    PairDims,
    PairFeatures,
    RelationOutput,
    SpanDims,
    SpanFeatures,
    View,
    ViewDims,
)


def broken_promise(promised: Any, result: Any) -> str:
    """Return the first difference between a result and the widths that were promised; empty if there is none.

    Args:
        promised: what ``build`` returned; for a relation head the number of its types.
        result: what ``forward`` returned. Other kinds of results are not compared.
    """
    return next(_differences(promised, result), "")


def _differences(promised: Any, result: Any) -> Iterator[str]:
    if isinstance(promised, int) and isinstance(result, Tensor):
        yield from _width("its result", result, promised)
    elif isinstance(promised, int) and isinstance(result, RelationOutput):
        yield from _width("probs", result.probs, promised)
        yield from _width("holds", result.holds, promised)
    elif isinstance(promised, SpanDims) and isinstance(result, SpanFeatures):
        for name in ("pooled", "width", "summary"):
            yield from _part(name, getattr(result, name), getattr(promised, name))
    elif isinstance(promised, PairDims) and isinstance(result, PairFeatures):
        yield from _pair_features(promised, result)
    elif isinstance(promised, EncoderDims) and isinstance(result, Encoded):
        yield from _width("the last layer", result.layers[-1], promised.hidden)
    elif isinstance(promised, Mapping) and isinstance(result, Mapping):
        yield from _views(promised, result)


def _pair_features(promised: PairDims, result: PairFeatures) -> Iterator[str]:
    yield from _width("side", result.side, promised.side)
    yield from _width("tail_side", result.tails, promised.side)
    found = sum(rows.shape[1] for rows, _ in result.contexts)
    if found != (promised.context or 0):
        yield f"contexts are not as build said: {found} wide, expected {promised.context or 0}"
    yield from _part("summary", result.summary, promised.summary)


def _views(promised: Mapping[str, Any], result: Mapping[str, Any]) -> Iterator[str]:
    if promised.keys() != result.keys():
        yield f"it makes other views than build said: {sorted(result)}, expected {sorted(promised)}"
    for name, dims in promised.items():
        view = result.get(name)
        if isinstance(dims, ViewDims) and isinstance(view, View):
            yield from _width(f"view {name!r}", view.states, dims.states)
            if view.summary is None and dims.summary is not None:
                yield f"view {name!r} has no summary, but build promised one"
            if view.summary is not None and dims.summary is not None:
                yield from _width(f"the summary of view {name!r}", view.summary, dims.summary)


def _part(name: str, value: Tensor | None, width: int | None) -> Iterator[str]:
    if (value is None) != (width is None):
        yield f"{name} is not as build said: it is {'missing' if value is None else 'there'}"
    elif value is not None and width is not None:
        yield from _width(name, value, width)


def _width(what: str, value: Tensor, width: int) -> Iterator[str]:
    shape = list(value.shape)
    if not shape or shape[-1] != width:
        yield f"{what} has shape {shape}, expected {[*shape[:-1], width]}, the width that build promised"
