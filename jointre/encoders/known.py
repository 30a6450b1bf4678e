"""Shapes of the hub encoders that shipped configs name, so that a model can be laid out without a network."""

from collections.abc import Mapping
from typing import Any

KNOWN: Mapping[str, Mapping[str, Any]] = {
    "bert-base-cased": {"model_type": "bert", "vocab_size": 28996},
    "albert-xxlarge-v1": {"model_type": "albert"},
    "allenai/scibert_scivocab_cased": {"model_type": "bert", "vocab_size": 31116},
}
