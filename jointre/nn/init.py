"""Initialisation of new parameters."""

from torch import nn

INITIALIZER_RANGE = 0.02


def init_normal(module: nn.Module, std: float = INITIALIZER_RANGE) -> None:
    """BERT's initialisation: weights of linear layers and embeddings ~ N(0, std), biases 0."""
    for part in module.modules():
        if isinstance(part, nn.Linear | nn.Embedding):
            nn.init.normal_(part.weight, std=std)
        if isinstance(part, nn.Linear) and part.bias is not None:
            nn.init.zeros_(part.bias)
