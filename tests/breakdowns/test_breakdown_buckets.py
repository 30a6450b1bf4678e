"""Which bucket a sentence or a relation belongs to, and bounds that are refused."""

import pytest

from jointre.breakdowns import Breakdown, Distance, Length, NEntities, NRelations, RelationType
from jointre.breakdowns.bounds import Bounds
from jointre.breakdowns.documents import CountBreakdown
from jointre.config import load_config, resolve
from jointre.data.doc import Doc, Entity, Relation
from jointre.errors import ConfigError


def sentence(n_words: int) -> Doc:
    return Doc(["word"] * n_words)


def apart(head: tuple[int, int], tail: tuple[int, int]) -> Doc:
    return Doc(["w"] * 60, [Entity(*head, "X"), Entity(*tail, "X")], [Relation(0, 1, "r")])


def only_bucket(breakdown: Breakdown, doc: Doc) -> str:
    ((name, _, _),) = breakdown.parts(doc, doc.bare())
    return name


@pytest.mark.parametrize(
    ("n_words", "bucket"),
    [
        (1, "<20"),
        (19, "<20"),
        (20, "20-34"),
        (34, "20-34"),
        (35, "35-50"),
        (50, "35-50"),
        (51, ">50"),
        (99, ">50"),
    ],
)
def test_lengths_fall_into_the_buckets_of_spert(n_words: int, bucket: str) -> None:
    assert only_bucket(Length(), sentence(n_words)) == bucket


@pytest.mark.parametrize(
    ("bounds", "names"),
    [
        ([20, 35, 51], ("<20", "20-34", "35-50", ">50")),
        ([1, 2, 3, 5], ("0", "1", "2", "3-4", ">4")),
        ([1], ("0", ">0")),
        ([7], ("<7", ">6")),
    ],
)
def test_names_of_ranges(bounds: list[int], names: tuple[str, ...]) -> None:
    assert Bounds(bounds, "Length").names == names


@pytest.mark.parametrize("breakdown", [Length(), NEntities(), NRelations(), Length([1]), Length([3, 4, 9])])
def test_every_number_has_the_range_whose_name_holds_it(breakdown: CountBreakdown) -> None:
    for number in range(60):
        name = breakdown._ranges.name(number)
        low, _, high = name.strip("<>").partition("-")
        if name[0] in "<>":
            assert number < int(low) if name[0] == "<" else number > int(low)
        else:
            assert int(low) <= number <= int(high or low)


@pytest.mark.parametrize(
    ("head", "tail", "bucket"),
    [
        ((0, 2), (2, 4), "0"),
        ((2, 4), (0, 2), "0"),
        ((0, 1), (2, 3), "1-2"),
        ((0, 1), (3, 4), "1-2"),
        ((40, 42), (0, 1), ">2"),
        ((0, 3), (1, 2), "overlapping"),
        ((0, 3), (2, 5), "overlapping"),
        ((1, 2), (1, 2), "overlapping"),
    ],
)
def test_distance_is_the_words_between_the_arguments(
    head: tuple[int, int], tail: tuple[int, int], bucket: str
) -> None:
    assert only_bucket(Distance([1, 3]), apart(head, tail)) == bucket


def test_gold_that_is_said_twice_counts_once() -> None:
    doc = Doc(["a", "b"], [Entity(0, 1, "X"), Entity(1, 2, "X"), Entity(0, 1, "X")])
    doc.relations = [Relation(0, 1, "r"), Relation(2, 1, "r")]
    assert only_bucket(NEntities([2, 3]), doc) == "2"
    assert only_bucket(NRelations([1, 2]), doc) == "1"


def test_types_of_gold_and_prediction_are_buckets() -> None:
    gold, predicted = apart((0, 1), (2, 3)), apart((0, 1), (2, 3))
    predicted.relations = [Relation(0, 1, "other"), Relation(1, 0, "r")]
    parts = {
        name: (one.relations, other.relations) for name, one, other in RelationType().parts(gold, predicted)
    }
    assert parts == {"other": ([], predicted.relations[:1]), "r": (gold.relations, predicted.relations[1:])}


@pytest.mark.parametrize("kind", [Length, NEntities, NRelations, Distance])
def test_everything_that_is_wrong_with_bounds_is_said(kind: type[Length]) -> None:
    with pytest.raises(ConfigError) as refused:
        kind([35, 20, 20, 0])
    assert [fault.what for fault in refused.value.faults] == [
        "0 is below 1",
        "20 must not follow 35",
        "20 must not follow 20",
        "0 must not follow 20",
    ]
    with pytest.raises(ConfigError, match="the list is empty"):
        kind([])


def test_a_config_has_breakdowns_and_refuses_bounds_with_their_place() -> None:
    names = ["length", "entities", "relations", "distance", "type", "overlap", "triples", "error"]
    assert list(resolve(load_config("quickstart"), "evaluation").breakdowns) == names
    config = load_config("quickstart", overrides={"evaluation.breakdowns.length.bounds": [35, 20]})
    with pytest.raises(ConfigError, match=r"evaluation.breakdowns.length.*: 20 must not follow 35"):
        resolve(config, "evaluation")


@pytest.mark.parametrize("name", ["length", "entities", "relations", "distance"])
def test_the_bounds_of_the_default_config_are_those_of_the_class(name: str) -> None:
    found = resolve(load_config("quickstart"), f"evaluation.breakdowns.{name}")
    assert found.buckets() == type(found)().buckets()
