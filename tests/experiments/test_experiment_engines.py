"""Runs that an engine does: their results, what they are asked, and their failures."""

import contextlib
import time

import pytest
from runner_toys import make_place

from jointre.engines.base import Done, Engine, Pool
from jointre.errors import TrainingError
from jointre.experiments import remote
from jointre.experiments.job import Job
from jointre.experiments.load import load_experiment
from jointre.experiments.remote import SAVE, STOP, Ended, Remote, RunWork
from jointre.experiments.run import prepare, run_experiment
from jointre.experiments.run_one import execute


class Elsewhere(Engine):
    """Does each task at once, and tells at the next look."""

    def __init__(self, workers=1, devices=(), error=None):
        super().__init__(workers, devices)
        self.error = error

    @contextlib.contextmanager
    def open(self, work, advance=lambda count: None):
        yield Telling(work.begin(None), self.error)


class Telling(Pool):
    def __init__(self, do, error):
        self.do, self.error, self.done = do, error, []

    @property
    def room(self):
        return 1

    def submit(self, key, task):
        self.done.append(
            Done(key, error=self.error) if self.error else Done(key, self.do(task, lambda count: None))
        )

    def finished(self, seconds):
        done, self.done = self.done, []
        return done


@pytest.fixture
def prepared(tmp_path, encoder_folder):
    file = make_place(tmp_path, encoder_folder, training__epochs=1)
    file.write_text(file.read_text("utf8").replace("seeds = [0, 1]", "seeds = [0]"), encoding="utf8")
    return prepare(load_experiment(file), tmp_path / "out")


def test_an_engine_does_the_runs(prepared, monkeypatch):
    monkeypatch.setattr(
        remote, "_do", lambda line, tick: Ended(execute(Job.from_line(line), lambda **e: None))
    )
    outcome = run_experiment(prepared, quiet=True, engine=Elsewhere())
    assert [run.variant for run in outcome.done] == ["max", "sum"] and not outcome.failed


@pytest.mark.parametrize("error", [TrainingError("the batch job is gone"), None])
def test_a_run_that_fails_elsewhere_fails_alone(prepared, monkeypatch, error):
    monkeypatch.setattr(remote, "_do", lambda line, tick: Ended(1, "the batch job is gone"))
    outcome = run_experiment(prepared, quiet=True, engine=Elsewhere(error=error))
    assert [(run.variant, why) for run, why in outcome.failed] == [
        (name, "the batch job is gone") for name in ("max", "sum")
    ]


class Asked:
    """A process that notes what it is asked, and ends when it is asked to stop."""

    def __init__(self, job, slot, threads):
        self.asked = []

    def poll(self):
        return 130 if "stop" in self.asked else None

    def save(self):
        self.asked.append("save")

    def stop(self):
        self.asked.append("stop")

    def kill(self):
        self.asked.append("kill")

    def failure(self, code):
        return " ".join(self.asked)


def test_a_run_is_asked_by_files_in_its_folder(prepared, monkeypatch):
    monkeypatch.setattr(remote, "Worker", Asked)
    asked = iter([lambda run: run.save(), lambda run: run.stop()])
    (run, _), *_ = prepared.asked
    job = Job(run, ["dev"], [])
    started = []
    monkeypatch.setattr(time, "sleep", lambda seconds: next(asked, lambda run: None)(started[0]))

    class Late(Telling):
        """Does the task when it is asked about it, after the run was started."""

        def submit(self, key, task):
            self.done.append((key, task))

        def finished(self, seconds):
            late, self.done = self.done, []
            return [Done(key, self.do(task, lambda count: None)) for key, task in late]

    started.append(Remote(Late(RunWork().begin(None), None))(job, 0, None))
    assert started[0].poll() == 130 and started[0].failure(130) == "save stop"
    assert not (run.folder / SAVE).exists() and not (run.folder / STOP).exists()
