"""Refusals of several steps."""

import pytest

from jointre.errors import DataError, Fault, UsageError, all_of


def refusing(error):
    def step():
        raise error

    return step


def test_what_all_steps_give_comes_in_order():
    assert all_of("refused", lambda: 1, lambda: "two") == [1, "two"]


def test_the_only_refusal_stays_what_it_is():
    error = DataError("no corpus", [Fault("a")])
    with pytest.raises(DataError) as caught:
        all_of("refused", refusing(error), lambda: 1)
    assert caught.value is error


def test_several_refusals_come_together():
    with pytest.raises(UsageError, match=r"refused \(3 problems\)") as caught:
        all_of("refused", refusing(DataError("x", [Fault("a"), Fault("b")])), refusing(UsageError("c")))
    assert [fault.what for fault in caught.value.faults] == ["a", "b", "c"]
