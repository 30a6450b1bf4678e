"""What each objective asks of a sentence: adjacent entities, entities at the edge, of one word, of several pieces."""

from collections import Counter

import numpy as np
import pytest

from jointre.objectives import AdversarialContext, MaskedEntityPrediction, MaskedEntityTyping, Permutation
from jointre.objectives.corrupt import Replacements
from jointre.objectives.orders import unrank

EDGES = [
    ([1, 2, 1], (0, 1), (1, 2), (2, 3)),  # nothing but adjacent entities
    ([2, 1, 1, 1, 3], (0, 2), (4, 5), (2, 3)),  # at both edges
    ([1] * 12, (3, 4), (6, 8), (10, 11)),
]
OBJECTIVES = [
    MaskedEntityTyping(),
    MaskedEntityPrediction(),
    Permutation(None),
    AdversarialContext(pairs=None),
]


def rng(seed=0):
    return np.random.default_rng(seed)


def ask(objective, encoding, material, times=200):
    return [e for seed in range(times) for e in objective.examples(encoding, material, rng(seed))]


@pytest.mark.parametrize("sentence", EDGES)
@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda o: type(o).__name__)
def test_examples_are_within_their_sequences(encoded, material, sentence, objective):
    encoding = encoded(*sentence)
    for example in ask(objective, encoding, material, 20):
        assert len(example.places) == len(example.targets) > 0
        for row, *offsets in example.places.tolist():
            assert len(example.encodings[row].ids) == len(encoding.ids)
            limit = len(encoding.ids) if len(offsets) == 1 else len(encoding.words)
            assert all(0 <= offset <= limit for offset in offsets)
            assert all(start < end for start, end in zip(offsets[::2], offsets[1::2], strict=False))


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda o: type(o).__name__)
def test_examples_repeat_and_leave_the_document_alone(encoded, material, objective):
    encoding = encoded(*EDGES[2])
    before = list(encoding.ids)
    one, other = (objective.examples(encoding, material, rng(5)) for _ in range(2))
    assert [e.ids for x in one for e in x.encodings] == [e.ids for x in other for e in x.encodings]
    assert encoding.ids == before


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda o: type(o).__name__)
def test_a_document_without_entities_gives_no_example(encoded, material, objective):
    assert objective.examples(encoded([1, 1, 1]), material, rng()) == []


def test_typing_asks_for_all_words_of_every_entity(encoded, material):
    """Also the last word, and that of entities of one word."""
    encoding = encoded([2, 1, 1, 1, 3], (0, 2), (4, 5))
    for example in ask(MaskedEntityTyping(), encoding, material):
        assert example.places.tolist() == [[0, 0, 2], [0, 4, 5]] and example.targets.tolist() == [0, 1]


def test_typing_masks_and_replaces_as_often_as_it_says(encoded, material):
    encoding = encoded([1, 2, 1], (1, 2))
    seen = Counter(
        tuple(e.encodings[0].ids[2:4]) for e in ask(MaskedEntityTyping(), encoding, material, 4000)
    )
    assert seen[3, 3] / 4000 == pytest.approx(0.15, abs=0.02)
    assert (seen[7, 9] + seen[8, 9]) / 4000 == pytest.approx(0.05, abs=0.01)
    assert seen[200, 201] == 4000 - seen[3, 3] - seen[7, 9] - seen[8, 9]


def test_typing_of_the_masked_only(encoded, material):
    encoding = encoded([1, 2, 1], (1, 2))
    examples = ask(MaskedEntityTyping(targets="masked"), encoding, material, 1000)
    assert len(examples) / 1000 == pytest.approx(0.2, abs=0.04)
    assert all(e.encodings[0].ids[2:4] != [200, 201] for e in examples)


def test_prediction_stays_within_its_budget_and_takes_whole_entities(encoded, material):
    encoding = encoded([3] * 10, (0, 1), (3, 5), (7, 8), (9, 10))
    for example in ask(MaskedEntityPrediction(), encoding, material):
        asked = example.places[:, 1].tolist()
        assert 0 < len(asked) <= round(0.15 * 32)
        assert example.targets.tolist() == [encoding.ids[piece] for piece in asked]
        assert [piece // 3 for piece in range(asked[0] - 1, asked[-1])] == [(asked[0] - 1) // 3] * 3
    most = MaskedEntityPrediction(budget=1.0, most=3)
    assert {len(e.targets) for e in ask(most, encoding, material)} == {3}


def test_prediction_may_find_no_entity_that_fits(encoded, material):
    assert ask(MaskedEntityPrediction(), encoded([5, 1, 1], (0, 1)), material) == []


def test_prediction_by_the_rule_of_the_paper(encoded, material):
    objective = MaskedEntityPrediction("each", mask=0.15, replace=0.05)
    examples = ask(objective, encoded([1, 2, 1], (1, 2)), material, 2000)
    masks = sum(e.encodings[0].ids[2] == 3 for e in examples)
    assert len(examples) / 2000 == pytest.approx(0.2, abs=0.03) and masks / 2000 == pytest.approx(
        0.15, abs=0.03
    )


def test_permutation_asks_for_the_order_it_made(encoded, material, pieces):
    encoding = encoded([1, 2, 1, 1, 3, 1], (1, 2), (3, 5))
    for example in ask(Permutation(), encoding, material):
        assert len(set(example.targets.tolist())) == 5 and example.targets[0] == 0
        for sequence, target in zip(example.encodings, example.targets, strict=True):
            ranges = [(0, 1), (1, 2), (2, 3), (3, 5), (5, 6)]
            wanted = [p for part in unrank(target) for p in pieces(encoding, *ranges[part])]
            assert list(sequence.ids[1:-1]) == wanted


def test_permutation_never_has_two_answers_for_one_input(encoded, material):
    encoding = encoded([1, 1, 1], (0, 1), (2, 3))  # only e1, middle, e2: six orders
    answers = {}
    for example in ask(Permutation(), encoding, material):
        for sequence, target in zip(example.encodings, example.targets.tolist(), strict=True):
            assert answers.setdefault(tuple(sequence.ids), target) == target
    assert len(answers) == 6 == len(set(answers.values()))
    assert ask(Permutation(empty="avoid"), encoding, material) == []


def negatives(objective, encoding, material, seed=0):
    (example,) = objective.examples(encoding, material, rng(seed))
    return example


def test_the_five_negatives(encoded, material):
    """w0 w1 [w2] w3 w4 w5 [w6 w7] w8"""
    example = negatives(AdversarialContext(shift=2), encoded([1] * 9, (2, 3), (6, 8)), material)
    words = [sequence.doc.words for sequence in example.encodings]
    assert ["".join(row).replace("w", "") for row in words] == [
        "012345678",
        "016734528",
        "201345678",
        "013425678",
        "012367458",
        "012345867",
    ]
    assert example.targets.tolist() == [1, 0, 0, 0, 0, 0]
    assert example.places[:, 1:].tolist() == [
        [2, 3, 6, 8],
        [2, 4, 7, 8],
        [0, 1, 6, 8],
        [4, 5, 6, 8],
        [2, 3, 4, 6],
        [2, 3, 7, 9],
    ]


def test_only_the_swap_is_left_where_nothing_can_move(encoded, material):
    example = negatives(AdversarialContext(), encoded([1, 2], (0, 1), (1, 2)), material)
    assert [sequence.doc.words for sequence in example.encodings] == [["w0", "w1"], ["w1", "w0"]]


def test_a_negative_that_reads_like_the_sentence_is_left_out(encoded, material):
    encoding = encoded([1, 1, 1], (0, 1), (2, 3))
    encoding.ids[3] = encoding.ids[1]
    example = negatives(AdversarialContext(), encoding, material)
    assert all(sequence.ids != encoding.ids for sequence in example.encodings[1:])
    encoding.ids[2] = encoding.ids[1]
    assert AdversarialContext().examples(encoding, material, rng()) == []


def test_the_published_negatives(encoded, material):
    encoding = encoded([1] * 9, (2, 3), (6, 8))
    objective = AdversarialContext(5.0, signed=False, per_pair=1, masking=True)
    sizes = Counter(len(e.encodings) for e in ask(objective, encoding, material, 600))
    assert set(sizes) == {2, 4} and sizes[4] / 600 == pytest.approx(1 / 6, abs=0.05)
    masks = next(e for e in ask(objective, encoding, material) if len(e.encodings) == 4)
    assert [sum(p == 3 for p in s.ids) for s in masks.encodings] == [0, 1, 2, 3]


def test_a_replacement_is_another_of_the_same_length():
    table = Replacements.of([(1,), (1,), (1,), (2,), (1, 1)])
    assert {table.draw((1,), rng(seed)) for seed in range(50)} == {(2,)}
    assert table.draw((1, 1), rng()) is None and table.draw((4, 4, 4), rng()) is None
    drawn = Counter(table.draw((9,), rng(seed)) for seed in range(2000))
    assert drawn[1,] / 2000 == pytest.approx(0.75, abs=0.04)


def test_without_another_entity_the_mask_stands_in(encoded, material):
    changed = MaskedEntityTyping(0.0, 1.0).examples(encoded([1, 3], (1, 2)), material, rng())[0].encodings[0]
    assert list(changed.ids[2:5]) == [3, 3, 3]
