"""What a training run says: its epochs, the time left, which state was kept."""

import json
from io import StringIO

import pytest
import torch
from rich.console import Console

from jointre.metrics import EntityMetric, StrictMetric
from jointre.metrics.base import Metric
from jointre.testing import toy_docs
from jointre.training import progress
from jointre.training.epoch_stats import EpochStats
from jointre.training.progress import TrainingProgress
from jointre.training.progress_lines import MOST, KeptState, epoch_line, headline
from jointre.training.run import train


class Accuracy(Metric):
    """A plugin's metric: neither precision nor recall."""

    protocol = "accuracy"

    def __init__(self, names=("accuracy",)):
        self.names = names

    def update(self, gold, predicted):
        pass

    def compute(self):
        return dict.fromkeys(self.names, 0.25)

    def reset(self, given=False):
        pass


def test_a_metric_without_micro_f1_is_shown():
    gold = toy_docs()[1]
    metrics = [EntityMetric(), StrictMetric(), Accuracy(), Accuracy([f"figure_{n}" for n in range(MOST + 3)])]
    for metric in metrics[:2]:
        metric.update(gold, gold)
    shown = headline(metrics, ["strict_macro_f", "figure_6"])
    assert list(shown) == [
        "entities_micro_f",
        "strict_micro_f",
        "strict_macro_f",
        "accuracy",
        *(f"figure_{n}" for n in (*range(MOST), 6)),
    ]
    line = epoch_line("3/12", 0.5, 20.0, {"accuracy": 0.25})
    assert line == "epoch 3/12  loss 0.5000  20.0 docs/s  dev accuracy 25.00"
    assert epoch_line("3/12", 0.5, 20.0, None) == "epoch 3/12  loss 0.5000  20.0 docs/s"


@pytest.mark.parametrize(
    ("updates", "best", "score", "line"),
    [
        (9, True, 0.452, "kept epoch 3 of 12, the best: strict_micro_f 45.20 on dev"),
        (36, False, 0.0, "kept epoch 12 of 12, the last: strict_micro_f 0.00 on dev"),
        (7, False, None, "kept update 7, in epoch 3 of 12, the last"),
    ],
)
def test_the_state_that_was_kept_is_named(updates, best, score, line):
    assert str(KeptState(updates, 3, 12, best, "strict_micro_f", score)) == line


def test_a_best_of_zero_is_a_warning():
    lines = str(KeptState(36, 3, 12, True, "strict_micro_f", 0.0)).splitlines()
    assert lines[0].startswith("warning: strict_micro_f was 0 in every evaluation")
    assert lines[1] == "kept epoch 12 of 12, the best: strict_micro_f 0.00 on dev"


@pytest.fixture
def clock(monkeypatch):
    """The time that has passed, as its only item."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize("terminal", [False, True])
def test_the_time_left_follows_the_pace_of_this_part_of_the_run(clock, terminal):
    """100 updates were made before; 20 more took 60 s, so that the 80 left take 240 s."""
    console = Console(file=StringIO(), width=120, force_terminal=terminal)
    figures = EpochStats(2)
    with TrainingProgress(200, console, done=100) as shown:
        clock[0] = 60.0
        figures.add({"loss": torch.tensor(0.5)}, 2)
        shown.step(120, figures)
        if shown.bar is not None:
            shown.bar.refresh()
    assert "0:04:00 left" in console.file.getvalue()


def said(config, folder):
    """The lines of a training run."""
    console = Console(file=StringIO(), width=200)
    train(config, folder, console=console)
    return console.file.getvalue().splitlines()


def test_of_equal_epochs_the_last_is_kept_and_the_scores_are_its_own(config, tmp_path):
    """The relation figure never leaves zero; the entities' go up and down meanwhile."""
    options = {"training__keep": "best", "training__eval_every": 1, "training__epochs": 3}
    lines = said(config(model__relation_head__threshold=1.0, **options), tmp_path / "run")
    meta = json.loads((tmp_path / "run" / "model" / "meta.json").read_text(encoding="utf8"))
    assert meta["updates"] == 18
    log = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text("utf8").splitlines()]
    last = [entry["dev"] for entry in log if "dev" in entry][-1]
    assert meta["scores"]["dev"]["entities"]["micro"]["f"] == pytest.approx(last["entities_micro_f"])
    assert lines[-1] == "kept epoch 3 of 3, the best: strict_micro_f 0.00 on dev"
    assert lines[-2].startswith("warning: strict_micro_f was 0 in every evaluation")


@pytest.mark.parametrize("dev", [True, False])
def test_the_last_line_names_the_last_epoch(config, tmp_path, dev):
    lines = said(config() if dev else config(paths__dev=None), tmp_path / "run")
    expected = "kept epoch 2 of 2, the last" + (": strict_micro_f 0.00 on dev" if dev else "")
    assert lines[-1] == expected
