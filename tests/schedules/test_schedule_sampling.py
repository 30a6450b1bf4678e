"""Scheduled sampling: values of ENPAR's fine-tuning."""

import pytest

from jointre.schedules import InverseSigmoid, Progress


@pytest.mark.parametrize(
    ("since", "share"),
    [
        (1, 0.682),
        (2, 0.606),
        (3, 0.525),
        (5, 0.362),
        (8, 0.172),
        (10, 0.097),
        (15, 0.020),
    ],
)
def test_share_of_gold(since, share):
    """Rounded to three decimals."""
    assert round(InverseSigmoid(k=3.0, hold=5)(Progress(epoch=5 + since)), 3) == share


@pytest.mark.parametrize("epoch", [0.0, 3.7, 5.0, 5.99])
def test_gold_alone_up_to_the_end_of_the_epoch_that_is_held(epoch):
    assert InverseSigmoid()(Progress(epoch=epoch)) == 1.0


def test_it_is_the_same_all_epoch_long_and_ends_at_zero():
    schedule = InverseSigmoid()
    assert schedule(Progress(epoch=7.0)) == schedule(Progress(epoch=7.99)) > schedule(Progress(epoch=8.0))
    assert InverseSigmoid(k=0.01)(Progress(epoch=1e6)) == 0.0


@pytest.mark.parametrize("arguments", [{"k": 0.0}, {"hold": -1}])
def test_impossible_numbers_are_refused(arguments):
    with pytest.raises(ValueError, match=r"k must be above 0|hold must be 0 or more"):
        InverseSigmoid(**arguments)
