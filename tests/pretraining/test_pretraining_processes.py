"""Two processes pre-train the model that one does, are stopped together, and go on bit for bit."""

import json
import os
import signal

import pytest
import torch
from pretraining_toys import at_update
from run_together import no_dropout, together, without_dropout
from safetensors.torch import load_file

from jointre.errors import UsageError
from jointre.pretraining.run import pretrain
from jointre.training.launch import launch
from jointre.training.processes import Processes

TWO = {"pretraining__accumulate": 2, "pretraining__batch_size": 2}


@pytest.fixture(scope="module")
def steady(encoder_folder, tmp_path_factory):
    """The tiny encoder without dropout."""
    return without_dropout(encoder_folder, tmp_path_factory.mktemp("steady") / "bert")


def test_two_processes_make_the_updates_of_one(small, steady, tmp_path, capfd):
    options = {**TWO, "model__encoder__name": str(steady), "pretraining__eval_documents": 6}
    config = no_dropout(small(**options, pretraining__optimizer__lr=1e-3))
    alone = pretrain(config, tmp_path / "alone", quiet=True)
    (tmp_path / "config.cfg").write_text(config.text(), encoding="utf8")
    assert launch(["pretrain", str(tmp_path / "config.cfg"), "-o", str(tmp_path / "two")], 2, 1) == 0
    shown = capfd.readouterr()
    assert shown.out.count("What was learned") == shown.err.count("complete after") == 1
    expected = load_file(alone.model / "model.safetensors")
    found = load_file(tmp_path / "two" / "model" / "model.safetensors")
    start = load_file(tmp_path / "alone" / "steps" / "0000004" / "model.safetensors")
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, rtol=1e-3, atol=1e-4, msg=name)
    assert any((start[name] - tensor).abs().max() > 1e-3 for name, tensor in expected.items())
    learned = json.loads((tmp_path / "two" / "metrics.json").read_text("utf8"))["learned"]
    for name, each in alone.learned.items():
        assert learned[name]["items"] == each.items and learned[name]["chance"] == pytest.approx(each.chance)
        assert learned[name]["loss"] == pytest.approx(each.loss, rel=1e-5)
    first, second = (
        [
            line
            for line in map(json.loads, (folder / "log.jsonl").read_text("utf8").splitlines())
            if "step" in line
        ]
        for folder in (tmp_path / "alone", tmp_path / "two")
    )
    for one, other in zip(first, second, strict=True):
        assert one["left_out"] == other["left_out"] and other["loss"] == pytest.approx(one["loss"], rel=1e-6)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork a process")
def test_stopped_together_and_gone_on_with_bit_for_bit(small, tmp_path, monkeypatch):
    config = small(**TWO)
    assert together(lambda: pretrain(config, tmp_path / "whole", quiet=True)) == [0, 0]
    with monkeypatch.context() as patch:
        at_update(patch, 5, stop_the_second)
        assert together(lambda: pretrain(config, tmp_path / "run", quiet=True)) == [130, 130]
    assert json.loads((tmp_path / "run" / "run.json").read_text("utf8"))["updates"] == 5
    with pytest.raises(UsageError, match="was begun by 2 processes, there are 1"):
        pretrain(config, tmp_path / "run", quiet=True, resume=True)
    assert together(lambda: pretrain(config, tmp_path / "run", quiet=True, resume=True)) == [0, 0]
    for place in ("model", "steps/0000004"):
        weights = [tmp_path / run / place / "model.safetensors" for run in ("whole", "run")]
        assert weights[0].read_bytes() == weights[1].read_bytes()


def stop_the_second():
    if os.environ["RANK"] == "1":
        os.kill(os.getpid(), signal.SIGTERM)


def test_batches_that_cannot_be_shared_are_refused(small, monkeypatch, tmp_path):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(UsageError, match="3 batches per update cannot be shared by 2 processes"):
        pretrain(small(pretraining__accumulate=3), tmp_path / "run", quiet=True)


def test_one_process_sends_nothing():
    alone = Processes()
    parameter = torch.nn.Parameter(torch.zeros(2))
    alone.add_gradients([parameter])
    assert parameter.grad is None and alone.collect("it") == ["it"]
    assert alone.any(True, False) == (True, False) and alone.totals(2, 3) == (2, 3)
