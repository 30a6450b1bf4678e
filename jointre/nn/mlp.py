"""Feed-forward networks."""

from collections.abc import Sequence

from torch import nn


def feed_forward(width: int, sizes: Sequence[int], dropout: float) -> nn.Sequential:
    """Linear, ReLU, dropout for each of ``sizes``, with torch's initialisation; the identity for none."""
    layers: list[nn.Module] = []
    for size in sizes:
        layers += [nn.Linear(width, size), nn.ReLU(), nn.Dropout(dropout)]
        width = size
    return nn.Sequential(*layers)
