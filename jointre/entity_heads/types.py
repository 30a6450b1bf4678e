"""Classify candidate spans; class 0 is "no entity"."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn.functional import pad

from jointre.data.batch import Batch
from jointre.data.stages import EntityOutput, LossTerm, SpanRows, Spans


def predicted_types(spans: Spans, features: SpanRows, logits: Tensor) -> EntityOutput:
    """Return the output of prediction from ``logits`` [N, E]."""
    probs = logits.float().softmax(dim=1)
    score, predicted = probs.max(dim=1)
    best, likeliest = probs[:, 1:].max(dim=1)
    return EntityOutput(spans, features, predicted, score, likeliest=likeliest + 1, likeliest_score=best)


def trained_types(
    spans: Spans,
    features: SpanRows,
    logits: Tensor,
    batch: Batch,
    terms: Mapping[str, LossTerm],
    trained: Tensor | None = None,
) -> EntityOutput:
    """Return the output of training, with the loss term ``entity``; the first candidates are the gold entities.

    ``trained`` [N] bool says which candidates the term contains; None for all.
    """
    assert batch.gold is not None
    score, predicted = logits.float().softmax(dim=1).max(dim=1)
    n_gold = batch.gold.entity_label.shape[0]
    gold = pad(batch.gold.entity_label, (0, len(spans) - n_gold))
    rows = torch.arange(n_gold, device=gold.device)
    term = LossTerm(logits, gold, spans.doc)
    if trained is not None:
        term = LossTerm(logits[trained], gold[trained], spans.doc[trained])
    terms = {**terms, "entity": term}
    return EntityOutput(spans, features, predicted, score, gold, rows, terms)
