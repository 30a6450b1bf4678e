"""TensorBoard receives what a run logs."""

import pytest

from jointre.config import load_config
from jointre.loggers import base
from jointre.loggers.values import numbers
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


def test_numbers_have_their_full_names():
    values = {"epoch": 1, "shown": True, "line": "text", "dev": {"strict": {"f": 0.5}}}
    assert numbers(values) == {"epoch": 1.0, "dev/strict/f": 0.5}


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


def tensorboard_points(folder):
    """Reads the points of a name in a folder of event files: number of updates and value."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder))
    events.Reload()
    return lambda name: [(point.step, point.value) for point in events.Scalars(name)]
