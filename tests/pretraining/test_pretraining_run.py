"""jointre pretrain: what it writes, what it refuses, and that a run that was stopped is the run that was not."""

import json
import os
import shutil
import signal

import pytest
import torch
from pretraining_toys import at_update
from rich.console import Console

from jointre.cli.app import run
from jointre.config import load_config
from jointre.errors import ConfigError, DataError, TrainingError, UsageError
from jointre.experiments.results.plot_pretraining import read_losses
from jointre.loggers.jsonl import JsonlLogger
from jointre.pipeline import load
from jointre.pretraining.run import pretrain
from jointre.pretraining.setup import PretrainingSetup
from jointre.testing import toy_docs
from jointre.training.run_folder import RunFolder


@pytest.fixture(autouse=True)
def ctrl_c():
    """Ctrl-C interrupts, also where the tests themselves run in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def whole(small, tmp_path_factory):
    """A run of 8 updates that nothing disturbed."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    pretrain(small(), folder, quiet=True)
    return folder


def weights(folder):
    return (folder / "model.safetensors").read_bytes()


def log_of(folder):
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text("utf8").splitlines()]
    timed = ("seconds", "documents_per_second", "waited")
    return [{key: value for key, value in line.items() if key not in timed} for line in lines]


def record(folder):
    return json.loads((folder / "run.json").read_text("utf8"))


def test_a_run_leaves_models_by_step_and_says_what_was_learned(whole):
    facts = record(whole)
    assert (facts["status"], facts["updates"]) == ("complete", 8)
    assert facts["data"]["train"]["documents"] == 60 and facts["data"]["dev"]["documents"] == 40
    metrics = json.loads((whole / "metrics.json").read_text("utf8"))
    assert metrics["updates"] == 8
    assert list(metrics["learned"]) == ["typing", "prediction", "contexts", "permutation"]
    assert all(set(each) == {"loss", "accuracy", "chance", "items"} for each in metrics["learned"].values())
    assert [path.name for path in (whole / "steps").iterdir()] == ["0000004"]
    for folder in (whole, whole / "steps" / "0000004"):
        assert len(list(load(folder, "cpu").predict(toy_docs(2)))) == 2
    assert weights(whole / "model") != weights(whole / "steps" / "0000004")
    assert [line["step"] for line in log_of(whole) if "step" in line] == [4, 8]
    assert not (whole / "checkpoint.safetensors").exists()


@pytest.mark.parametrize("number", [3, 5])
def test_interrupted_and_resumed_is_undisturbed(small, whole, tmp_path, monkeypatch, number, capsys):
    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        at_update(patch, number, lambda: os.kill(os.getpid(), signal.SIGINT))
        done = pretrain(small(), folder, quiet=True)
    assert done.status == record(folder)["status"] == "interrupted"
    assert record(folder)["updates"] == number and (folder / "checkpoint.safetensors").exists()
    workers = {"pretraining__workers": int(number == 5)}
    done = pretrain(small(**workers), folder, console=Console(stderr=True, width=200), resume=True)
    assert f"resumed after update {number} of 8" in capsys.readouterr().err
    same_run(folder, whole)


def test_what_was_measured_before_an_interruption_is_in_a_model_after_it(small, tmp_path, monkeypatch):
    config = small(pretraining__steps=6, pretraining__eval_every=2, pretraining__checkpoint_every=5)
    pretrain(config, tmp_path / "whole", quiet=True)
    with monkeypatch.context() as patch:
        at_update(patch, 4, lambda: os.kill(os.getpid(), signal.SIGINT))
        pretrain(config, tmp_path / "stopped", quiet=True)
    pretrain(config, tmp_path / "stopped", quiet=True, resume=True)
    learned = [
        json.loads((tmp_path / name / "steps" / "0000005" / "meta.json").read_text("utf8"))["learned"]
        for name in ("whole", "stopped")
    ]
    assert learned[0] == learned[1] and learned[0]


def same_run(folder, whole):
    assert weights(folder / "model") == weights(whole / "model")
    assert weights(folder / "steps" / "0000004") == weights(whole / "steps" / "0000004")
    assert log_of(folder) == log_of(whole)
    assert (folder / "metrics.json").read_bytes() == (whole / "metrics.json").read_bytes()
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in whole.iterdir())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork a process")
@pytest.mark.parametrize(
    "moment",
    ["before the first update", "in an update", "while a model is saved", "before the record says it"],
)
def test_killed_and_resumed_is_undisturbed(small, whole, tmp_path, monkeypatch, moment):
    folder = tmp_path / "run"

    def die(*args):
        os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        if "update" in moment:
            at_update(monkeypatch, 1 if "first" in moment else 7, die)
        elif moment == "before the record says it":
            after = JsonlLogger.finish
            monkeypatch.setattr(JsonlLogger, "finish", lambda *args: (after(*args), die()))
        else:
            monkeypatch.setattr("jointre.serialize._swap", die)
        pretrain(small(), folder, quiet=True)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    pretrain(small(), folder, quiet=True, resume=True)
    same_run(folder, whole)


def test_a_resumed_run_is_refused_another_config_or_other_shards(small, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        at_update(patch, 3, lambda: os.kill(os.getpid(), signal.SIGTERM))
        pretrain(small(), tmp_path / "run", quiet=True)
    other = small(pretraining__share=0.5, pretraining__buffer=5)
    with pytest.raises(UsageError) as refused:
        pretrain(other, tmp_path / "run", quiet=True, resume=True)
    text = str(refused.value)
    assert "pretraining.share: was 1.0, is 0.5" in text and "pretraining.buffer" in text
    assert "corpora.train: the documents are not the same" in text


@pytest.mark.parametrize("what", ["", "log.jsonl"])
def test_a_folder_or_log_that_vanishes_fails_the_run(small, tmp_path, monkeypatch, what):
    folder = tmp_path / "run"
    at_update(monkeypatch, 6, lambda: shutil.rmtree(folder) if not what else (folder / what).unlink())
    with pytest.raises(
        TrainingError, match="the log has vanished" if what else "the run folder has vanished"
    ):
        pretrain(small(), folder, quiet=True)
    assert folder.exists() == bool(what)


def test_an_ended_run_is_left_as_it_is(small, whole):
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*")}
    done = pretrain(small(), whole, quiet=True, resume=True)
    assert done.status == "complete" and done.learned["contexts"].chance == 0.5
    assert {path: path.stat().st_mtime_ns for path in whole.rglob("*")} == before
    with pytest.raises(UsageError, match="not empty"):
        pretrain(small(), whole, quiet=True)


def test_without_documents_that_serve_it_is_refused(small, shards):
    with pytest.raises(DataError, match="none of 60 documents has 9 entities or more") as refused:
        pretrain(small(pretraining__min_entities=9), shards.parent / "none", quiet=True)
    assert len(refused.value.faults) == 2
    assert not (shards.parent / "none").exists()


def test_without_shards_it_says_how_to_give_them(small, tmp_path):
    config = small(pretraining__shards=None)
    with pytest.raises(ConfigError, match=r"--paths\.train FOLDER"):
        pretrain(config, tmp_path / "run", quiet=True)


def first_batch(config):
    setup = PretrainingSetup(config)
    setup.build()
    return next(setup.updater.batches())


def test_an_objective_that_is_left_out_leaves_the_examples_of_the_others(small, tmp_path):
    """Each draws from numbers of its own."""
    first = first_batch(small())
    second = first_batch(
        small(pretraining__objectives__permutation=None, pretraining__objectives__typing=None)
    )
    assert set(second.examples) == {"prediction", "contexts"}
    for name, part in second.examples.items():
        assert torch.equal(part.batch.ids, first.examples[name].batch.ids)


def test_a_loss_that_is_no_number_ends_it_with_the_documents(small, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("jointre.objectives.masked_typing.cross_entropy", spoiled)
        with pytest.raises(TrainingError, match=r"the loss is nan at update 1 .*typing nan.*made-up"):
            pretrain(small(), tmp_path / "run", quiet=True)


def test_forward_passes_in_bf16(small, tmp_path):
    config = small(system__precision="bf16", pretraining__steps=1, pretraining__eval_documents=4)
    done = pretrain(config, tmp_path / "run", quiet=True)
    assert done.status == "complete" and all(each.loss > 0 for each in done.learned.values())


def spoiled(logits, targets):
    from jointre.objectives.base import cross_entropy

    outcome = cross_entropy(logits, targets)
    return type(outcome)(outcome.loss * float("nan"), outcome.correct, outcome.items)


def test_the_command_shows_a_table(small, tmp_path, capsys):
    config = small(
        pretraining__objectives__permutation=None, pretraining__steps=1, pretraining__eval_documents=4
    )
    (tmp_path / "m.cfg").write_text(config.text(), encoding="utf8")
    assert run(["pretrain", str(tmp_path / "m.cfg"), "-o", str(tmp_path / "run")]) == 0
    shown = capsys.readouterr()
    rows = [line.split() for line in shown.out.splitlines() if line]
    assert ["objective", "loss", "accuracy", "chance", "items"] in rows
    assert [row[0] for row in rows[-3:]] == ["typing", "prediction", "contexts"]
    assert "50.00" in rows[-1]
    assert "train: 60 of 60 documents" in shown.err and "--initialize.weights=" in shown.err
    assert RunFolder(tmp_path / "run").record.is_file()


def test_a_run_may_end_before_its_schedule_does(small, whole, tmp_path):
    done = pretrain(small(pretraining__stop_after=4), tmp_path / "run", quiet=True)
    assert done.status == "complete" and record(tmp_path / "run")["updates"] == 4
    assert weights(done.model) == weights(whole / "steps" / "0000004")
    assert json.loads((tmp_path / "run" / "metrics.json").read_text("utf8"))["updates"] == 4


def test_the_losses_of_a_run_can_be_drawn(whole):
    losses = read_losses(whole / "log.jsonl")
    assert list(losses) == ["loss", "typing", "prediction", "contexts", "permutation"]
    assert all(list(points) == [4, 8] for points in losses.values())
    for step in (4, 8):
        total, *terms = (points[step] for points in losses.values())
        assert total == pytest.approx(sum(terms), rel=1e-4)


def test_objectives_may_use_a_share_of_the_documents(small):
    def used(name, **overrides):
        setup = PretrainingSetup(small(pretraining__eval_documents=40, **overrides))
        setup.build()
        batches = [batch.examples for batch in setup.held_out_batches]
        return sum(batch[name].n_examples for batch in batches if name in batch)

    for name in ("contexts", "permutation"):
        assert used(name) == 40
        assert 4 <= used(name, **{f"pretraining__objectives__{name}__share": 0.25}) <= 18


def test_an_update_of_the_paper_has_512_instances():
    config = load_config("enpar/pretrain")
    documents = config["pretraining.batch_size"] * config["pretraining.accumulate"]
    pairs, orders = (config[f"pretraining.objectives.{name}"] for name in ("contexts", "permutation"))
    instances = [
        documents,
        documents,
        documents * pairs["share"] * pairs["per_pair"],
        documents * orders["share"] * orders["instances"],
    ]
    assert [round(number) for number in instances] == [144, 144, 80, 144]
    assert round(sum(instances)) == 512
