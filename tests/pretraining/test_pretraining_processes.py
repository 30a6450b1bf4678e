"""Two processes pre-train the model that one does, are stopped together, and go on bit for bit."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys

import pytest
import torch
from pretraining_toys import at_update
from safetensors.torch import load_file

from jointre.errors import UsageError
from jointre.pretraining.run import pretrain
from jointre.training.processes import Processes

TWO = {"pretraining__accumulate": 2, "pretraining__batch_size": 2}
NO_DROPOUT = {
    "model__entity_head__extractor__pooler__dropout": 0.0,
    "model__pair_extractor__context__pooler__dropout": 0.0,
    "model__relation_head__dropout": 0.0,
}


def shared(count):
    """What a launcher tells each of so many processes of a run."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = {"WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    return [{**told, "RANK": str(n), "LOCAL_RANK": str(n)} for n in range(count)]


def forked(config, folder, resume=False):
    """Exit codes of two processes that pre-train together."""
    children = []
    for told in shared(2):
        children.append(os.fork())
        if children[-1] == 0:
            code = 1
            try:
                os.environ.update(told)
                done = pretrain(config, folder, quiet=True, resume=resume)
                code = 130 if done.status == "interrupted" else 0
            finally:
                os._exit(code)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


@pytest.fixture(scope="module")
def steady(encoder_folder, tmp_path_factory):
    """The tiny encoder without dropout."""
    folder = tmp_path_factory.mktemp("steady") / "bert"
    shutil.copytree(encoder_folder, folder)
    config = json.loads((folder / "config.json").read_text("utf8"))
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf8")
    return folder


def test_two_processes_make_the_updates_of_one(small, steady, tmp_path):
    options = {**TWO, **NO_DROPOUT, "model__encoder__name": str(steady), "pretraining__eval_documents": 6}
    options |= {"pretraining__optimizer__lr": 1e-3}
    alone = pretrain(small(**options), tmp_path / "alone", quiet=True)
    (tmp_path / "config.cfg").write_text(small(**options).text(), encoding="utf8")
    command = [sys.executable, "-m", "jointre", "pretrain", tmp_path / "config.cfg", "-o", tmp_path / "two"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, env={**os.environ, **told}, **pipes) for told in shared(2)]
    (out, errors), silence = (process.communicate(timeout=300) for process in processes)
    assert [process.returncode for process in processes] == [0, 0], errors
    assert "What was learned" in out and silence == ("", "")
    expected = load_file(alone.model / "model.safetensors")
    found = load_file(tmp_path / "two" / "model" / "model.safetensors")
    start = load_file(tmp_path / "alone" / "steps" / "0000004" / "model.safetensors")
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, rtol=1e-3, atol=1e-4, msg=name)
    assert any((start[name] - tensor).abs().max() > 1e-3 for name, tensor in expected.items())
    learned = json.loads((tmp_path / "two" / "metrics.json").read_text("utf8"))["learned"]
    for name, each in alone.learned.items():
        assert learned[name]["items"] == each.items and learned[name]["chance"] == pytest.approx(each.chance)
        assert learned[name]["loss"] == pytest.approx(each.loss, abs=1e-2)
    first, second = (
        [
            line
            for line in map(json.loads, (folder / "log.jsonl").read_text("utf8").splitlines())
            if "step" in line
        ]
        for folder in (tmp_path / "alone", tmp_path / "two")
    )
    for one, other in zip(first, second, strict=True):
        assert one["left_out"] == other["left_out"] and one["loss"] == pytest.approx(other["loss"], abs=1e-2)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork a process")
def test_stopped_together_and_gone_on_with_bit_for_bit(small, tmp_path, monkeypatch):
    config = small(**TWO)
    assert forked(config, tmp_path / "whole") == [0, 0]
    with monkeypatch.context() as patch:
        at_update(patch, 5, stop_the_second)
        assert forked(config, tmp_path / "run") == [130, 130]
    assert json.loads((tmp_path / "run" / "run.json").read_text("utf8"))["updates"] == 5
    with pytest.raises(UsageError, match="was begun by 2 processes, there are 1"):
        pretrain(config, tmp_path / "run", quiet=True, resume=True)
    assert forked(config, tmp_path / "run", resume=True) == [0, 0]
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
