"""Feed-forward networks."""

from collections.abc import Sequence

from torch import Tensor, nn

from jointre.nn.init import init_normal

LAYER_NORM_EPS = 1e-12


def feed_forward(width: int, sizes: Sequence[int], dropout: float) -> nn.Sequential:
    """Return linear, ReLU, dropout for each of ``sizes``, with torch's initialisation; the identity if there are no
    sizes.
    """
    layers: list[nn.Module] = []
    for size in sizes:
        layers += [nn.Linear(width, size), nn.ReLU(), nn.Dropout(dropout)]
        width = size
    return nn.Sequential(*layers)


class MLPBlock(nn.Module):
    """One layer of ENPAR's MLPs (ENPAR, Section 2.1): ``Dropout(LayerNorm(gelu(W x + b)))``, gelu with the error
    function.

    W ~ N(0, 0.02), b = 0. The norm is called ``LayerNorm``, as in BERT.
    """

    def __init__(self, width: int, size: int, dropout: float) -> None:
        super().__init__()
        self.dense = nn.Linear(width, size)
        init_normal(self.dense)
        self.LayerNorm = nn.LayerNorm(size, eps=LAYER_NORM_EPS)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Return [N, size] for ``x`` [N, width]."""
        return self.finish(self.dense(x))

    def finish(self, projected: Tensor) -> Tensor:
        """Return [N, size] from ``W x + b`` [N, size], for callers that compute it in parts."""
        normed: Tensor = self.dropout(self.LayerNorm(nn.functional.gelu(projected)))
        return normed
