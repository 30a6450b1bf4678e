"""The batches of an epoch: every document once, and with lengths, documents of similar length together."""

from itertools import chain

import numpy as np
import pytest

from jointre.data.batching import WINDOW, epoch_order

LENGTHS = np.random.default_rng(3).integers(3, 120, size=1003).tolist()


def padding(batches):
    """Pieces with padding over pieces without."""
    padded = sum(max(LENGTHS[i] for i in batch) * len(batch) for batch in batches)
    return padded / sum(LENGTHS[i] for batch in batches for i in batch)


def test_the_order_without_lengths_is_a_permutation_cut_into_batches():
    batches = epoch_order(5, 2, False, 1, 0)
    assert [i for batch in batches for i in batch] == np.random.default_rng((1, 0)).permutation(5).tolist()
    assert [len(batch) for batch in batches] == [2, 2, 1]
    assert epoch_order(5, 2, True, 1, 0) == batches[:2]


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("n_docs", [1, 7, 8, 9, 200, 1003])
def test_lengths_change_neither_the_documents_nor_the_sizes_of_batches(n_docs, drop_last):
    plain = epoch_order(n_docs, 8, drop_last, 2, 1)
    similar = epoch_order(n_docs, 8, drop_last, 2, 1, LENGTHS[:n_docs])
    assert [len(batch) for batch in similar] == [len(batch) for batch in plain]
    assert sorted(chain(*similar)) == sorted(chain(*plain))
    if n_docs % 8:
        assert drop_last or similar[-1] == plain[-1], "the rest is a random sample, not the longest documents"


def test_batches_of_similar_length_have_little_padding_and_are_shuffled():
    batches = epoch_order(1003, 8, True, 2, 1, LENGTHS)
    assert padding(batches) < 1.1 < 1.5 < padding(epoch_order(1003, 8, True, 2, 1))
    longest = [max(LENGTHS[i] for i in batch) for batch in batches]
    steps = np.abs(np.diff(longest[: 2 * WINDOW]))
    assert steps.mean() > 20, "neighbouring batches have unrelated lengths"


def test_the_order_depends_on_seed_and_epoch_alone():
    first = epoch_order(1003, 8, True, 2, 1, LENGTHS)
    assert epoch_order(1003, 8, True, 2, 1, LENGTHS) == first
    others = [epoch_order(1003, 8, True, *place, LENGTHS) for place in ((2, 2), (3, 1))]
    together = {frozenset(batch) for batch in first}
    for other in others:
        assert len(together & {frozenset(batch) for batch in other}) < 5, "batches have the same documents"
