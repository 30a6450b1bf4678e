"""The attention mask in the form that a transformers network takes without looking at it."""

import sys
from typing import Any

from torch import Tensor

from jointre.encoders import packing

BERT_LIKE = frozenset(["bert", "camembert", "electra", "roberta", "xlm-roberta"])
"""Model types whose layers have the parts of BERT's, and whose attention is over the whole text."""


def attention_mask(network: Any, mask: Tensor, padded: bool) -> Tensor | None:
    """Return what a network is given for ``mask`` [R, T] bool, the real pieces; None if no row is ``padded``.

    Given [R, T], transformers asks whether it hides anything, and the host waits for a GPU. A mask [R, 1, T, T] is used
    as it is (``create_bidirectional_mask`` of ``transformers.masking_utils``); this one is what it would make.
    """
    if not padded:
        return None
    if not _takes_prepared(network):
        return mask.long()
    rows, length = mask.shape
    return mask[:, None, None, :].expand(rows, 1, length, length)


def _takes_prepared(network: Any) -> bool:
    """Return whether a network uses a mask [R, 1, T, T] of bool as it is; older releases of transformers do not."""
    config, code = network.config, sys.modules[type(network).__module__]
    fused = getattr(config, "_attn_implementation", None) in ("sdpa", packing.NAME)
    known = config.model_type in BERT_LIKE and not config.is_decoder
    return fused and known and hasattr(code, "create_bidirectional_mask")
