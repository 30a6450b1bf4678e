"""SpERT's three protocols: check values and rules."""

import pytest

from jointre.data.doc import Doc, Entity, Relation
from jointre.errors import DataError
from jointre.metrics import BoundaryMetric, EntityMetric, StrictMetric
from jointre.metrics.items import free_entities, free_relations
from jointre.registry import registry

Spans = list[tuple[int, int, str]]


def doc(spans: Spans, relations: tuple[tuple[int, int, str], ...] = (), length: int = 12) -> Doc:
    entities = [Entity(*span) for span in spans]
    return Doc([f"w{i}" for i in range(length)], entities, [Relation(*relation) for relation in relations])


def percent(figures: dict[str, float], average: str) -> list[float]:
    return [round(100 * value, 2) for name, value in figures.items() if f"_{average}_" in name]


def test_a_wrong_type_is_one_missed_and_one_spurious_and_duplicates_do_not_count() -> None:
    metric = EntityMetric()
    metric.update(doc([(1, 2, "X"), (3, 4, "Y")]), doc([(1, 2, "Y"), (3, 4, "Y")]))
    metric.update(doc([(1, 2, "X")]), doc([(1, 2, "X"), (1, 2, "X")]))
    assert percent(metric.compute(), "micro") == [66.67, 66.67, 66.67]
    assert percent(metric.compute(), "macro") == [75.00, 75.00, 66.67]


def test_macro_is_the_plain_mean_over_types() -> None:
    metric = EntityMetric()
    metric.update(doc([(1, 2, "X"), (3, 4, "X"), (5, 6, "Y")]), doc([(1, 2, "X"), (9, 10, "X"), (5, 6, "Y")]))
    assert percent(metric.compute(), "micro") == [66.67] * 3
    assert percent(metric.compute(), "macro") == [75.00] * 3


def test_overlap_filter_for_entities_takes_both_members() -> None:
    assert free_entities(doc([(1, 4, "X"), (2, 3, "Y"), (5, 6, "X")])) == {("X", (5, 6))}


def test_overlap_filter_for_relations_looks_at_the_own_arguments_only() -> None:
    example = doc([(1, 4, "X"), (2, 3, "Y"), (5, 6, "X")], ((0, 2, "R"), (0, 0, "R"), (0, 1, "R")))
    assert free_relations(example) == example.relations[:2]


def test_the_same_span_with_two_types_overlaps_but_the_same_entity_twice_does_not() -> None:
    assert free_entities(doc([(1, 2, "X"), (1, 2, "Y")])) == set()
    scored = Doc(["a", "b"], [Entity(0, 1, "X", 0.9), Entity(0, 1, "X", 0.8)])
    assert free_entities(scored) == {("X", (0, 1))}


def test_adjacent_entities_do_not_overlap() -> None:
    assert len(free_entities(doc([(1, 3, "X"), (3, 4, "Y")]))) == 2


@pytest.mark.parametrize("metric", [EntityMetric("drop"), BoundaryMetric("drop"), StrictMetric("drop")])
def test_drop_filters_gold_and_predictions_alike(metric: EntityMetric) -> None:
    gold = doc([(1, 4, "X"), (2, 3, "Y"), (5, 6, "X")], ((0, 1, "R"), (0, 2, "R")))
    predicted = doc([(1, 4, "X"), (5, 6, "X"), (5, 7, "X")], ((0, 1, "R"), (1, 2, "R")))
    metric.update(gold, predicted)
    counts = {"entities": (1, 1, 0), "boundaries": (1, 1, 1), "strict": (1, 1, 1)}[metric.prefix]
    assert metric.table()[0][-3:] == counts
    assert "left out" in metric.protocol


def test_boundaries_ignore_entity_types_and_strict_does_not() -> None:
    gold = doc([(0, 1, "X"), (2, 3, "Y")], ((0, 1, "R"),))
    predicted = doc([(2, 3, "Y"), (0, 1, "Z")], ((1, 0, "R"),))
    loose, strict = BoundaryMetric(), StrictMetric()
    for metric in (loose, strict):
        metric.update(gold, predicted)
    assert loose.compute()["boundaries_micro_f"] == 1.0
    assert strict.compute()["strict_micro_f"] == 0.0


@pytest.mark.parametrize("metric", [BoundaryMetric(), StrictMetric()])
def test_direction_counts(metric: StrictMetric) -> None:
    spans: Spans = [(0, 1, "X"), (2, 3, "X")]
    metric.update(doc(spans, ((0, 1, "R"),)), doc(spans, ((1, 0, "R"),)))
    assert set(metric.compute().values()) == {0.0}


@pytest.mark.parametrize("name", ["entities", "boundaries", "strict"])
def test_nothing_at_all_is_zero_with_a_warning(name: str) -> None:
    metric = registry.metrics.get(f"jointre.{name}.v1")()
    metric.update(doc([]), doc([]))
    with pytest.warns(UserWarning, match=r"neither gold nor predictions.*1 documents"):
        figures = metric.compute()
    keys = ["micro_p", "micro_r", "micro_f", "macro_p", "macro_r", "macro_f"]
    assert figures == {f"{name}_{key}": 0.0 for key in keys}
    assert [row.kind for row in metric.table()] == ["micro", "macro"]


def test_only_predictions_or_only_gold_is_zero_without_a_warning() -> None:
    for gold, predicted in [([], [(0, 1, "X")]), ([(0, 1, "X")], [])]:
        metric = EntityMetric()
        metric.update(doc(gold), doc(predicted))
        assert set(metric.compute().values()) == {0.0}


def test_table_and_json_say_the_same() -> None:
    metric = EntityMetric()
    metric.update(doc([(1, 2, "X"), (3, 4, "Y")]), doc([(1, 2, "Y"), (3, 4, "Y")]))
    rows, data = metric.table(), metric.to_json()
    assert [row.label for row in rows] == ["X", "Y", "micro", "macro"]
    assert rows[1] == ("type", "Y", 0.5, 1.0, 2 / 3, 1, 2, 1)
    assert data["types"]["Y"] == {"p": 0.5, "r": 1.0, "f": 2 / 3, "gold": 1, "predicted": 2, "correct": 1}
    assert data["counts"] == {"gold": 2, "predicted": 2, "correct": 1}
    assert data["micro"]["f"] == rows[2].f1 and data["macro"]["f"] == rows[3].f1
    assert data["protocol"] == "entities: span and type"
    assert rows[3].gold is None


def test_documents_over_other_words_are_refused_by_name() -> None:
    gold = Doc(["a"], id="dev.jsonl:3")
    with pytest.raises(DataError, match=r"dev\.jsonl:3"):
        EntityMetric().update(gold, Doc(["b"]))


def test_reset_forgets() -> None:
    metric = EntityMetric()
    metric.update(doc([(0, 1, "X")]), doc([]))
    metric.reset()
    metric.update(doc([(0, 1, "X")]), doc([(0, 1, "X")]))
    assert metric.compute()["entities_micro_f"] == 1.0
