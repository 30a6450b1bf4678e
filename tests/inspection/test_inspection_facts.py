"""Counts, sizes, repeats and odd types of small corpora."""

from dataclasses import replace

from jointre.console import share
from jointre.data.doc import Doc, Entity, Relation
from jointre.data.labels import Labels
from jointre.inspection.counts import count
from jointre.inspection.findings import Case, place
from jointre.inspection.odd_types import odd_types
from jointre.inspection.repeats import repeats
from jointre.inspection.sizes import sizes
from jointre.place import Place
from jointre.testing import toy_docs, toy_labels

LABELS = toy_labels()


def doc(words: str, *entities: tuple[int, int, str], relations: tuple[tuple[int, int, str], ...] = ()) -> Doc:
    return Doc(words.split(), [Entity(*e) for e in entities], [Relation(*r) for r in relations])


def counted(*docs: Doc):
    return count(docs, LABELS.entities, LABELS.relations)


def odd(train: list[Doc], dev: list[Doc], labels: Labels = LABELS) -> list[tuple[str, str, str]]:
    splits = {"train": train, "dev": dev}
    counts = {name: count(docs, labels.entities, labels.relations) for name, docs in splits.items()}
    return [(found.kind, found.split, found.what) for found in odd_types(splits, counts, labels)]


def test_numbers_of_the_toy_corpus() -> None:
    found = counted(*toy_docs(12))
    assert (found.documents, found.words, found.entities, found.relations) == (12, 90, 26, 15)
    assert (found.without_entities, found.without_relations) == (2, 4)
    assert found.entity_types == {"Org": 8, "Person": 10, "Place": 8}
    assert sum(found.relation_types.values()) == found.relations
    assert (found.nested, found.crossing, found.overlapping, found.shared_pairs) == (1, 2, 4, 1)


def test_nested_crossing_and_twin_entities_are_told_apart() -> None:
    nested = counted(doc("a b c d", (0, 4, "Org"), (1, 3, "Org"), (1, 2, "Place")))
    assert (nested.nested, nested.crossing, nested.second_types, nested.overlapping) == (2, 0, 0, 3)
    crossing = counted(doc("a b c d", (0, 2, "Org"), (1, 3, "Org"), (3, 4, "Place")))
    assert (crossing.nested, crossing.crossing, crossing.overlapping) == (0, 2, 2)
    twins = counted(doc("a b c d", (0, 2, "Org"), (0, 2, "Place")))
    assert (twins.nested, twins.crossing, twins.second_types, twins.overlapping) == (0, 0, 1, 2)
    apart = counted(doc("a b", (0, 1, "Org"), (1, 2, "Org")))
    assert apart.overlapping == 0


def test_percentiles_are_numbers_that_occur() -> None:
    docs = [doc("w " * n) for n in [*range(1, 100), 500]]
    found = sizes("train", docs).words
    assert found is not None
    shown = (found.minimum, found.median, found.percentile_90, found.percentile_99, found.maximum)
    assert shown == (1, 50, 90, 99, 500)
    assert found.longest == Case("train", Place("train", record=99), "") and found.histogram[500] == 1


def test_distance_counts_the_words_between() -> None:
    entities = ((0, 2, "Person"), (2, 3, "Org"), (5, 6, "Place"), (1, 3, "Org"))
    relations = ((0, 1, "leads"), (2, 0, "leads"), (0, 3, "leads"))
    found = sizes("train", [doc("a b c d e f", *entities, relations=relations)])
    assert found.distances is not None and found.distances.histogram == {0: 2, 3: 1}
    assert found.widths is not None and found.widths.histogram == {1: 2, 2: 2}
    assert found.pieces is None


def test_a_corpus_without_entities_has_no_widths() -> None:
    found = sizes("train", [doc("a b")])
    assert found.widths is None and found.distances is None


def test_repeated_words_are_found_within_a_corpus_with_both_places() -> None:
    docs = [doc("a b", (0, 1, "Org")), doc("c"), doc("a b", (1, 2, "Org")), doc("a b", (0, 1, "Org"))]
    (found,) = repeats({"train": docs})
    assert found.kind == "repeated" and found.count == 2
    assert found.what == "2 documents with the words of an earlier one, 1 annotated differently"
    assert [(p.where, p.what) for p in found.places] == [
        ("train[2]", "as train[0], annotated differently"),
        ("train[3]", "as train[0]"),
    ]


def test_the_same_sentence_in_two_corpora_is_found_with_both_places() -> None:
    train = [
        doc("x"),
        replace(doc("a b", (0, 1, "Org"), (1, 2, "Org")), where="/data/train.jsonl:7", id="n7"),
    ]
    dev = [doc("y"), doc("a b", (1, 2, "Org"), (0, 1, "Org"))]
    (found,) = repeats({"train": train, "dev": dev})
    assert (found.kind, found.split, found.count) == ("shared", "dev", 1)
    assert found.what == "1 of 2 documents (50.00 %) in train as well"
    assert [(p.where, p.what) for p in found.places] == [("dev[1]", "as train.jsonl:7 (n7)")]


def test_a_changed_relation_is_another_annotation() -> None:
    entities = ((0, 1, "Person"), (1, 2, "Org"))
    docs = [doc("a b", *entities, relations=((0, 1, label),)) for label in ("leads", "works_for")]
    (found,) = repeats({"train": docs[:1], "dev": docs[1:]})
    assert found.places[0].what.endswith("annotated differently")


def test_types_that_training_never_sees() -> None:
    train = [doc("a", (0, 1, "Org"))] * 10
    found = odd(train, [doc("a b", (0, 1, "Org"), (1, 2, "Place"))])
    assert ("unseen", "dev", "entity type 'Place' occurs 1x, but never in train") in found
    unused = "1 entity type declared, but without an example: Person"
    assert ("unused", "labels", unused) in found
    assert [what for kind, _, what in found if kind == "rare"] == []


def test_rare_types_with_their_numbers() -> None:
    docs = [doc("a", (0, 1, "Org"))] * 10 + [doc("a b", (0, 1, "Place"), (1, 2, "Person"))] * 9
    found = odd(docs, [])
    assert ("rare", "train", "2 entity types with fewer than 10 examples: Person (9), Place (9)") in found


def test_a_place_names_file_record_and_id() -> None:
    given = replace(doc("a"), where="/data/train.jsonl:3", id="news-3")
    assert str(place("train", 2, given)) == "train.jsonl:3 (news-3)"
    assert str(place("train", 2, replace(given, id="train.jsonl:3"))) == "train.jsonl:3"
    assert str(place("train", 2, replace(given, where=""))) == "news-3"
    assert str(place("train", 2, doc("a"))) == "train[2]"


def test_a_small_share_is_never_shown_as_nothing() -> None:
    assert (share(0, 10), share(1, 100000), share(2, 3377)) == ("0.00 %", "<0.01 %", "0.06 %")
    assert share(0, 0) == "0.00 %"
