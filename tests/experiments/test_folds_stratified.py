"""Iterative stratification: types shared out evenly, sizes kept, the same every time."""

from collections import Counter
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jointre.data.doc import Doc, Entity, Relation
from jointre.experiments.folds import load_folds
from jointre.experiments.partition import partition, types_of


def skewed(n=400, seed=0):
    """Sentences with none to three relations; the rarest type makes up a fiftieth of them."""
    random = Random(seed)
    names, weights = ("often", "common", "seldom", "rare"), (30, 12, 6, 1)
    docs = []
    for number in range(n):
        labels = random.choices(names, weights, k=random.choice((0, 1, 1, 2, 3)))
        entities = [Entity(0, 1, "Person"), Entity(1, 2, random.choice(("Person", "Place")))]
        docs.append(
            Doc([str(number), "w"], entities, [Relation(0, 1, label) for label in dict.fromkeys(labels)])
        )
    return docs


def worst(docs, parts):
    """How far, in occurrences, a part is from its share of a type at the most."""
    total = sum((types_of(doc) for doc in docs), Counter())
    found = [sum((types_of(docs[number]) for number in part), Counter()) for part in parts]
    return max(
        abs(count[name] - total[name] * len(part) / len(docs))
        for part, count in zip(parts, found, strict=True)
        for name in total
    )


@pytest.mark.parametrize("seed", range(5))
def test_types_are_shared_out_more_evenly_than_at_random(seed):
    docs = skewed(seed=seed)
    tests = {
        kind: [f.test for f in load_folds({"k": 5, "kind": kind, "seed": seed}, docs, "x").folds]
        for kind in ("plain", "stratified")
    }
    assert worst(docs, tests["stratified"]) < 1.5
    assert worst(docs, tests["plain"]) > 5


def test_a_dev_part_has_its_share_of_every_type():
    docs = skewed()
    total = sum((types_of(doc) for doc in docs), Counter())
    for fold in load_folds({"k": 5, "kind": "stratified", "dev_share": 0.25}, docs, "x").folds:
        dev = sum((types_of(docs[number]) for number in fold.dev), Counter())
        for name, count in total.items():
            assert dev[name] == pytest.approx(0.2 * count, abs=1 + 0.03 * count)


def test_a_type_that_occurs_once_a_fold_is_in_every_fold():
    docs = [
        Doc([str(n)], [Entity(0, 1, "X")], [Relation(0, 0, "rare")] if n < 10 else []) for n in range(100)
    ]
    for seed in range(5):
        folds = load_folds({"k": 10, "kind": "stratified", "seed": seed}, docs, "x").folds
        assert all(sum(number < 10 for number in fold.test) == 1 for fold in folds)


def test_occurrences_are_shared_out_not_sentences():
    """Ten sentences with four relations each and forty with one: each of ten folds has eight relations."""
    docs = [Doc([str(n)], [], [Relation(0, i, "r") for i in range(4 if n < 10 else 1)]) for n in range(50)]
    folds = load_folds({"k": 10, "kind": "stratified", "dev_share": 0}, docs, "x").folds
    assert {sum(len(docs[number].relations) for number in fold.test) for fold in folds} == {8}


def test_the_type_that_is_shared_out_last_is_no_worse_off():
    """Every sentence has a relation and parts fill up; the exchange makes up for it."""
    for seed in range(3):
        random = Random(seed)
        labels = [
            random.choices("ABCDE", (5, 4, 3, 2, 2), k=random.choice((1, 1, 1, 2, 4))) for _ in range(300)
        ]
        docs = [
            Doc([str(n)], [], [Relation(0, i, name) for i, name in enumerate(row)])
            for n, row in enumerate(labels)
        ]
        folds = load_folds({"k": 10, "kind": "stratified", "seed": seed}, docs, "x").folds
        assert worst(docs, [fold.test for fold in folds]) < 2.5


def test_the_seed_decides_between_equals():
    docs = skewed()
    made = [load_folds({"k": 5, "kind": "stratified", "seed": seed}, docs, "x").folds for seed in (0, 0, 1)]
    assert made[0] == made[1] != made[2]


WORDS = st.sampled_from("abcdefgh")
LABELS = st.lists(st.sampled_from("RST"), max_size=3)


@given(
    rows=st.lists(st.tuples(WORDS, LABELS), min_size=2, max_size=40),
    cuts=st.integers(2, 6),
    kind=st.sampled_from(["plain", "stratified"]),
    together=st.booleans(),
    seed=st.integers(0, 3),
)
def test_sizes_hold_whatever_the_corpus(rows, cuts, kind, together, seed):
    docs = [Doc([word], [], [Relation(0, 0, label) for label in labels]) for word, labels in rows]
    numbers = Random(seed).sample(range(len(docs)), len(docs))
    marks = sorted({0, len(docs), *(Random(seed).choices(range(len(docs)), k=cuts))})
    sizes = [high - low for low, high in pairwise(marks)]
    parts = partition(docs, numbers, sizes, kind, together, str(seed))
    assert sorted(number for part in parts for number in part) == sorted(numbers)
    assert all(part == [n for n in numbers if n in set(part)] for part in parts)
    copies = Counter(word for word, _ in rows) if together else {}
    slack = max(copies.values(), default=1) - 1
    assert all(abs(len(part) - size) <= slack for part, size in zip(parts, sizes, strict=True))
    if together:
        home = {(docs[n].words[0], at) for at, part in enumerate(parts) for n in part}
        assert len(home) == len(copies)
