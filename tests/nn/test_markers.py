"""Markers are inserted into sequences, and sequences that are too long are cut around certain pieces."""

import pytest
import torch

from jointre.nn.markers import cut_around, in_parts, insert

TEXT = torch.arange(10, 18).unsqueeze(0)  # [CLS] w0 ... w5 [SEP]
NAMES = {1: "/S", 2: "/O", 3: "S", 4: "O"}


def marked(subject, object, text=TEXT, length=8):
    """The sequence with markers 1 to 4 (/S, /O, S, O) as words, and the places of S and O."""
    gaps = torch.tensor([[subject[1], object[1], subject[0], object[0]]]) + 1
    mask = torch.arange(text.shape[1]).unsqueeze(0) < length
    ids, mask, places = insert(text, mask, torch.tensor([[1, 2, 3, 4]]), gaps)
    words = [NAMES.get(piece, f"w{piece - 11}") for piece in ids[0, mask[0]].tolist()]
    assert [ids[0, place].item() for place in places[0]] == [1, 2, 3, 4]
    return " ".join(words[1:-1]), places[0, 2:].tolist()


@pytest.mark.parametrize(
    ("subject", "object", "words", "places"),
    [
        ((0, 1), (2, 4), "S w0 /S w1 O w2 w3 /O w4 w5", [1, 5]),
        ((2, 4), (0, 1), "O w0 /O w1 S w2 w3 /S w4 w5", [5, 1]),
        ((0, 1), (0, 2), "S O w0 /S w1 /O w2 w3 w4 w5", [1, 2]),
        ((0, 2), (1, 2), "S w0 O w1 /S /O w2 w3 w4 w5", [1, 3]),
        ((0, 2), (2, 3), "S w0 w1 /S O w2 /O w3 w4 w5", [1, 5]),
        ((3, 4), (3, 4), "w0 w1 w2 S O w3 /S /O w4 w5", [4, 5]),
    ],
)
def test_markers_stand_where_the_published_code_puts_them(subject, object, words, places):
    assert marked(subject, object) == (words, places)


def test_padding_stays_on_the_right():
    text = torch.cat([TEXT, torch.zeros(1, 3, dtype=torch.int64)], dim=1)
    assert marked((0, 1), (2, 4), text) == ("S w0 /S w1 O w2 w3 /O w4 w5", [1, 5])


def test_the_pieces_nearest_to_certain_ones_are_kept():
    text = torch.arange(100, 120).unsqueeze(0)
    places = torch.tensor([[4, 5, 14, 14]])
    ids, mask, kept = cut_around(text, torch.tensor([20]), places, 10)
    assert ids[0].tolist() == [100, 102, 103, 104, 105, 106, 113, 114, 115, 119]
    assert mask.all() and torch.equal(ids, 100 + kept)


def test_a_shorter_sequence_is_cut_to_nothing_less():
    text = torch.tensor([[10, 11, 12, 13, 0, 0, 0, 0]])
    ids, mask, _ = cut_around(text, torch.tensor([4]), torch.tensor([[1, 1, 2, 2]]), 6)
    assert ids[mask].tolist() == [10, 11, 12, 13] and mask.sum() == 4


def test_parts_are_of_similar_length_and_never_too_large():
    parts = list(in_parts([3, 9, 3, 4, 20], 10))
    assert parts == [[4], [1], [3, 0], [2]]
