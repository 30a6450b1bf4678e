"""The events of a training loop, without anybody who acts on them."""

import pytest

from jointre.training.checkpoint import Timer
from jointre.training.epoch_stats import EpochStats
from jointre.training.events import CheckpointDue, Report, Step, Stopped
from jointre.training.interrupts import Interrupts
from jointre.training.loop import training_events
from jointre.training.setup import Setup


@pytest.fixture
def events(best):
    """Begins a loop of 4 epochs with 6 updates each; returns its events, its setup and its signals."""

    def begin(every=None, stats=None, **overrides):
        setup, signals = Setup(best(**overrides)), Interrupts()
        setup.build()
        return training_events(setup, signals, Timer(every), stats or EpochStats(0)), setup, signals

    return begin


def test_a_loop_makes_updates_reports_epochs_and_stops(events):
    found = list(events()[0])
    assert [type(event) for event in found[:7]] == [Step] * 6 + [Report]
    steps = [event.step for event in found if isinstance(event, Step)]
    assert steps == list(range(1, 25))
    reports = [event for event in found if isinstance(event, Report)]
    assert [report.step for report in reports] == [6, 12, 18, 24]
    assert all(report.scores["dev"] and report.values["dev"] for report in reports)
    assert found[-1] == Stopped("complete") and len(found) == 24 + 4 + 1


def test_nothing_happens_before_an_event_is_taken(events):
    loop, setup, _ = events()
    assert setup.updater.step == 0
    next(loop)
    assert setup.updater.step == 1


def test_checkpoints_are_due_between_updates_and_carry_the_state(events):
    loop = events(every=1e-9)[0]
    assert [type(next(loop)) for _ in range(2)] == [Step, CheckpointDue]
    found = list(loop)
    due = [event for event in found if isinstance(event, CheckpointDue)]
    assert {event.reason for event in due} == {"time"}
    places = [(event.state["figures"]["epoch"], event.state["figures"]["updates"]) for event in due]
    assert places[:7] == [(0, 2), (0, 3), (0, 4), (0, 5), (0, 6), (1, 0), (1, 1)]
    assert places[-1] == (3, 6) and len(places) == 23 + 3


def test_a_request_to_save_is_met_once(events):
    loop, _, signals = events()
    next(loop)
    signals._ask_to_save(0, None)
    assert next(loop).reason == "save"
    assert isinstance(next(loop), Step)


@pytest.mark.parametrize("updates", [3, 6])
def test_a_request_to_stop_ends_the_loop_where_it_can_be_continued(events, updates):
    """After the sixth update, dev is about to be scored."""
    loop, _, signals = events()
    for _ in range(updates):
        step = next(loop)
    signals.pending = True
    due, stopped = loop
    assert step.step == updates and due.reason == "stop" and stopped == Stopped("interrupted")
    assert (due.state["figures"]["epoch"], due.state["figures"]["updates"]) == (0, updates)
    assert due.state["watch"] == {"best": None, "waited": 0}


def test_no_improvement_stops_the_loop_early(events):
    found = list(events(training__optimizer__lr=0.0, training__patience=1)[0])
    assert found[-1] == Stopped("stopped early")
    assert [event.keep for event in found if isinstance(event, Report)] == [True, True]


def test_a_loop_begins_where_its_statistics_say(events):
    loop = events(stats=EpochStats(3, updates=4))[0]
    assert [type(event) for event in loop] == [Step, Step, Report, Stopped]
