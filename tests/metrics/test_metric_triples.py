"""Triples of strings: sets a sentence, whole arguments or last words, gold that is not in the text."""

import pytest

from jointre.data.doc import Doc, Entity, Relation
from jointre.metrics import TriplesMetric

WORDS = ["Ana", "Cancun", "plays", "for", "Serie", "B", ",", "says", "Cancun", "of", "Serie", "B", "."]
ANA, NAME, SERIE, LETTER = (0, 2), (1, 2), (4, 6), (5, 6)
NAME_AGAIN, SERIE_AGAIN = (8, 9), (10, 12)
Span = tuple[int, int]


def doc(*triples: tuple[Span, Span], label: str = "league", published: object = None) -> Doc:
    entities = [Entity(*span, "Entity") for triple in triples for span in triple]
    relations = [Relation(2 * i, 2 * i + 1, label) for i in range(len(triples))]
    return Doc(WORDS, entities, relations, meta={} if published is None else {"triples": published})


def counts(gold: Doc, predicted: Doc, **options) -> tuple[int, int, int]:
    """Gold, predicted, correct."""
    metric = TriplesMetric(**options)
    metric.update(gold, predicted)
    row = metric.table()[-2]
    return row.gold, row.predicted, row.correct


@pytest.mark.parametrize(
    ("predicted", "exact", "partial"),
    [
        (doc((ANA, SERIE)), 1, 1),
        (doc((ANA, SERIE_AGAIN)), 1, 1),
        (doc((NAME, SERIE)), 0, 1),
        (doc((NAME_AGAIN, LETTER)), 0, 1),
        (doc((SERIE, ANA)), 0, 0),
        (doc((ANA, SERIE), label="club"), 0, 0),
        (doc((ANA, (4, 5))), 0, 0),
    ],
)
def test_an_argument_is_its_words_or_its_last_word_wherever_it_stands(predicted, exact, partial):
    gold = doc((ANA, SERIE))
    assert counts(gold, predicted) == (1, 1, exact)
    assert counts(gold, predicted, match="partial") == (1, 1, partial)


def test_entity_types_do_not_count():
    gold = doc((ANA, SERIE))
    gold.entities = [Entity(*ANA, "Person"), Entity(*SERIE, "League")]
    assert counts(gold, doc((ANA, SERIE))) == (1, 1, 1)


def test_the_same_strings_are_one_triple_in_a_sentence():
    twice = doc((NAME, SERIE), (NAME_AGAIN, SERIE_AGAIN))
    assert counts(twice, twice) == (1, 1, 1)


def test_star_gold_is_matched_by_whole_names():
    assert counts(doc((NAME, LETTER)), doc((ANA, SERIE)), match="partial") == (1, 1, 1)


PUBLISHED = [
    ["Ana Cancún", "league", "Serie B"],  # stands there without its accent
    ["Ana Cancún", "league", "Serie B"],
    ["Bea Mérida", "league", "Serie B"],  # stands nowhere
    ["Serie B", "name", "Serie B"],  # from an entity to itself
    ["Ana Cancún", "None", "Serie B"],
]


def test_published_triples_that_are_no_relations_are_missed_unless_left_out():
    gold, predicted = doc((ANA, SERIE), published=PUBLISHED), doc((ANA, SERIE))
    assert counts(gold, predicted) == (3, 1, 1)
    assert counts(gold, predicted, match="partial") == (3, 1, 1)
    assert counts(gold, predicted, unlocated="left_out") == (1, 1, 1)
    assert "left out" in TriplesMetric(unlocated="left_out").protocol


def test_what_a_prediction_carries_in_meta_is_no_prediction():
    assert counts(doc((ANA, SERIE), published=PUBLISHED), doc(published=PUBLISHED)) == (3, 0, 0)


@pytest.mark.parametrize("other", ["text", [["a", "b"]], [[1, 2, 3]], {}])
def test_something_else_of_that_name_in_meta_is_let_alone(other):
    assert counts(doc((ANA, SERIE), published=other), doc()) == (1, 0, 0)


def test_both_forms_can_stand_side_by_side():
    metrics = [TriplesMetric("exact"), TriplesMetric("partial")]
    for metric in metrics:
        metric.update(doc((ANA, SERIE)), doc((NAME, SERIE)))
    exact, partial = (metric.compute() for metric in metrics)
    assert (exact["triples_micro_f"], partial["triples_partial_micro_f"]) == (0.0, 1.0)
    assert not set(exact) & set(partial)
