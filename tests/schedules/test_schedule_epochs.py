"""Ramps and delays by epochs."""

import pytest

from jointre.schedules import Delay, Linear, Progress


def values(schedule, steps=4, epochs=2):
    total = steps * epochs
    return [schedule(Progress(step, total, step / steps)) for step in range(total)]


def test_relation_weight_of_the_first_epoch():
    """Four steps an epoch."""
    assert values(Linear()) == [0, 0.25, 0.5, 0.75, 1, 1, 1, 1]


def test_any_ramp():
    assert values(Linear(1.0, 0.5, 2.0), steps=2) == [1.0, 0.875, 0.75, 0.625]
    assert Linear(0.2, 0.8, 0.5)(Progress(9, 10, 4.5)) == pytest.approx(0.8)


def test_a_delay_of_an_epoch():
    assert values(Delay()) == [0, 0, 0, 0, 1, 1, 1, 1]
    assert values(Delay(0.5, 1.0, 3.0)) == [1, 1, 3, 3, 3, 3, 3, 3]


@pytest.mark.parametrize("make", [lambda: Linear(epochs=0), lambda: Delay(epochs=-1)])
def test_impossible_numbers_of_epochs_are_refused(make):
    with pytest.raises(ValueError, match="epochs must be"):
        make()
