"""Shapes of the hub encoders in the built-in configs, so that a model can be laid out without network access."""

from collections.abc import Mapping
from typing import Any

KNOWN: Mapping[str, Mapping[str, Any]] = {
    "bionlp/bluebert_pubmed_mimic_uncased_L-12_H-768_A-12": {"model_type": "bert", "vocab_size": 30522},
    "dmis-lab/biobert-base-cased-v1.1": {"model_type": "bert", "vocab_size": 28996},
    "bert-base-uncased": {"model_type": "bert", "vocab_size": 30522},
    "bert-base-cased": {"model_type": "bert", "vocab_size": 28996},
    "albert-xxlarge-v1": {"model_type": "albert"},
    "allenai/scibert_scivocab_cased": {"model_type": "bert", "vocab_size": 31116},
    "allenai/scibert_scivocab_uncased": {"model_type": "bert", "vocab_size": 31090},
}
