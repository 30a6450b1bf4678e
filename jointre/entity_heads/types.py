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
    of_batch = batch.on_host().gold
    assert of_batch is not None
    score, predicted = logits.float().softmax(dim=1).max(dim=1)
    n_gold = len(of_batch.entity_label)
    gold = batch.to_device(pad(of_batch.entity_label, (0, len(spans) - n_gold)))
    rows = batch.to_device(torch.arange(n_gold))
    term = LossTerm(logits, gold, spans.doc)
    if trained is not None:
        rows_of_term = batch.to_device(torch.nonzero(batch.to_host(trained)).squeeze(1))
        term = LossTerm(*(part.index_select(0, rows_of_term) for part in (logits, gold, spans.doc)))
    terms = {**terms, "entity": term}
    return EntityOutput(spans, features, predicted, score, gold, rows, terms)
