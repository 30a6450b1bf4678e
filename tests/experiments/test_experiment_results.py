"""Read the results of an experiment, report missing and damaged ones, and summarise them."""

import statistics
from math import isclose

import pytest
from experiment_toys import write_facts, write_run, write_simple
from hypothesis import given
from hypothesis import strategies as st

from jointre.data.doc import Doc, Entity, Relation
from jointre.errors import DataError
from jointre.evaluate import metric_values, to_json
from jointre.experiments.results.read import load_results, missing, pooled, run_name, strays
from jointre.experiments.results.summary import Spread, summarise
from jointre.metrics import BoundaryMetric, EntityMetric, StrictMetric

FIGURE = "strict_micro_f"


def cells(folder, **options):
    facts, results = load_results(folder)
    (summary,) = summarise(facts, results, **options)
    return {found.variant.name: found.cells[FIGURE] for found in summary.variants}


def test_mean_deviation_and_difference_by_hand(tmp_path):
    found = cells(write_simple(tmp_path, {"max": [0.70, 0.72, 0.74], "sum": [0.68, 0.70, 0.75]}))
    assert found["max"].spread.mean == pytest.approx(0.72) and found["max"].spread.sd == pytest.approx(0.02)
    assert found["sum"].spread.mean == pytest.approx(0.71)
    assert found["sum"].spread.sd == pytest.approx((0.0026 / 2) ** 0.5)
    assert found["sum"].delta == pytest.approx(-0.01)
    assert found["sum"].paired.sd == pytest.approx((0.0006 / 2) ** 0.5)  # -0.02, -0.02, +0.01
    assert (found["sum"].spread.min, found["sum"].spread.max) == (0.68, 0.75)
    assert found["sum"].pooled is None


def test_the_reference_need_not_be_the_first_row(tmp_path):
    found = cells(write_simple(tmp_path, {"max": [0.70], "sum": [0.60]}, seeds=[0], reference="sum"))
    assert found["max"].delta == pytest.approx(0.1) and found["sum"].delta == 0
    assert found["max"].spread.sd is None


def test_rows_with_the_same_config_share_their_runs(tmp_path):
    rows = ["max", {"name": "local", "runs": "max"}, "sum"]
    write_simple(tmp_path, {"max": [0.7, 0.8], "sum": [0.6]}, rows=rows, seeds=[0, 1])
    facts, results = load_results(tmp_path)
    assert [(result.variant, result.seed) for result in results] == [
        ("max", 0), ("max", 1), ("local", 0), ("local", 1), ("sum", 0)
    ]  # fmt: skip
    assert results[0].folder == results[2].folder
    assert missing(facts, results, "dev") == {"sum": [(1, None)]}
    assert missing(facts, results, "test")["max"] == [(0, None), (1, None)]
    (summary,) = summarise(facts, results)
    assert summary.total == 4 and [found.n for found in summary.variants] == [2, 2, 1]
    assert [summary.is_reference(found) for found in summary.variants] == [True, True, False]


def test_runs_that_no_row_seed_or_fold_asks_for_are_known(tmp_path):
    write_simple(tmp_path, {"max": [0.7, 0.8]}, seeds=[0])
    write_run(tmp_path, "old", 0, {FIGURE: 0.1}, fold=3)
    facts, results = load_results(tmp_path)
    assert len(results) == 1
    assert [run_name(path) for path in strays(tmp_path, facts)] == ["max/seed-1", "old/seed-0/fold-3"]


COUNTS = [
    {"strict": {"A": (4, 4, 2)}},
    {"strict": {"A": (6, 2, 2), "B": (2, 2, 2)}},
]


def fold_run(folder, seed, fold, value, variant="max"):
    write_run(folder, variant, seed, {FIGURE: value, "strict_macro_f": value}, fold, COUNTS[fold])


def test_pooled_figures_are_of_the_counts_added_up(tmp_path):
    """A: 10 gold, 6 predicted, 4 correct, F1 1/2; B: 2, 2, 2, F1 1; together 12, 8, 6, F1 12/20."""
    write_facts(tmp_path, ["max"], seeds=[0], folds=2, metrics=[FIGURE, "strict_macro_f"])
    for fold, value in enumerate((0.5, 0.7)):
        fold_run(tmp_path, 0, fold, value)
    facts, results = load_results(tmp_path)
    (summary,) = summarise(facts, results)
    micro, macro = summary.variants[0].cells.values()
    assert summary.unit == "fold" and micro.spread.values == {0: 0.5, 1: 0.7}
    assert micro.spread.sd == pytest.approx(0.02**0.5)
    assert micro.pooled.values == {0: pytest.approx(0.6)} and macro.pooled.values == {0: pytest.approx(0.75)}
    assert summary.variants[0].documents == {40}


def test_with_folds_and_seeds_a_seed_counts_once_it_is_whole(tmp_path):
    write_facts(tmp_path, ["max"], seeds=[0, 1, 2], folds=2)
    for seed, values in enumerate([(0.5, 0.7), (0.6, 0.8), (0.9,)]):
        for fold, value in enumerate(values):
            fold_run(tmp_path, seed, fold, value)
    cell = cells(tmp_path)["max"]
    assert cell.spread.values == {0: pytest.approx(0.6), 1: pytest.approx(0.7)}
    assert cell.spread.sd == pytest.approx(0.005**0.5)
    assert cell.pooled.values == {0: pytest.approx(0.6), 1: pytest.approx(0.6)}


def test_buckets_and_metrics_without_counts_are_not_pooled(tmp_path):
    write_facts(tmp_path, ["max"], seeds=[0], folds=1, metrics=["strict_micro_f@length:>50", "exact"])
    write_run(tmp_path, "max", 0, {"strict_micro_f@length:>50": 0.5, "exact": 0.1}, 0, COUNTS[0])
    facts, results = load_results(tmp_path)
    (summary,) = summarise(facts, results)
    assert [cell.pooled for cell in summary.variants[0].cells.values()] == [None, None]


@given(st.dictionaries(st.integers(0, 50), st.floats(0, 1), max_size=12))
def test_mean_and_deviation_are_those_of_statistics(values):
    spread = Spread(values)
    numbers = list(values.values())
    assert spread.mean == (statistics.mean(numbers) if numbers else None) or isclose(
        spread.mean, statistics.mean(numbers), abs_tol=1e-12
    )
    if len(numbers) > 1:
        assert isclose(spread.sd, statistics.variance(numbers) ** 0.5, abs_tol=1e-9)
    else:
        assert spread.sd is None


@st.composite
def pairs(draw):
    """Gold and prediction over the same four words."""
    entity = st.builds(Entity, st.integers(0, 1), st.integers(2, 4), st.sampled_from("XYZ"))

    def doc():
        entities = draw(st.lists(entity, max_size=3))
        places = st.integers(0, max(0, len(entities) - 1))
        relation = st.builds(Relation, places, places, st.sampled_from("rs"))
        relations = draw(st.lists(relation, max_size=3)) if entities else []
        return Doc(list("abcd"), entities, relations)

    return doc(), doc()


@given(st.lists(st.lists(pairs(), max_size=3), min_size=1, max_size=4))
def test_pooled_folds_are_the_metric_over_all_their_documents(folds):
    makers = {"entities": EntityMetric, "rel": BoundaryMetric, "strict": StrictMetric}

    def scored(documents):
        metrics = {name: make() for name, make in makers.items()}
        for gold, predicted in documents:
            for metric in metrics.values():
                metric.update(gold, predicted)
        return metrics

    parts = [to_json(scored(fold)) for fold in folds]
    whole = metric_values(scored([pair for fold in folds for pair in fold]).values())
    assert {name: pooled(name, parts) for name in whole} == pytest.approx(whole)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", "result.json:1:2: broken JSON"),
        ("[]", "result.json: is not an object"),
        ('{"variant": "max", "seed": 0, "fold": null, "seconds": 1}', "result.json: corpora: is missing"),
        ('{"variant": "max", "seed": 4, "fold": null, "seconds": 1, "corpora": {}}', "seed: is 4, but"),
        (
            '{"variant": "max", "seed": 0, "fold": null, "seconds": 1, "corpora": {"dev": {"documents": 1, '
            '"figures": {"f": "high"}, "scores": {}}}}',
            "corpora.dev.figures.f: is not a number",
        ),
    ],
)
def test_damaged_results_are_reported_together_with_their_files(tmp_path, text, what):
    write_simple(tmp_path, {"max": [0.7, 0.8]})
    (tmp_path / "runs/max/seed-0/result.json").write_text(text, encoding="utf8")
    (tmp_path / "runs/max/seed-1/result.json").write_text("", encoding="utf8")
    with pytest.raises(DataError) as caught:
        load_results(tmp_path)
    assert what in str(caught.value) and len(caught.value.faults) >= 2
    assert "seed-1/result.json" in str(caught.value) and "which then repeats this run" in str(caught.value)


@pytest.mark.parametrize(
    ("facts", "what"),
    [
        ({"rows": []}, "there are no variants"),
        ({"reference": "mux"}, "unknown variant 'mux'"),
        ({"seeds": ["a"]}, "seeds.0: is not a whole number"),
        ({"metrics": None}, "metrics: is not a list"),
    ],
)
def test_damaged_records_are_reported(tmp_path, facts, what):
    write_facts(tmp_path, facts.pop("rows", ["max"]) or ["max"], **facts)
    if what == "there are no variants":
        (tmp_path / "experiment.json").write_text(
            '{"rows": [], "seeds": [], "score": [], "metrics": []}', encoding="utf8"
        )
    with pytest.raises(DataError, match=what):
        load_results(tmp_path)
