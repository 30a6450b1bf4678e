"""A model that predicts nothing says why, and what to change."""

import pytest
import torch
from typer.testing import CliRunner

from jointre.cli.app import app
from jointre.evaluate import evaluate, to_json
from jointre.metrics import EntityMetric, StrictMetric
from jointre.predict import Predictor
from jointre.testing import toy_docs
from jointre.training.nothing_found import Trained, explain, missing
from jointre.training.run import train


def lacking(predictor, docs):
    """What is not found of ``docs``."""
    metrics = {"entities": EntityMetric(), "strict": StrictMetric()}
    evaluate(predictor, docs, metrics)
    return missing(metrics, to_json(metrics))


def told(predictor, docs, trained=None):
    """The explanation of why."""
    return explain(predictor, docs, lacking(predictor, docs), "dev", trained or Trained())


def test_relations_below_the_threshold(talkative):
    model, tokenizer = talkative(threshold=1.0)
    predictor = Predictor(model, tokenizer)
    first, second, third = told(predictor, toy_docs(), Trained(60, 12, {"loss": 3.0, "relation": 0.25}))
    model.threshold = 0.0
    highest = max(relation.score for doc in predictor(toy_docs()) for relation in doc.relations)
    expected = f"the highest score of a relation is {highest:.2f}, the threshold 1.00"
    assert first == f"warning: the model predicts no relations on dev: {expected}"
    assert "gold entities" in second and second.endswith("60 updates; last loss: relation 0.2500")
    assert (
        third.startswith("  -> tune the threshold on a dev corpus: jointre tune MODEL DEV_DATA")
        and "(now 12)" in third
    )


def test_no_entity_and_so_no_relation(talkative):
    """Relation scores are then those between gold entities."""
    model, tokenizer = talkative()
    with torch.no_grad():
        model.entity_head.classifier.bias[0] += 100
    first, _, third = told(Predictor(model, tokenizer), toy_docs())
    assert first.startswith("warning: the model predicts no entities and no relations on dev")
    assert "the highest score of an entity type is 0.00, below no entity" in first
    assert "the highest score of a relation between gold entities is " in first
    assert third.startswith("  -> train longer")


def test_gold_out_of_reach(talkative):
    """No span is wide enough for any of these entities."""
    model, tokenizer = talkative(max_width=1)
    wide = [doc for doc in toy_docs() if doc.entities and all(e.end - e.start > 1 for e in doc.entities)]
    assert wide
    with torch.no_grad():
        model.entity_head.classifier.bias[0] += 100
    _, second, third = told(Predictor(model, tokenizer), wide)
    assert "within reach: 0 of " in second and "find out why with: jointre debug data CONFIG" in third


def test_nothing_lacks_where_something_is_found_or_nothing_is_there(talkative):
    predictor = Predictor(*talkative(threshold=0.0))
    assert lacking(predictor, toy_docs()) == set()
    predictor.model.threshold = 1.0
    assert lacking(predictor, [doc.bare() for doc in toy_docs()]) == set()


def test_the_hooks_are_gone_afterwards(talkative):
    model, tokenizer = talkative(threshold=1.0)
    told(Predictor(model, tokenizer), toy_docs())
    assert not model.entity_head._forward_hooks and not model.relation_head._forward_hooks


@pytest.mark.parametrize("tune", [False, True])
def test_training_evaluate_and_tune_report_it(small, tmp_path, toy_corpus, tune, capsys):
    """No threshold of the search lies below the scores of a model that has learned that nothing holds."""
    options = {"training__tune_threshold": "strict_micro_f"} if tune else {}
    train(small(model__relation_head__threshold=1.0, **options), tmp_path / "run")
    said = capsys.readouterr().err
    arguments = ["tune" if tune else "evaluate", str(tmp_path / "run"), str(toy_corpus)]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    for text in (said, done.output):
        assert "warning: the model predicts no " in text and "  within reach: " in text and "\n  -> " in text
        assert ("no threshold from 0.05 to 0.99 helps" in text) == tune


def test_a_run_is_complete_even_where_memory_is_short_for_the_explanation(config, tmp_path, monkeypatch):
    def short(*args):
        raise MemoryError

    monkeypatch.setattr("jointre.training.finish.explain", short)
    done = train(config(model__relation_head__threshold=1.0), tmp_path / "run", quiet=True)
    assert done.status == "complete" and (tmp_path / "run" / "metrics.json").is_file()
