"""Span logits and relation probabilities of jointre's SpERT against the oracle, also for its ablations."""

from pathlib import Path

import pytest
from compare import assert_all_candidates, assert_same_scores, jointre_model, scores
from published import naive_sentences, tiny, toy_docs, write_checkpoint

from jointre.importing.layouts import SPERT

LENGTHS = {1: [7], 2: [1, 26], 3: [4, 12, 2], 4: [3, 3, 18, 1], 5: [2, 40, 1, 9, 5]}
ABLATIONS = [
    ("max", "local", []),
    ("sum", "local", ["ablations/spert/pooling_sum"]),
    ("mean", "local", ["ablations/spert/pooling_mean"]),
    ("max", "cls", ["ablations/spert/context_cls"]),
]

# Sums and means are differences of prefix sums in fp32, which round otherwise than the sum of the span's rows.
TOLERANCE = {"max": 1e-6, "sum": 5e-6, "mean": 5e-6}


@pytest.mark.parametrize(("pooling", "context", "overlays"), ABLATIONS, ids=lambda value: str(value))
@pytest.mark.parametrize("size", LENGTHS)
def test_span_logits_and_relation_probabilities(
    tmp_path: Path, size: int, pooling: str, context: str, overlays: list[str]
):
    naive = tiny(size, pooling=pooling, context=context)
    folder = write_checkpoint(tmp_path, naive)
    docs = toy_docs(size, LENGTHS[size])
    mine = scores(jointre_model(folder, naive, SPERT, overlays), docs)
    assert_all_candidates(mine, docs, 10)
    assert_same_scores(mine, naive, naive_sentences(folder, docs), TOLERANCE[pooling])
