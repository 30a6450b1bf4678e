"""The threshold that does best on dev becomes the model's."""

import json

import pytest
from typer.testing import CliRunner

from jointre.errors import RefusedError, UsageError
from jointre.evaluate import evaluate, metric_values
from jointre.metrics.relations import BoundaryMetric, StrictMetric
from jointre.pipeline import load
from jointre.predict import Predictor
from jointre.testing import toy_docs
from jointre.training.run import train
from jointre.training.threshold import GRID, best_threshold, tune

METRIC = "strict_micro_f"
LEARNS = {
    "model__relation_head__threshold": 0.99,
    "evaluation__entities": "gold",
    "training__epochs": 8,
    "training__optimizer__lr": 1e-2,
}


def at(predictor, threshold):
    predictor.model.threshold = threshold
    return list(predictor(toy_docs()))


@pytest.mark.parametrize("given", [True, False])
def test_one_pass_finds_what_a_pass_a_threshold_finds(talkative, given):
    predictor = Predictor(*talkative(max_width=2), given=given)
    thresholds = [0.3, 0.5, 0.7, 0.95]
    together = [list(docs) for docs in zip(*predictor.at(iter(toy_docs()), thresholds), strict=True)]
    assert predictor.model.threshold == 0.4
    counts = [sum(len(doc.relations) for doc in docs) for docs in together]
    assert counts[0] > counts[-1]
    assert together == [at(predictor, threshold) for threshold in thresholds]


def test_the_best_of_all_thresholds_is_chosen(talkative):
    predictor = Predictor(*talkative(max_width=2), given=True)
    metrics = {"boundaries": BoundaryMetric(), "strict": StrictMetric()}
    docs = toy_docs()
    tuned = best_threshold(predictor, docs, metrics, METRIC)
    scores = {}
    for threshold in [0.4, *GRID]:
        predictor.model.threshold = threshold
        evaluate(predictor, docs, metrics)
        scores[threshold] = metric_values(metrics.values())[METRIC]
    best = [threshold for threshold, score in scores.items() if score == max(scores.values())]
    assert tuned.threshold == min(best, key=lambda value: abs(value - 0.4))
    assert (tuned.score, tuned.score_before, tuned.before) == (max(scores.values()), scores[0.4], 0.4)
    assert tuned.score > tuned.score_before


def test_nothing_changes_where_nothing_improves(talkative):
    predictor = Predictor(*talkative(max_width=2), given=True)
    bare = [doc.bare() for doc in toy_docs()]
    assert best_threshold(predictor, bare, {"strict": StrictMetric()}, METRIC).threshold == 0.4


@pytest.mark.parametrize("keep", ["last", "best"])
def test_training_stores_it_and_scores_with_it(config, tmp_path, keep):
    asked = {**LEARNS, "training__tune_threshold": METRIC, "training__keep": keep}
    done = train(config(**asked), tmp_path / "run", quiet=True)
    pipeline = load(tmp_path / "run")
    facts = pipeline.meta["tuned"]
    assert facts["before"] == 0.99 and facts["metric"] == METRIC and facts["corpus"] == "dev"
    assert pipeline.model.threshold == pipeline.config["model.relation_head.threshold"] == facts["threshold"]
    assert facts["threshold"] < 0.99
    curve = dict(facts["curve"])
    assert len(curve) == 95 and curve[facts["threshold"]] == max(curve.values())
    written = json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf8"))
    metrics = {"strict": StrictMetric()}
    evaluate(pipeline.predictor(given=True), toy_docs(12), metrics)
    expected = metrics["strict"].to_json()["micro"]
    for scores in (written["scores"], done.scores, pipeline.meta["scores"]):
        assert scores["dev"]["strict"]["micro"] == pytest.approx(expected)
    asked_for = (tmp_path / "run" / "config.cfg").read_text(encoding="utf8")
    assert "threshold = 0.99" in asked_for


def test_tune_stores_a_threshold_and_evaluate_does_not(config, tmp_path, toy_corpus):
    from jointre.cli.app import app

    train(config(**LEARNS), tmp_path / "run", quiet=True)
    before = load(tmp_path / "run").meta
    call = [str(tmp_path / "run"), str(toy_corpus)]
    evaluated = CliRunner().invoke(app, ["evaluate", *call, "--json"], catch_exceptions=False)
    assert evaluated.exit_code == 0 and load(tmp_path / "run").model.threshold == 0.99
    arguments = ["tune", *call, "--metric"]
    done = CliRunner().invoke(app, [*arguments, METRIC], catch_exceptions=False)
    assert done.exit_code == 0 and "threshold 0.99 -> " in done.output and "optimistic" in done.output
    after = load(tmp_path / "run")
    assert after.model.threshold < 0.99
    assert {**before, "scores": 0, "tuned": 0} == {**after.meta, "scores": 0, "tuned": 0}
    with pytest.raises(UsageError, match="no metric computes 'strict_f'"):
        CliRunner().invoke(app, [*arguments, "strict_f"], catch_exceptions=False)


def test_the_search_is_not_told_of(config, tmp_path):
    train(config(**LEARNS), tmp_path / "run", quiet=True)
    pipeline = load(tmp_path / "run")
    docs = [*toy_docs(12), toy_docs(1)[0].bare()]
    predictor, calls = pipeline.predictor(given=True), []
    metrics = {"strict": StrictMetric()}
    tuned, found = tune(
        tmp_path / "run", pipeline, predictor, docs, metrics, METRIC, "dev", lambda: calls.append(1)
    )
    assert predictor.without == sum(not doc.entities for doc in docs) and len(calls) == 2 * len(docs)
    assert found == list(load(tmp_path / "run").predictor(given=True)(docs))
    assert metric_values(metrics.values())[METRIC] == pytest.approx(tuned.score)


def test_what_cannot_be_tuned_is_refused_before_training(config, tmp_path):
    softmax = {
        "model__relation_head__activation": "softmax",
        "training__losses__relation__@losses": "jointre.cross_entropy.v1",
    }
    for options, expected in [
        ({**softmax, "training__tune_threshold": METRIC}, "has no threshold"),
        ({"training__tune_threshold": "strikt"}, "no metric computes 'strikt'"),
        ({"training__tune_threshold": METRIC, "paths__dev": None}, "tuning a threshold needs a dev corpus"),
    ]:
        with pytest.raises(RefusedError, match=expected):
            train(config(**options), tmp_path / "run", quiet=True)
    assert not (tmp_path / "run").exists()
