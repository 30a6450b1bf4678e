"""Negative pairs: random ordered pairs of spans that are not related (SpERT, Sections 3.1 and 4.2)."""

from collections.abc import Collection, Mapping, Sequence
from itertools import product

import numpy as np

Extent = tuple[int, int]


def unrelated_pairs(
    spans: Sequence[Extent],
    related: Collection[tuple[Extent, Extent]],
    most: int | None,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return [min(pool, most), 2] ordered pairs of positions in ``spans``, uniformly without replacement.

    Args:
        spans: gold entities or candidates of one document; a span may occur twice.
        related: ordered pairs that are not negatives. Two candidates with the same extent are never a pair.
        most: maximum number of pairs; None for all.
        rng: the generator.
    """
    n, others = len(spans), max(len(spans) - 1, 0)
    most = n * others if most is None else most
    places: dict[Extent, list[int]] = {}
    for place, span in enumerate(spans):
        places.setdefault(span, []).append(place)
    excluded = _excluded(places, related)
    # draw enough numbers of pairs that `most` are left when the excluded ones are removed
    size = min(n * others, most + len(excluded))
    index = rng.choice(n * others, size, replace=False) if size else np.zeros(0, dtype=np.int64)
    head, tail = np.divmod(index, max(others, 1))
    tail += tail >= head  # a span is not paired with itself
    pairs = np.stack([head, tail], axis=1)
    free = [
        i for i, pair in enumerate(zip(head.tolist(), tail.tolist(), strict=True)) if pair not in excluded
    ]
    return pairs[free[:most]]


def _excluded(
    places: Mapping[Extent, list[int]], related: Collection[tuple[Extent, Extent]]
) -> set[tuple[int, int]]:
    """Return the pairs of positions that are related or have the same extent."""
    twice = [(extent, extent) for extent, at in places.items() if len(at) > 1]
    pairs = (product(places.get(head, ()), places.get(tail, ())) for head, tail in [*related, *twice])
    return {(head, tail) for some in pairs for head, tail in some if head != tail}
