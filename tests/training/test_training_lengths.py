"""``training.group_by_length``: batches of documents of similar length, in training that is resumed or split, too."""

from dataclasses import replace
from itertools import chain

import pytest

from jointre.training.setup import Setup


@pytest.fixture(scope="module")
def data(config):
    """The toy corpus in batches of 2; the toy documents have different lengths."""
    setup = Setup(config(training__group_by_length=True, training__batch_size=2))
    setup.build()
    return setup.updater.data


def ids(batches):
    return [[doc.id for doc in batch.docs] for batch in batches]


def test_batches_have_less_padding(data):
    plain = replace(data, group_by_length=False)

    def padding(source):
        return sum(int((~batch.mask).sum()) for batch in source.epoch(0))

    assert padding(data) < padding(plain)
    assert data.batches_per_epoch() == plain.batches_per_epoch() == 6
    assert sorted(chain(*ids(data.epoch(0)))) == sorted(chain(*ids(plain.epoch(0))))


def test_epochs_differ_and_repeat(data):
    assert ids(data.epoch(1)) == ids(data.epoch(1)) != ids(data.epoch(2))


def test_a_resumed_epoch_and_workers_give_the_same_batches(data):
    whole = ids(data.epoch(1))
    assert ids(data.epoch(1, skip=2)) == whole[2:]
    assert ids(replace(data, workers=1).epoch(1)) == whole


def test_a_batch_in_parts_has_the_same_documents(data):
    assert list(chain(*ids(data.parts(1, 3, 2)))) == ids(data.epoch(1))[3]
