"""The oracle itself, held against the check values of the published functions."""

import torch
from naive_spert import all_spans, between, decode


def test_context_lies_between_the_spans_in_both_orders():
    assert between((3, 5), (8, 9)) == between((8, 9), (3, 5)) == (5, 8)


def test_adjacent_and_nested_spans_have_no_context():
    for one, other in [((3, 5), (5, 7)), ((3, 7), (4, 5)), ((2, 6), (4, 9))]:
        for pair in [(one, other), (other, one)]:
            start, end = between(*pair)
            assert end <= start


def test_candidates_are_listed_width_by_width():
    assert all_spans(3, 2) == [(0, 1), (1, 2), (2, 3), (0, 2), (1, 3)]
    assert len(all_spans(30, 10)) == 30 * 10 - 45
    assert all_spans(1, 10) == [(0, 1)]


def test_symmetric_duplicates_keep_the_first_score():
    one, other = (1, 2, "X"), (5, 6, "X")
    scored = [(other, one, torch.tensor([0.50])), (one, other, torch.tensor([0.95]))]
    assert decode(scored, ["S"], {"S"}, 0.4) == {(one, other, "S"): 0.5}


def test_symmetric_relations_of_equal_starts_stay_two():
    one, other = (1, 2, "X"), (1, 4, "X")
    scored = [(one, other, torch.tensor([0.9])), (other, one, torch.tensor([0.8]))]
    assert len(decode(scored, ["S"], {"S"}, 0.4)) == 2


def test_the_threshold_itself_holds():
    pair = (1, 2, "X"), (5, 6, "X")
    assert decode([(*pair, torch.tensor([0.4]))], ["A"], set(), 0.4)
    assert not decode([(*pair, torch.tensor([0.39999]))], ["A"], set(), 0.4)
