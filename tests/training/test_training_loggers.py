"""Loggers and metrics that are not jointre's: what they do wrong is named, and a logger costs no run."""

import json

import catalogue
import pytest

from jointre.attribution import ContractError, ExplainedError
from jointre.config import load_config
from jointre.errors import TrainingError
from jointre.evaluate import metric_values, to_json
from jointre.loggers import JsonlLogger, Logger
from jointre.metrics.base import Metric
from jointre.registry import registry
from jointre.training.run import train


class Failing(Logger):
    """Fails in the one of its methods that is named."""

    calls: list[str] = []

    def __init__(self, where: str = "log") -> None:
        self.where = where

    def _maybe(self, where):
        self.calls.append(where)
        if where == self.where:
            raise ConnectionError("the server is gone")

    def start(self, run):
        """See the class."""
        self._maybe("start")

    def log(self, step, values):
        """See the class."""
        self._maybe("log")

    def finish(self, status):
        """See the class."""
        self._maybe("finish")


@pytest.fixture(autouse=True)
def registered():
    Failing.calls.clear()
    registry.loggers("toy.failing.v1")(Failing)
    yield
    del catalogue.REGISTRY["jointre", "loggers", "toy.failing.v1"]


@pytest.fixture
def logged(small, tmp_path):
    """A config with the failing logger next to jointre's."""

    def make(where):
        text = small().text() + f'\n[training.loggers.mine]\n@loggers = "toy.failing.v1"\nwhere = "{where}"\n'
        (tmp_path / "logged.cfg").write_text(text, encoding="utf8")
        return load_config(tmp_path / "logged.cfg")

    return make


@pytest.mark.parametrize(
    ("where", "calls"), [("log", ["start", "log"]), ("finish", ["start", *["log"] * 4, "finish"])]
)
def test_a_logger_that_fails_is_dropped_and_the_run_goes_on(logged, tmp_path, capsys, where, calls):
    done = train(logged(where), tmp_path / "run")
    told = capsys.readouterr().err
    assert done.status == "complete" and Failing.calls == calls
    assert (
        told.count(
            "a logger failed and is no longer used: toy.failing.v1 of test_training_loggers.py failed ("
        )
        == 1
    )
    assert "ConnectionError: the server is gone" in told
    lines = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text("utf8").splitlines()]
    assert lines[-1]["status"] == "complete"
    dropped = json.loads((tmp_path / "run" / "run.json").read_text("utf8")).get("dropped_loggers", [])
    assert len(dropped) == 1


def test_a_logger_that_fails_before_the_first_update_stops_the_run(logged, tmp_path):
    with pytest.raises(ExplainedError, match=r"toy\.failing\.v1 of .* failed .*\n  ConnectionError"):
        train(logged("start"), tmp_path / "run", quiet=True)
    assert (
        json.loads((tmp_path / "run" / "log.jsonl").read_text("utf8").splitlines()[-1])["status"] == "failed"
    )


def test_a_failure_of_jointres_own_log_stops_the_run(small, tmp_path, monkeypatch):
    def full(self, step, values):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(JsonlLogger, "log", full)
    with pytest.raises(TrainingError, match="No space left"):
        train(small(), tmp_path / "run", quiet=True)


class Rubbish(Metric):
    """Computes what it was given."""

    protocol = "none"

    def __init__(self, values):
        self.values = values

    def update(self, gold, predicted):
        """Nothing."""

    def reset(self, given=False):
        """Nothing."""

    def compute(self):
        """What it was given."""
        return self.values


@pytest.mark.parametrize(
    ("values", "what"),
    [
        (None, "compute returned a NoneType, not a dictionary"),
        ({"f": "high"}, "compute returned 'f': 'high', not a number by name"),
        ({"f": None}, "compute returned 'f': None, not a number by name"),
        ({1: 0.5}, "compute returned 1: 0.5, not a number by name"),
    ],
)
def test_a_metric_that_computes_rubbish_is_named(values, what):
    with pytest.raises(ContractError, match=r"Rubbish of .* does not keep its contract") as error:
        metric_values([Rubbish(values)])
    assert what in str(error.value)


def test_a_metric_that_cannot_be_written_is_named():
    with pytest.raises(ContractError, match="to_json returned what cannot be written as JSON"):
        to_json({"rubbish": Rubbish({"f": {1, 2}})})
