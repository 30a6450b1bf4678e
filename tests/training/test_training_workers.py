"""What fails in a worker process reaches the main process with its place and its traceback."""

import multiprocessing
import pickle
import time
from contextlib import suppress

import pytest

from jointre.attribution import ExplainedError
from jointre.data.labels import Labels
from jointre.engines import local
from jointre.errors import TrainingError
from jointre.training import loader
from jointre.training.loader import TrainingData


class Odd(Exception):
    """Cannot be unpickled."""

    def __init__(self, one, other):
        super().__init__(f"{one} {other}")


def fails(*args, **kwargs):
    raise Odd("it is", "odd")


def refuses(*args, **kwargs):
    raise TrainingError("refused")


@pytest.fixture
def data(monkeypatch):
    def make(workers, collate):
        monkeypatch.setattr(loader, "collate", collate)
        encodings = [type("Encoding", (), {"key": number}) for number in range(2)]
        return TrainingData(encodings, Labels(["A"], []), 0, 1, False, 0, workers)

    return make


def test_a_failure_in_a_worker_keeps_its_type_text_and_traceback(data):
    with pytest.raises(
        ExplainedError, match=r"jointre failed \(jointre/training/loader\.py, line \d+"
    ) as error:
        next(data(1, fails).epoch(0))
    assert "Odd: it is odd" in str(error.value)
    assert "in a worker process:\nTraceback" in str(error.value.__cause__)


@pytest.mark.parametrize("collate", [fails, lambda *args: "batch"])
def test_workers_end_at_once_where_an_epoch_is_left(data, collate):
    begin = time.monotonic()
    batches = data(2, collate).epoch(0)
    with suppress(ExplainedError):
        next(batches)
        batches.close()
    assert not multiprocessing.active_children() and time.monotonic() - begin < 5


def test_what_a_worker_refuses_stays_what_it_is(data):
    with pytest.raises(TrainingError, match=r"^refused$"):
        next(data(1, refuses).epoch(0))


def test_without_workers_the_exception_itself_comes_out(data):
    with pytest.raises(Odd):
        next(data(0, fails).epoch(0))


def test_what_fails_in_a_task_can_be_sent_from_its_process(monkeypatch):
    monkeypatch.setattr(local._Worker, "do", fails)
    with pytest.raises(ExplainedError) as error:
        local._work(None)
    assert "Odd: it is odd" in str(pickle.loads(pickle.dumps(error.value)))
    assert isinstance(error.value.__cause__, Odd)
