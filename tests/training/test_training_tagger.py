"""Trainings of a tagger from a config: overlapping entities at the door, and the model folder."""

import pytest

from jointre.data.report import CorpusError
from jointre.metrics.entities import EntityMetric
from jointre.pipeline import load
from jointre.testing import toy_docs
from jointre.training.run import train
from jointre.training.setup import Setup


@pytest.fixture
def tagger(config):
    """A short training of a tagger with SpERT's relation stage; overlapping entities are in the toy corpus."""

    def make(**overrides):
        named = {"@entity_heads": "jointre.tagger.v1", **overrides}
        return config(
            training__epochs=20,
            training__eval_every=0,
            training__optimizer__lr=5e-3,
            training__checkpoint_every=None,
            **{f"model__entity_head__{key}": value for key, value in named.items()},
        )

    return make


def test_overlapping_entities_are_refused_before_the_first_update(tagger, tmp_path):
    with pytest.raises(CorpusError, match="entities overlap in 2 of 12 training documents") as error:
        train(tagger(), tmp_path / "run", quiet=True)
    assert [fault.where.rsplit("/")[-1] for fault in error.value.faults] == ["toy.jsonl:4", "toy.jsonl:5"]
    assert not (tmp_path / "run" / "model").exists()


@pytest.mark.parametrize(
    ("overlap", "notice"),
    [
        ("keep_outer", "warning: train: 2 of 26 entities (7.69 %) can never be predicted: overlaps another"),
        ("drop_sentence", "2 of 12 training documents have overlapping entities and no entity loss"),
    ],
)
def test_what_is_left_out_is_told(tagger, overlap, notice):
    setup = Setup(tagger(overlap=overlap))
    setup.build()
    assert any(line.startswith(notice) for line in setup.notices), setup.notices


def test_a_model_folder_holds_the_crf(tagger, tmp_path):
    """It predicts what the dev scores were made of."""
    config = tagger(overlap="keep_inner", decode="viterbi", crf=True)
    train(config, tmp_path / "run", quiet=True)
    model = load(tmp_path / "run")
    metric = EntityMetric()
    for gold, found in zip(toy_docs(), model.predict(toy_docs()), strict=True):
        metric.update(gold, found)
    assert "entity_head.chain.between" in model.model.state_dict()
    score = model.meta["scores"]["dev"]["entities"]["micro"]["f"]
    assert metric.to_json()["micro"]["f"] == pytest.approx(score) and score > 0
