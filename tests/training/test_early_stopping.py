"""Watching one figure, or the sum of several."""

from types import SimpleNamespace

import pytest

from jointre.errors import UsageError
from jointre.metrics import EntityMetric, StrictMetric
from jointre.training.early_stopping import EarlyStopping

METRICS = [EntityMetric(), StrictMetric()]


def watch(metric, patience=2):
    settings = SimpleNamespace(best_metric=metric, patience=patience, keep="best")
    return EarlyStopping(settings, METRICS, has_dev=True)


def scores(entities, strict):
    return {"entities_micro_f": entities, "strict_micro_f": strict}


@pytest.mark.parametrize("metric", ["entities_micro_f+strict_micro_f", "entities_micro_f + strict_micro_f"])
def test_the_sum_decides(metric):
    """As in ENPAR: entity F1 + exact relation F1."""
    one = watch(metric)
    assert one.keeps(scores(0.5, 0.3))
    assert one.keeps(scores(0.4, 0.5)) and one.best == pytest.approx(0.9)
    assert not one.keeps(scores(0.6, 0.3))
    assert not one.keeps(scores(0.5, 0.3))
    assert one.given_up


def test_every_unknown_summand_is_told():
    with pytest.raises(UsageError) as error:
        watch("entities_micro_f+strict_f1+exact")
    assert [fault.what for fault in error.value.faults] == [
        "no metric computes 'strict_f1'",
        "no metric computes 'exact'",
    ]


def test_of_equal_states_the_latest_is_kept_and_patience_still_runs_out():
    one = watch("strict_micro_f")
    assert one.keeps(scores(0, 0.0)) and one.waited == 0
    assert one.keeps(scores(0, 0.0)) and one.waited == 1 and not one.given_up
    resumed = watch("strict_micro_f")
    resumed.restore(one.to_json())
    assert resumed.keeps(scores(0, 0.0)) and resumed.given_up
    assert resumed.best == 0.0


def test_a_figure_that_is_no_number_is_never_best():
    one = watch("strict_micro_f")
    assert one.keeps(scores(0, 0.2))
    assert not one.keeps(scores(0, float("nan"))) and one.best == 0.2
    first = watch("strict_micro_f")
    assert first.keeps(scores(0, float("nan")))
    assert first.keeps(scores(0, 0.1)) and first.best == 0.1
