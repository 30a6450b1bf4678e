"""The class of each error, and that the classes add up to everything that is wrong or missed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jointre.breakdowns import Errors, flat, flat_names, score_by, wrong_metric
from jointre.breakdowns.errors import CLASSES, ClassErrors
from jointre.data.doc import Doc, Entity, Relation
from jointre.metrics import BoundaryMetric, EntityMetric, Metric, StrictMetric
from jointre.metrics.semeval import SemevalMetric
from jointre.rendering.breakdowns import breakdowns_text

WORDS = ["Anna", "Maria", "Berg", "leads", "Talvera", "Lithium", "in", "Oslo"]
ANNA, TALVERA, OSLO = Entity(0, 3, "Person"), Entity(4, 6, "Organization"), Entity(7, 8, "Location")


def doc(*entities: Entity, related: tuple[tuple[int, int, str], ...] = ()) -> Doc:
    return Doc(WORDS, list(entities), [Relation(*parts) for parts in related], id="toy:1")


GOLD = doc(ANNA, TALVERA, OSLO, related=((0, 1, "leads"),))


def metrics() -> dict[str, Metric]:
    return {"entities": EntityMetric(), "boundaries": BoundaryMetric(), "strict": StrictMetric()}


def classes(metric: str, predicted: Doc, gold: Doc = GOLD) -> dict[str, dict[str, int]]:
    """The classes that have errors, each with its numbers of wrong and missed items."""
    broken = score_by({"error": Errors()}, [gold], [predicted], metrics())["error"]
    found = {name: bucket.metrics.get(metric) for name, bucket in broken.buckets.items()}
    counts = {name: errors.counts for name, errors in found.items() if isinstance(errors, ClassErrors)}
    return {
        name: {str(k): n for k, n in count.items()} for name, count in counts.items() if any(count.values())
    }


BOTH = {"wrong": 1, "missed": 1}


@pytest.mark.parametrize(
    ("entity", "expected"),
    [
        (Entity(0, 2, "Person"), {"boundary": BOTH}),
        (Entity(0, 3, "Location"), {"type": BOTH}),
        (Entity(2, 4, "Location"), {"boundary and type": BOTH}),
        (Entity(3, 4, "Person"), {"spurious": {"wrong": 1}, "missed": {"missed": 1}}),
    ],
)
def test_class_of_an_entity(entity: Entity, expected: dict[str, dict[str, int]]) -> None:
    assert classes("entities", doc(entity, TALVERA, OSLO)) == expected


@pytest.mark.parametrize(
    ("predicted", "expected"),
    [
        (doc(ANNA, TALVERA, related=((1, 0, "leads"),)), {"direction": BOTH}),
        (doc(ANNA, TALVERA, related=((0, 1, "works_for"),)), {"type": BOTH}),
        (doc(ANNA, TALVERA, related=((1, 0, "works_for"),)), {"type": BOTH}),
        (doc(Entity(2, 3, "Person"), TALVERA, related=((0, 1, "leads"),)), {"boundary": BOTH}),
        (doc(Entity(2, 3, "Person"), TALVERA, related=((1, 0, "leads"),)), {"direction": BOTH}),
        (doc(Entity(2, 3, "Person"), TALVERA, related=((1, 0, "knows"),)), {"boundary and type": BOTH}),
        (doc(Entity(0, 3, "Location"), TALVERA, related=((0, 1, "leads"),)), {"argument type": BOTH}),
        (doc(ANNA, TALVERA, OSLO, related=((0, 2, "leads"),)), {"argument": BOTH}),
        (
            doc(ANNA, TALVERA, OSLO, related=((2, 0, "based_in"),)),
            {"spurious": {"wrong": 1}, "missed": {"missed": 1}},
        ),
        (doc(ANNA, TALVERA, OSLO), {"missed": {"missed": 1}}),
        (doc(ANNA, OSLO), {"entity": {"wrong": 0, "missed": 1}}),
        (
            doc(ANNA, TALVERA, OSLO, Entity(6, 7, "Location"), related=((0, 1, "leads"), (2, 3, "in"))),
            {"entity": {"wrong": 1, "missed": 0}},
        ),
    ],
)
def test_class_of_a_relation(predicted: Doc, expected: dict[str, dict[str, int]]) -> None:
    assert classes("strict", predicted) == expected


def test_a_wrong_type_of_an_argument_is_an_error_of_strict_alone() -> None:
    predicted = doc(Entity(0, 3, "Location"), TALVERA, OSLO, related=((0, 1, "leads"),))
    assert classes("boundaries", predicted) == {}


@st.composite
def annotated(draw: st.DrawFn) -> Doc:
    spans = st.tuples(st.integers(0, 5), st.integers(1, 3), st.sampled_from("XY"))
    entities = [Entity(s, min(6, s + w), label) for s, w, label in draw(st.lists(spans, max_size=4))]
    row = st.integers(0, max(0, len(entities) - 1))
    relations = draw(st.lists(st.builds(Relation, row, row, st.sampled_from("RS")), max_size=4))
    return Doc(list("abcdef"), entities, relations if entities else [])


@settings(max_examples=40)
@given(pairs=st.lists(st.tuples(annotated(), annotated()), max_size=4))
def test_the_classes_add_up_to_all_errors(pairs: list[tuple[Doc, Doc]]) -> None:
    whole = metrics()
    for pair in pairs:
        for metric in whole.values():
            metric.update(*pair)
    scores = score_by({"error": Errors()}, [g for g, _ in pairs], [p for _, p in pairs], metrics())
    shares = flat(scores)
    for name, metric in whole.items():
        total = metric.to_json()["counts"]
        if total["predicted"]:
            wrong = sum(shares.get(f"{name}_wrong_share@error:{c}", 0) for c in CLASSES)
            assert wrong == pytest.approx(1 - total["correct"] / total["predicted"])
        if total["gold"]:
            missed = sum(shares.get(f"{name}_missed_share@error:{c}", 0) for c in CLASSES)
            assert missed == pytest.approx(1 - total["correct"] / total["gold"])


@settings(max_examples=40)
@given(pair=st.tuples(annotated(), annotated()))
def test_exchanging_gold_and_prediction_exchanges_wrong_and_missed(pair: tuple[Doc, Doc]) -> None:
    def counted(gold: Doc, predicted: Doc, side: str) -> dict[str, int]:
        found = classes("strict", predicted, gold)
        return {
            "none" if name in ("spurious", "missed") else name: count[side]
            for name, count in found.items()
            if count.get(side)
        }

    gold, predicted = pair
    assert counted(gold, predicted, "wrong") == counted(predicted, gold, "missed")


def test_names_of_shares_exist_exactly_for_the_classes_that_a_metric_can_have() -> None:
    names = flat_names({"error": Errors()}, metrics())["error"]
    assert names is not None and "strict_wrong_share@error:direction" in names
    assert "entities_wrong_share@error:boundary" in names
    assert not {"entities_wrong_share@error:direction", "strict_missed_share@error:spurious"} & set(names)
    assert set(flat(score_by({"error": Errors()}, [GOLD], [GOLD], metrics()))) == set(names)
    (fault,) = wrong_metric("entities_wrong_share@error:argument", {"error": Errors()}, metrics(), "here")
    assert fault.what == "error has no score 'entities_wrong_share'"


def test_metrics_without_words_are_left_out() -> None:
    named = {"semeval": SemevalMetric(), "strict": StrictMetric()}
    broken = score_by({"error": Errors()}, [GOLD], [GOLD], named)["error"]
    assert broken.left_out == ["semeval"]
    assert "not for semeval: its errors have no classes" in breakdowns_text({"error": broken})


def test_examples_are_shown_with_what_stands_in_their_place() -> None:
    predicted = doc(ANNA, TALVERA, OSLO, related=((1, 0, "leads"),))
    broken = score_by({"error": Errors(1)}, [GOLD] * 3, [predicted] * 3, {"strict": StrictMetric()})["error"]
    lines = breakdowns_text({"error": broken}).partition("examples\n")[2].splitlines()
    assert [line.split(maxsplit=1) for line in lines] == [
        ["direction"],
        ["toy:1", "wrong  Talvera Lithium (Organization) ──leads──▶ Anna Maria Berg (Person)"],
        ["gold", "Anna Maria Berg (Person) ──leads──▶ Talvera Lithium (Organization)"],
    ]
    stored = broken.to_json()["buckets"]["direction"]["scores"]["strict"]
    assert stored["counts"] == {"wrong": 3, "missed": 3}
    assert [example["side"] for example in stored["examples"]] == ["wrong", "missed"]
    assert stored["examples"][0]["spans"][0] == {
        "words": [4, 6],
        "text": "Talvera Lithium",
        "type": "Organization",
    }
    assert stored["examples"][0]["instead"]["spans"][0]["text"] == "Anna Maria Berg"
