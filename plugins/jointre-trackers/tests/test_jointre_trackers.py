"""Trackers receive what a run logs, without a network."""

import os
import sqlite3
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from accelerate import tracking
from jointre.errors import BuildError, TrainingError
from jointre.loggers import Run
from jointre.testing import check_component

from jointre_trackers import MemoryTracker, TrackerLogger, settings

CONFIG = '[training]\nepochs = 3\n\n[training.optimizer]\n@optimizers = "jointre.adamw.v1"\n'
SETTINGS = {"training.epochs": "3", "training.optimizer.optimizers": '"jointre.adamw.v1"'}
MEMORY = "jointre_trackers:MemoryTracker"


def log_run(logger: TrackerLogger, folder: Path) -> None:
    """Log a run of two updates."""
    logger.start(Run(folder, CONFIG, 2))
    logger.log(1, {"loss": 0.5, "line": "text"})
    logger.log(2, {"loss": 0.25, "dev": {"strict_micro_f": 0.75}})
    logger.finish("complete")


def test_contract(tmp_path: Path) -> None:
    for logger in TrackerLogger.examples(tmp_path):
        check_component(logger)


def test_a_tracker_receives_the_config_and_the_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = list[MemoryTracker]()

    def start(self: MemoryTracker) -> None:
        made.append(self)
        print("a message of the tracker")

    monkeypatch.setattr(MemoryTracker, "start", start)
    log_run(TrackerLogger(MEMORY, project="toys"), tmp_path)
    (tracker,) = made
    assert tracker.project == "toys" and tracker.settings == SETTINGS == settings(CONFIG) and tracker.finished
    assert tracker.received == [(1, {"loss": 0.5}), (2, {"loss": 0.25, "dev/strict_micro_f": 0.75})]
    assert capsys.readouterr().out == ""


def test_options_reach_a_tracker_and_its_failure_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Online(MemoryTracker):
        def __init__(self, project: str, mode: str) -> None:
            super().__init__(f"{project} {mode}")

        def log(self, values: dict, step: int | None = None, **kwargs: object) -> None:
            raise ConnectionError(f"the server of {self.project} is gone")

    monkeypatch.setattr(sys.modules["jointre_trackers"], "Online", Online, raising=False)
    logger = TrackerLogger("jointre_trackers:Online", "toys", {"mode": "online"})
    said = "the tracker jointre_trackers:Online failed: ConnectionError: the server of toys online is gone"
    with pytest.raises(TrainingError, match=said):
        log_run(logger, tmp_path)


@pytest.mark.parametrize(
    ("tracker", "said"),
    [
        ("wandbb", r"no tracker 'wandbb'\n.*mlflow.*wandb"),
        ("nowhere.at.all:Class", "nowhere.at.all is not installed"),
        ("jointre_trackers:nothing", "is not a tracker"),
        ("jointre_trackers:TrackerLogger", "is not a tracker"),
        (":x", "is not installed"),
    ],
)
def test_what_is_not_a_tracker_is_refused(tracker: str, said: str) -> None:
    with pytest.raises(BuildError, match=said):
        TrackerLogger(tracker)


@pytest.mark.parametrize("name", ["wandb", "mlflow", "trackio"])
def test_a_missing_package_is_refused(name: str) -> None:
    assert tracking.LOGGER_TYPE_TO_CLASS[name].name == name
    if find_spec(name):
        pytest.skip(f"{name} is installed")
    with pytest.raises(BuildError, match=rf"{name} is not installed\n.*pip install {name}"):
        TrackerLogger(name)


def test_mlflow_receives_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow = pytest.importorskip("mlflow", reason="needs jointre-trackers[mlflow]")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri((tmp_path / "mlruns").as_uri())
    log_run(TrackerLogger("mlflow", "toys"), tmp_path)
    (run,) = mlflow.search_runs(experiment_names=["toys"], output_format="list")
    assert run.info.status == "FINISHED" and run.data.params == SETTINGS
    history = mlflow.MlflowClient().get_metric_history(run.info.run_id, "loss")
    assert [(point.step, point.value) for point in history] == [(1, 0.5), (2, 0.25)]
    assert run.data.metrics["dev/strict_micro_f"] == 0.75


@pytest.mark.skipif(find_spec("trackio") is None, reason="needs jointre-trackers[trackio]")
def test_trackio_receives_a_run(tmp_path: Path) -> None:
    """In a process of its own, because trackio reads its folder when it is imported."""
    code = (
        "import sys; from pathlib import Path; sys.path[:0] = sys.argv[1:3]\n"
        "from test_jointre_trackers import TrackerLogger, log_run\n"
        "log_run(TrackerLogger('trackio', 'toys'), Path('.'))"
    )
    here = Path(__file__).parent
    command = [sys.executable, "-c", code, str(here), str(here.parent)]
    environment = {**os.environ, "TRACKIO_DIR": str(tmp_path / "trackio")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=120)
    assert done.returncode == 0 and done.stdout == b"", done.stderr
    with sqlite3.connect(next((tmp_path / "trackio").rglob("toys*.db"))) as stored:
        rows = stored.execute("select step, metrics from metrics order by step").fetchall()
    assert [step for step, metrics in rows if b"loss" in metrics] == [1, 2]
