"""Decoders: choose among the entities and relations that a model found."""

from jointre.decoders.base import Decoder
from jointre.decoders.flat import FlatDecoder
from jointre.decoders.independent import IndependentDecoder
from jointre.decoders.type_triples import TypeTriplesDecoder

__all__ = ["Decoder", "FlatDecoder", "IndependentDecoder", "TypeTriplesDecoder"]
