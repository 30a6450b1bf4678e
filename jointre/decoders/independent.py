"""Decoding without constraints."""

from jointre.data.stages import Prediction
from jointre.decoders.base import Decoder
from jointre.registry import registry


@registry.decoders("jointre.independent.v1")
class IndependentDecoder(Decoder):
    """Keeps every entity and every relation that was found: each is decided by its own score, as in SpERT."""

    def __call__(self, found: Prediction) -> Prediction:
        """Return everything."""
        return found
