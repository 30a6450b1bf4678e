"""Initialisation of new parameters."""

from torch import nn

INITIALIZER_RANGE = 0.02


def init_normal(module: nn.Module, std: float = INITIALIZER_RANGE) -> None:
    """Initialise weights of linear layers and embeddings with N(0, std) and biases with 0, as BERT does."""
    for part in module.modules():
        if isinstance(part, nn.Linear | nn.Embedding):
            nn.init.normal_(part.weight, std=std)
        if isinstance(part, nn.Linear) and part.bias is not None:
            nn.init.zeros_(part.bias)
