"""Words from a view of pieces."""

import pytest
import torch

from jointre.nn.words import word_states
from jointre.testing import toy_batch, toy_views

TAKES = {"first": lambda cut: cut[0], "last": lambda cut: cut[-1], "mean": lambda cut: cut.mean(dim=0)}


@pytest.mark.parametrize("take", list(TAKES))
def test_a_word_is_made_of_its_pieces(take):
    batch = toy_batch()
    view = toy_views(batch)["encoder"]
    found = word_states(view, batch, take)
    for row, n_words in enumerate(batch.n_words.tolist()):
        for word, (start, end) in enumerate(batch.word_pieces[row, :n_words].tolist()):
            torch.testing.assert_close(found[row, word], TAKES[take](view.states[row, start:end]))


def test_words_are_taken_as_they_are():
    batch = toy_batch()
    view = toy_views(batch, "word")["encoder"]
    assert all(word_states(view, batch, take) is view.states for take in TAKES)
