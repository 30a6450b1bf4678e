"""Two processes train the model that one does, stop together, and continue bit for bit."""

import json
import os
import signal
import time

import pytest
import torch
from run_together import lines, no_dropout, together, without_dropout
from safetensors.torch import load_file

from jointre.config import load_config
from jointre.errors import UsageError
from jointre.models.joint import JointModel
from jointre.predict import Predictor
from jointre.training.run import train
from jointre.training.sharing import Turn, share
from jointre.training.updater import Updater

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork a process")


@pytest.fixture(scope="module")
def steady(encoder_folder, tmp_path_factory):
    """The tiny encoder without dropout."""
    return without_dropout(encoder_folder, tmp_path_factory.mktemp("steady") / "bert")


def test_every_document_has_its_turn_once():
    batches = [[1, 2, 3, 4, 5], [6, 7], [8], [9, 10, 11]]
    rounds = share(batches, 4)
    assert [[list(turn.rows) for turn in turns] for turns in rounds] == [
        [[1], [2], [3], [4, 5]],
        [[6], [7], [8], []],
        [[9], [10], [11], []],
    ]
    assert [[turn.batch for turn in turns] for turns in rounds] == [[0] * 4, [1, 1, 2, -1], [3, 3, 3, -1]]
    assert share(batches, 1) == [[Turn(number, rows)] for number, rows in enumerate(batches)]


EVERY = {
    "corpora.train.@readers": "jointre.jsonl.v1",
    "corpora.dev.@readers": "jointre.jsonl.v1",
    "system.device": "cpu",
    "training.epochs": 5,
    "training.eval_every": 1,
    "training.keep": "best",
    "training.drop_last": False,
    "training.checkpoint_every": None,
    "training.optimizer.lr": 2e-3,
}
CONFIGS = {
    "spert": ("spert/conll04", {"training.batch_size": 5, "training.accumulate": 2}),
    "spert, one document a batch": ("spert/conll04", {"training.batch_size": 1, "training.accumulate": 3}),
    "jointre": (
        "jointre/base",
        {"training.batch_size": 5, "training.clip": 0.1, "training.optimizer.lr": 3e-4},
    ),
    "giorgi": ("giorgi/conll04", {"training.batch_size": 3, "model.entity_head.overlap": "keep_outer"}),
}
STOPS = {"training.best_metric": "entities_micro_f", "training.patience": 2}
LAST = {"training.keep": "last"}


@pytest.fixture
def shared(steady, toy_corpus):
    """Makes a config of `CONFIGS` without dropout."""

    def make(name, **overrides):
        base, options = CONFIGS[name]
        options = {**EVERY, **(LAST if name == "giorgi" else STOPS), **options}
        given = {
            "model.encoder.name": str(steady),
            "paths.train": str(toy_corpus),
            "paths.dev": str(toy_corpus),
        }
        given |= {key.replace("__", "."): value for key, value in overrides.items()}
        return no_dropout(load_config(base, overrides={**given, **options}))

    return make


@pytest.mark.parametrize("name", CONFIGS)
def test_two_processes_make_the_updates_of_one(name, shared, tmp_path):
    done = train(shared(name), tmp_path / "one", quiet=True)
    assert together(lambda: train(shared(name), tmp_path / "two", quiet=True)) == [0, 0]
    logs = [lines(tmp_path / run) for run in ("one", "two")]
    for one, two in zip(*logs, strict=True):
        assert one.keys() == two.keys() and one.get("dev") == two.get("dev")
        losses = [key for key in one if key.startswith("loss")]
        assert [two[key] for key in losses] == pytest.approx([one[key] for key in losses], rel=1e-6, abs=1e-6)
    assert done.status == ("complete" if name in ("giorgi", "jointre") else "stopped early")
    assert name != "jointre" or any(line["dev"]["entities_micro_f"] > 0 for line in logs[0][1:-1])
    metrics = [json.loads((tmp_path / run / "metrics.json").read_text("utf8")) for run in ("one", "two")]
    assert metrics[0] == metrics[1]
    found = load_file(tmp_path / "two" / "model" / "model.safetensors")
    for key, tensor in load_file(done.model / "model.safetensors").items():
        torch.testing.assert_close(found[key], tensor, rtol=1e-3, atol=1e-5, msg=key)


def test_killed_process_stops_the_other_and_the_run_continues_bit_for_bit(
    small, tmp_path, monkeypatch, capfd
):
    assert together(lambda: train(small(), tmp_path / "whole", quiet=True)) == [0, 0]
    with monkeypatch.context() as patch:
        at_update(patch, 9, "1", signal.SIGKILL)
        begin = time.monotonic()
        assert together(lambda: train(small(), tmp_path / "run", quiet=True)) == [1, -signal.SIGKILL]
        assert time.monotonic() - begin < 30
    assert "another process of this run has ended" in capfd.readouterr().err
    assert json.loads((tmp_path / "run" / "run.json").read_text("utf8"))["status"] == "failed"
    with pytest.raises(UsageError, match="was begun by 2 processes, there are 1"):
        train(small(), tmp_path / "run", quiet=True, resume=True)
    assert together(lambda: train(small(), tmp_path / "run", quiet=True, resume=True)) == [0, 0]
    same_run(tmp_path / "whole", tmp_path / "run")


@pytest.mark.parametrize("number", ["0", "1"])
def test_signal_to_one_process_stops_both(number, small, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        at_update(patch, 9, number, signal.SIGTERM)
        assert together(lambda: train(small(), tmp_path / "run", quiet=True)) == [130, 130]
    record = json.loads((tmp_path / "run" / "run.json").read_text("utf8"))
    assert (record["status"], record["updates"], record["processes"]) == ("interrupted", 9, 2)
    assert together(lambda: train(small(), tmp_path / "run", quiet=True, resume=True)) == [0, 0]
    train_log = lines(tmp_path / "run")
    assert train_log[-1]["status"] == "complete" and len(train_log) == 6


def test_signal_while_dev_is_scored_stops_both(small, tmp_path, monkeypatch):
    original = Predictor._predict

    def interrupted(self, batch):
        if os.environ["RANK"] == "1":
            os.kill(os.getpid(), signal.SIGTERM)
        return original(self, batch)

    with monkeypatch.context() as patch:
        patch.setattr(Predictor, "_predict", interrupted)
        assert together(lambda: train(small(training__eval_every=1), tmp_path / "run", quiet=True)) == [
            130,
            130,
        ]
    assert json.loads((tmp_path / "run" / "run.json").read_text("utf8"))["updates"] == 6


def test_error_of_another_process_is_that_of_the_run(small, tmp_path, monkeypatch, capfd):
    forward = JointModel.forward

    def failing(self, batch):
        if os.environ["RANK"] == "1":
            raise ValueError("these numbers do not fit")
        return forward(self, batch)

    monkeypatch.setattr(JointModel, "forward", failing)
    assert together(lambda: train(small(), tmp_path / "run", quiet=True)) == [1, 1]
    shown = capfd.readouterr().err
    assert "ExplainedError" in shown and "these numbers do not fit" in shown and "RaisedByAll" in shown


def test_small_memory_of_one_process_splits_the_batches_of_both(shared, tmp_path, monkeypatch):
    options = {"training__on_out_of_memory": "halve"}
    train(shared("spert"), tmp_path / "one", quiet=True)
    forward = JointModel.forward

    def limited(self, batch):
        if len(batch) > 1 and torch.is_grad_enabled() and os.environ["RANK"] == "1":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(self, batch)

    monkeypatch.setattr(JointModel, "forward", limited)
    run = tmp_path / "two"
    assert together(lambda: train(shared("spert", **options), run, quiet=True)) == [0, 0]
    assert json.loads((run / "run.json").read_text("utf8"))["batch_parts"] == 4
    logs = [[line["loss"] for line in lines(folder) if "loss" in line] for folder in (tmp_path / "one", run)]
    assert logs[1] == pytest.approx(logs[0], rel=1e-5)


def test_processes_with_other_data_are_refused(small, toy_dev, tmp_path, capfd):
    def work():
        train(small(paths__train=str(toy_dev)) if os.environ["RANK"] == "1" else small(), tmp_path / "run")

    assert together(work) == [1, 1]
    assert "files or versions of process 1 are not those of process 0" in capfd.readouterr().err
    assert not (tmp_path / "run").exists()


def at_update(monkeypatch, number, process, sent):
    """Send a signal to one process before update ``number``, counted from 1."""
    original = Updater.update

    def update(self, work):
        if self.step + 1 == number and os.environ["RANK"] == process:
            os.kill(os.getpid(), sent)
        return original(self, work)

    monkeypatch.setattr(Updater, "update", update)


def same_run(left, right):
    """Weights, scores and log are the same."""
    for name in ("model/model.safetensors", "metrics.json"):
        assert (left / name).read_bytes() == (right / name).read_bytes()
    assert lines(left) == lines(right)
