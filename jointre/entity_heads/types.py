"""Types of candidate spans by a classifier, class 0 being "no entity"."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn.functional import pad

from jointre.data.batch import Batch
from jointre.data.stages import EntityOutput, LossTerm, SpanRows, Spans


def predicted_types(spans: Spans, features: SpanRows, logits: Tensor) -> EntityOutput:
    """The output of prediction: ``logits`` [N, E]."""
    probs = logits.float().softmax(dim=1)
    score, predicted = probs.max(dim=1)
    best, likeliest = probs[:, 1:].max(dim=1)
    return EntityOutput(spans, features, predicted, score, likeliest=likeliest + 1, likeliest_score=best)


def trained_types(
    spans: Spans, features: SpanRows, logits: Tensor, batch: Batch, terms: Mapping[str, LossTerm]
) -> EntityOutput:
    """The output of training over candidates of which the first are the gold entities; adds the term ``entity``."""
    assert batch.gold is not None
    score, predicted = logits.float().softmax(dim=1).max(dim=1)
    n_gold = batch.gold.entity_label.shape[0]
    gold = pad(batch.gold.entity_label, (0, len(spans) - n_gold))
    rows = torch.arange(n_gold, device=gold.device)
    terms = {**terms, "entity": LossTerm(logits, gold, spans.doc)}
    return EntityOutput(spans, features, predicted, score, gold, rows, terms)
