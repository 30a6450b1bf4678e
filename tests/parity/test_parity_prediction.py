"""Whole predictions of imported checkpoints against the oracle: the same entities and relations, one for one."""

from pathlib import Path

import pytest
import torch
from compare import assert_same_predictions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from naive_spert import NaiveSpert
from published import tiny, toy_docs, write_checkpoint

from jointre.data.doc import Doc
from jointre.importing import import_spert

QUICK = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def compare(folder: Path, naive: NaiveSpert, docs: list[Doc], width: int, threshold: float, kind: str) -> int:
    """Import a checkpoint, compare the predictions; returns the number of relations."""
    checkpoint = write_checkpoint(folder / "checkpoint", naive, kind)
    out = folder / "model"
    import_spert(checkpoint, out, checkpoint / "types.json", max_width=width, threshold=threshold, force=True)
    return assert_same_predictions(out, checkpoint, naive, docs, width, threshold)


@pytest.mark.parametrize("kind", ["safetensors", "bin"])
@pytest.mark.parametrize(("width", "threshold"), [(10, 0.4), (1, 0.4), (3, 0.9), (15, 0.1)])
def test_predictions_are_the_same(tmp_path: Path, kind: str, width: int, threshold: float):
    docs = toy_docs(width, [9, 1, 16, 2, 12])
    assert compare(tmp_path, tiny(width, none_bias=2.0), docs, width, threshold, kind) > 0


@QUICK
@given(
    seed=st.integers(0, 10_000),
    lengths=st.lists(st.integers(1, 11), min_size=1, max_size=5),
    width=st.integers(1, 12),
    threshold=st.sampled_from([0.0, 0.2, 0.4, 0.5, 0.8]),
    kind=st.sampled_from(["safetensors", "bin"]),
)
def test_predictions_are_the_same_whatever_the_model(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    lengths: list[int],
    width: int,
    threshold: float,
    kind: str,
):
    folder = tmp_path_factory.mktemp("any")
    naive = tiny(seed, none_bias=2.5, relations=["A", "B", "C"], symmetric=["A", "C"])
    compare(folder, naive, toy_docs(seed, lengths), width, threshold, kind)


@pytest.mark.parametrize("none_bias", [100.0, -100.0], ids=["nothing fires", "everything fires"])
def test_extremes(tmp_path: Path, none_bias: float):
    found = compare(tmp_path, tiny(8, none_bias=none_bias), toy_docs(8, [5, 1, 6]), 10, 0.4, "safetensors")
    assert (found == 0) == (none_bias > 0)


def test_symmetric_types_merge_to_the_first_score(tmp_path: Path):
    """Both directions fire for nearly all pairs, so that direction, duplicates and equal starts all matter."""
    naive = tiny(11, none_bias=0.5)
    with torch.no_grad():
        naive.rel_classifier.bias += 2.0
    docs = toy_docs(11, [6, 8])
    assert compare(tmp_path, naive, docs, 4, 0.4, "safetensors") > 100
