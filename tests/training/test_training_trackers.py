"""TensorBoard, MLflow and Trackio receive what a run logs, without a network."""

import os
import sqlite3
import sys
from importlib.util import find_spec

import pytest
from rich.console import Console

from jointre.config import load_config
from jointre.errors import ConfigError
from jointre.loggers import base, trackers
from jointre.loggers.values import numbers, settings
from jointre.preflight import load_checked
from jointre.training.run import train

LOSSES = ["loss", "loss_entity", "loss_relation"]


@pytest.fixture
def logged(small, tmp_path):
    """A short run with one more logger, whose block is given as text."""

    def make(block):
        text = f"{small(training__epochs=2).text()}\n[training.loggers.mine]\n{block}\n"
        (tmp_path / "logged.cfg").write_text(text, encoding="utf8")
        return load_config(tmp_path / "logged.cfg")

    return make


def test_numbers_and_settings_have_their_full_names():
    values = {"epoch": 1, "shown": True, "line": "text", "dev": {"strict": {"f": 0.5}}}
    assert numbers(values) == {"epoch": 1.0, "dev/strict/f": 0.5}
    found = settings('[training]\nepochs = 3\n\n[training.optimizer]\n@optimizers = "jointre.adamw.v1"\n')
    assert found == {"training.epochs": "3", "training.optimizer.optimizers": '"jointre.adamw.v1"'}


def test_tensorboard_has_each_point_once_after_a_resume(tmp_path):
    pytest.importorskip("tensorboard", reason="needs jointre[tensorboard]")
    from jointre.loggers import TensorBoardLogger

    logger = TensorBoardLogger()
    logger.start(base.Run(tmp_path, "[training]\n", 10))
    for step in (2, 4, 6):
        logger.log(step, {"loss": step, "dev": {"f": 0.5}})
    logger.start(base.Run(tmp_path, "[training]\n", 10, resumed=2))
    logger.log(4, {"loss": 40.0, "dev": {"f": 0.5}})
    logger.finish("complete")
    points = tensorboard_points(tmp_path / "tensorboard")
    assert points("loss") == [(2, 2.0), (4, 40.0)] and [step for step, _ in points("dev/f")] == [2, 4]


def test_tensorboard_receives_a_run(logged, tmp_path):
    pytest.importorskip("tensorboard", reason="needs jointre[tensorboard]")
    config = logged('@loggers = "jointre.tensorboard.v1"')
    for _ in range(2):  # the second run replaces the first
        train(config, tmp_path / "run", force=True, quiet=True)
    points = tensorboard_points(tmp_path / "run" / "tensorboard")
    for name in (*LOSSES, "dev/strict_micro_f"):
        assert [step for step, _ in points(name)][-1:] == [12]
    assert [step for step, _ in points("loss")] == [6, 12]


def test_mlflow_receives_a_run(logged, tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow", reason="needs jointre[trackers]")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri((tmp_path / "mlruns").as_uri())
    config = logged('@loggers = "jointre.trackers.v1"\ntracker = "mlflow"\nproject = "toys"')
    train(config, tmp_path / "run", quiet=True)
    (run,) = mlflow.search_runs(experiment_names=["toys"], output_format="list")
    assert run.info.status == "FINISHED" and run.data.params["training.epochs"] == "2"
    history = mlflow.MlflowClient().get_metric_history(run.info.run_id, "loss")
    assert [point.step for point in history] == [6, 12]
    assert "dev/strict_micro_f" in run.data.metrics


@pytest.mark.skipif(find_spec("trackio") is None, reason="needs jointre[trackers]")
def test_trackio_receives_a_run(logged, tmp_path, in_child, capfd):
    config = logged('@loggers = "jointre.trackers.v1"\ntracker = "trackio"\nproject = "toys"')

    def work():
        os.environ["TRACKIO_DIR"] = str(tmp_path / "trackio")  # read when trackio is imported
        train(config, tmp_path / "run", quiet=True)

    assert in_child(work) == 0
    assert capfd.readouterr().out == ""
    with sqlite3.connect(next((tmp_path / "trackio").rglob("toys*.db"))) as stored:
        rows = stored.execute("select step, metrics from metrics order by step").fetchall()
    assert [step for step, metrics in rows if b"loss_entity" in metrics] == [6, 12]


class Failing:
    """A tracker whose server is gone after the first line."""

    def __init__(self, project, **options):
        assert project == "toys" and options == {"mode": "online"}

    def start(self):
        """See accelerate."""

    def store_init_configuration(self, values):
        """See accelerate."""
        assert values["training.epochs"] == "2"

    def log(self, values, step):
        """See accelerate."""
        raise ConnectionError("the server is gone")

    def finish(self):
        """See accelerate."""


def test_tracker_that_fails_costs_no_run(logged, tmp_path, monkeypatch, capsys):
    from accelerate import tracking

    monkeypatch.setattr(trackers, "find_spec", lambda name: object())
    monkeypatch.setattr(tracking, "WandBTracker", Failing)
    config = logged(
        '@loggers = "jointre.trackers.v1"\ntracker = "wandb"\nproject = "toys"\noptions = {"mode": "online"}'
    )
    assert train(config, tmp_path / "run", console=Console(file=sys.stderr)).status == "complete"
    said = "no longer used: the tracker wandb failed: ConnectionError: the server is gone"
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(trackers.CLASSES))
def test_every_tracker_is_one_of_accelerate(name):
    from accelerate import tracking

    assert getattr(tracking, trackers.CLASSES[name]).name == name


def test_missing_package_is_refused_by_the_preflight(small, tmp_path):
    if find_spec("aim"):
        pytest.skip("aim is installed")
    block = '[training.loggers.mine]\n@loggers = "jointre.trackers.v1"\ntracker = "aim"\n'
    (tmp_path / "logged.cfg").write_text(f"{small().text()}\n{block}", encoding="utf8")
    with pytest.raises(ConfigError, match=r"aim is not installed\n.*pip install aim"):
        load_checked(tmp_path / "logged.cfg", use="train")


def tensorboard_points(folder):
    """Reads the points of a name in a folder of event files: number of updates and value."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder))
    events.Reload()
    return lambda name: [(point.step, point.value) for point in events.Scalars(name)]
