"""Warm-up as in SpERT: lr(t) = t / max(1, w) for t < w, else (U - t) / max(1, U - w)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jointre.schedules.base import Progress
from jointre.schedules.warmup import Constant, WarmupLinear


def at(schedule, step, total):
    return schedule(Progress(step, total, 0.0))


@pytest.mark.parametrize(
    ("step", "expected"),
    [(0, 0.0), (1, 1 / 922), (921, 921 / 922), (922, 1.0), (9219, 1 / 8298), (9220, 0.0)],
)
def test_conll04_as_published(step, expected):
    """9,220 updates, 922 of them warm-up: the first update has rate 0."""
    assert at(WarmupLinear(0.1), step, 9220) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("step", "expected"),
    [(0, 0.0), (1, 1 / 2.5), (2, 2 / 2.5), (3, 22 / 22.5), (4, 21 / 22.5), (24, 1 / 22.5)],
)
def test_the_number_of_warmup_updates_stays_a_fraction(step, expected):
    """25 updates: w = 2.5, neither 2 nor 3."""
    assert at(WarmupLinear(0.1), step, 25) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("step", "expected"), [(0, 0.0), (1, 4 / 4.5), (4, 1 / 4.5)])
def test_a_warmup_of_less_than_one_update_still_starts_at_zero(step, expected):
    """5 updates: w = 0.5, max(1, w) = 1."""
    assert at(WarmupLinear(0.1), step, 5) == pytest.approx(expected)


def test_without_warmup_it_falls_from_one():
    assert [at(WarmupLinear(0.0), step, 4) for step in range(5)] == [1.0, 0.75, 0.5, 0.25, 0.0]


@given(st.floats(0, 0.99), st.integers(0, 5000), st.integers(0, 5000))
def test_always_a_share(warmup, step, total):
    assert 0.0 <= at(WarmupLinear(warmup), step, total) <= 1.0


@pytest.mark.parametrize("warmup", [-0.1, 1.0, 2])
def test_a_share_out_of_range_is_refused(warmup):
    with pytest.raises(ValueError, match="warmup must be 0 or more and below 1"):
        WarmupLinear(warmup)


def test_constant():
    assert Constant()(Progress(3, 9, 0.5)) == 1.0
    assert Constant(0.25)(Progress(0, 0, 0.0)) == 0.25
