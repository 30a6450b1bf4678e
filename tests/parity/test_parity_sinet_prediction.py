"""Whole predictions of imported SINET checkpoints against the oracle: the same entities and relations, one for one."""

from pathlib import Path

import pytest
import torch
from compare import assert_same_predictions
from naive_sinet import NaiveSinet
from published import toy_docs, write_checkpoint
from published_sinet import tiny_sinet

from jointre.data.doc import Doc
from jointre.importing import import_sinet


def compare(folder: Path, naive: NaiveSinet, docs: list[Doc], width: int = 8, threshold: float = 0.5) -> int:
    """Import a checkpoint, compare the predictions; returns the number of relations."""
    checkpoint, out = write_checkpoint(folder / "checkpoint", naive), folder / "model"
    options = {"max_width": width, "threshold": threshold, "heads": naive.how.heads}
    import_sinet(checkpoint, out, checkpoint / "types.json", **options)
    return assert_same_predictions(out, checkpoint, naive, docs, width, threshold)


@pytest.mark.parametrize(
    ("width", "threshold", "heads"), [(8, 0.5, 4), (1, 0.5, 2), (3, 0.9, 1), (12, 0.1, 16)]
)
def test_predictions_are_the_same(tmp_path: Path, width: int, threshold: float, heads: int):
    naive = tiny_sinet(width, none_bias=2.0, heads=heads)
    assert compare(tmp_path, naive, toy_docs(width, [9, 1, 14, 2]), width, threshold) > 0


@pytest.mark.parametrize("none_bias", [100.0, -100.0], ids=["nothing fires", "everything fires"])
def test_extremes(tmp_path: Path, none_bias: float):
    found = compare(tmp_path, tiny_sinet(8, none_bias=none_bias), toy_docs(8, [5, 1, 6]))
    assert (found == 0) == (none_bias > 0)


def test_symmetric_types_merge_to_the_first_score(tmp_path: Path):
    """Both directions fire for nearly all pairs, so that direction, duplicates and equal starts all matter."""
    naive = tiny_sinet(11, none_bias=0.5)
    with torch.no_grad():
        naive.rel_classifier.bias += 2.0
    assert compare(tmp_path, naive, toy_docs(11, [6, 8]), 4) > 100
