"""The model folder of each released version loads for ever, and predicts what it did."""

import json
from pathlib import Path

import pytest

from jointre.about import __version__
from jointre.data.doc import Doc
from jointre.data.write import to_line
from jointre.pipeline import load

FIXTURES = Path(__file__).parents[1] / "fixtures"
FOLDERS = sorted(path for path in FIXTURES.glob("model-*.*.*") if path.is_dir())


def without_scores(record):
    """The scores of a predicted record, which another processor rounds otherwise, and the record without them."""
    items = [*record["entities"], *record["relations"]]
    return [item.pop("score") for item in items], record


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_released_folder_predicts_what_it_did(folder):
    lines = folder.with_name(f"{folder.name}.jsonl").read_text(encoding="utf8").splitlines()
    expected = [json.loads(line) for line in lines]
    docs = [Doc(record["tokens"], id=record["id"]) for record in expected]
    predicted = [json.loads(to_line(doc)) for doc in load(folder, "cpu").predict(docs)]
    for then, now in zip(expected, predicted, strict=True):
        (old_scores, old), (new_scores, new) = without_scores(then), without_scores(now)
        assert new == old
        assert new_scores == pytest.approx(old_scores, abs=1e-4)


def test_this_version_has_a_folder():
    """Where this fails, a release is being made: see the checklist in CONTRIBUTING.md."""
    assert f"model-{__version__}" in [folder.name for folder in FOLDERS]
