"""A training that is killed or interrupted and resumed is the training that was not."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file

from jointre.cli.app import run
from jointre.errors import UsageError
from jointre.loggers.jsonl import JsonlLogger
from jointre.metrics.matching import MatchingMetric
from jointre.optimizers import vocabulary_rows
from jointre.pipeline import load
from jointre.serialize import load_model
from jointre.testing import toy_docs
from jointre.training import checkpoint as checkpoints
from jointre.training import finish as finishing
from jointre.training import run as running
from jointre.training.interrupts import Interrupts
from jointre.training.progress import TrainingProgress
from jointre.training.recorder import Recorder
from jointre.training.resume import config_faults
from jointre.training.run import train
from jointre.training.run_folder import RunFolder
from jointre.training.updater import Updater

FILE = "checkpoint.safetensors"


@pytest.fixture(scope="module")
def undisturbed(best, tmp_path_factory):
    """The run that all disturbed ones are compared with."""
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    train(best(), folder, quiet=True)
    return folder


def weights(folder):
    return (folder / "model" / "model.safetensors").read_bytes()


def log_of(folder):
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text("utf8").splitlines()]
    return [{k: v for k, v in line.items() if k not in ("seconds", "documents_per_second")} for line in lines]


def record(folder):
    return json.loads((folder / "run.json").read_text("utf8"))


def same_run(left, right):
    """Weights, scores and log are the same; no trace of trouble is left over."""
    assert weights(left) == weights(right)
    assert (left / "metrics.json").read_bytes() == (right / "metrics.json").read_bytes()
    assert log_of(left) == log_of(right)
    assert sorted(path.name for path in left.iterdir()) == sorted(path.name for path in right.iterdir())


def at_call(owner, name, number, action, instead=None):
    """Replace a function by itself with ``action`` before its call ``number``, counted from 1."""
    original, calls = getattr(owner, name), [0]

    def counted(*args, **kwargs):
        calls[0] += 1
        if calls[0] == number:
            action()
        return original(*args, **kwargs)

    setattr(owner, name, counted)


def after_call(owner, name, action, number=1):
    """Replace a function by itself with ``action`` after its call ``number``, counted from 1."""
    original, calls = getattr(owner, name), [0]

    def counted(*args, **kwargs):
        result = original(*args, **kwargs)
        calls[0] += 1
        if calls[0] == number:
            action()
        return result

    setattr(owner, name, counted)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def swap_halfway(part, folder):
    """The moment between the two renames of a model that replaces another."""
    if folder.exists():
        aside = folder.parent / f".{folder.name}-old-x"
        aside.mkdir()
        folder.rename(aside / "model")
        die()
    part.rename(folder)


def half_a_file(tensors, path, metadata):
    path.with_name(".tmpOfSafetensors").write_bytes(b"half a checkpoint")
    if metadata["facts"].find('"step": 9') > 0:
        die()
    return checkpoints_save(tensors, path, metadata)


checkpoints_save = checkpoints.write_tensors
MOMENTS = {
    "in an update": lambda: at_call(Updater, "_gradients", 10, die),
    "before a checkpoint takes its place": lambda: at_call(os, "replace", 9, die),
    "while a checkpoint is written": lambda: setattr(checkpoints, "write_tensors", half_a_file),
    "while dev is scored": lambda: at_call(MatchingMetric, "update", 11, die),
    "before a model is saved": lambda: at_call(finishing, "save_model", 2, die),
    "between the renames of a model": lambda: setattr(
        sys.modules["jointre.serialize"], "_swap", swap_halfway
    ),
    "while the run is finished": lambda: at_call(running, "finish", 1, die),
    "before the first update": lambda: at_call(Updater, "batch_groups", 1, die),
    "before the record of the run is written": lambda: at_call(os, "replace", 1, die),
    "while an earlier run is cleared away": lambda: at_call(RunFolder, "clear", 1, die),
    "between the last update and its line in the log": lambda: at_call(JsonlLogger, "log", 4, die),
    "between the model and its scores": lambda: at_call(finishing, "write_json", 2, die),
    "before the last line of the log": lambda: at_call(JsonlLogger, "finish", 1, die),
    "between the last line of the log and the record": lambda: after_call(JsonlLogger, "finish", die),
    "between the record and the end of the checkpoint": lambda: after_call(Recorder, "write_record", die, 3),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_and_resumed_is_undisturbed(best, undisturbed, tmp_path, in_child, moment):
    folder = tmp_path / "killed"

    def killed():
        MOMENTS[moment]()
        train(best(), folder, quiet=True)

    assert in_child(killed) == -signal.SIGKILL
    assert (
        not (folder / "run.json").exists() or record(folder)["status"] == "running" or "checkpoint" in moment
    )
    begun = (folder / FILE).exists() and record(folder)["status"] == "running"
    workers = int(moment == "in an update")
    train(best(training__workers=workers), folder, quiet=True, resume=True)
    same_run(folder, undisturbed)
    assert len(record(folder)["parts"]) == 1 + begun


def test_rows_of_a_vocabulary_resume_exactly(best, tmp_path, in_child, monkeypatch):
    monkeypatch.setattr(vocabulary_rows, "LARGE", 1)
    whole, folder = tmp_path / "whole", tmp_path / "killed"
    train(best(), whole, quiet=True)

    def killed():
        MOMENTS["in an update"]()
        train(best(), folder, quiet=True)

    assert in_child(killed) == -signal.SIGKILL
    assert any(name.endswith(".rows") for name in load_file(folder / FILE))
    train(best(), folder, quiet=True, resume=True)
    same_run(folder, whole)


def kill_soon(folder, chance):
    """Wait for a new checkpoint, then a little, then kill."""
    before = (folder / FILE).stat().st_mtime_ns if (folder / FILE).exists() else 0

    def meanwhile(child):
        for _ in range(120_000):
            with suppress(FileNotFoundError):
                if (folder / FILE).stat().st_mtime_ns > before:
                    break
            time.sleep(0.001)
        time.sleep(chance.uniform(0.0, 0.15))
        os.kill(child, signal.SIGKILL)

    return meanwhile


def test_killed_again_and_again_at_random_moments(best, undisturbed, tmp_path, in_child):
    folder, chance = tmp_path / "killed", random.Random(7)
    codes = []
    for number in range(4):

        def work(resume=number > 0):
            train(best(), folder, quiet=True, resume=resume)

        codes.append(in_child(work, kill_soon(folder, chance)))
        if record(folder)["status"] == "complete":
            break
    assert codes.count(-signal.SIGKILL) >= 2
    train(best(), folder, quiet=True, resume=True)
    same_run(folder, undisturbed)


def test_the_command_killed_and_resumed(best, undisturbed, tmp_path):
    folder = tmp_path / "killed"
    (tmp_path / "m.cfg").write_text(best().text(), encoding="utf8")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "jointre", "train", str(tmp_path / "m.cfg"), "-o", str(folder)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        kill_soon(folder, random.Random(1))(process.pid)
    assert process.returncode == -signal.SIGKILL
    done = subprocess.run([*command, "--resume"], env=environment, capture_output=True, encoding="utf8")
    assert done.returncode == 0 and "resumed after update" in done.stderr, done.stderr
    same_run(folder, undisturbed)


@pytest.mark.parametrize(
    ("number", "place"),
    [(signal.SIGINT, "update"), (signal.SIGTERM, "evaluation"), (signal.SIGHUP, "update")],
)
def test_interrupted_training_leaves_a_model_and_continues_exactly(
    best, undisturbed, tmp_path, monkeypatch, number, place, capsys
):
    config, folder = best(training__checkpoint_every=600), tmp_path / "stopped"
    with monkeypatch.context() as patch:
        owner, name, call = {
            "update": (Updater, "_gradients", 10),
            "evaluation": (MatchingMetric, "update", 11),
        }[place]
        patch.setattr(owner, name, getattr(owner, name))
        at_call(owner, name, call, lambda: os.kill(os.getpid(), number))
        before = signal.getsignal(number)
        done = train(config, folder, quiet=True)
        assert signal.getsignal(number) is before
    assert done.status == record(folder)["status"] == "interrupted"
    assert len(list(load(folder).predict(toy_docs(3)))) == 3
    updates = record(folder)["updates"]
    done = train(config, folder, console=Console(stderr=True, width=200), resume=True)
    assert done.status == "complete"
    assert f"resumed after update {updates} of" in capsys.readouterr().err
    same_run(folder, undisturbed)
    parts = record(folder)["parts"]
    assert [part["from_update"] for part in parts] == [0, updates]
    assert record(folder)["seconds"] == pytest.approx(done.seconds, abs=0.2)


def test_sigusr1_saves_a_checkpoint_and_goes_on(best, undisturbed, tmp_path, monkeypatch, capsys):
    folder, seen = tmp_path / "run", []
    with monkeypatch.context() as patch:
        patch.setattr(Updater, "_gradients", Updater._gradients)
        at_call(Updater, "_gradients", 9, lambda: os.kill(os.getpid(), signal.SIGUSR1))
        at_call(Updater, "_gradients", 11, lambda: seen.append((folder / FILE).is_file()))
        done = train(best(training__checkpoint_every=600), folder, console=Console(stderr=True, width=200))
    assert done.status == "complete" and seen == [True]
    assert capsys.readouterr().err.count("saving a checkpoint, as asked") == 1
    same_run(folder, undisturbed)


def test_handler_of_another_for_sigusr1_stays():
    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    mine = signal.getsignal(signal.SIGUSR1)
    try:
        with Interrupts():
            assert signal.getsignal(signal.SIGUSR1) is mine
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_checkpoint_is_saved_though_nobody_can_read_that(best, undisturbed, tmp_path, monkeypatch):
    """Ctrl-C has ended ``tee`` in the pipe before, or the terminal is gone."""

    class Closed(TrainingProgress):
        def say(self, text):
            if text.startswith("stopping"):
                raise BrokenPipeError

    with monkeypatch.context() as patch:
        patch.setattr(Updater, "_gradients", Updater._gradients)
        at_call(Updater, "_gradients", 10, lambda: os.kill(os.getpid(), signal.SIGINT))
        config = best(training__checkpoint_every=600)
        assert train(config, tmp_path / "run", quiet=True, progress=Closed).status == "interrupted"
    train(config, tmp_path / "run", quiet=True, resume=True)
    same_run(tmp_path / "run", undisturbed)


def test_second_ctrl_c_ends_at_once_and_the_checkpoint_stays(small, tmp_path, monkeypatch):
    def twice():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Updater, "_gradients", Updater._gradients)
    at_call(Updater, "_gradients", 5, twice)
    with pytest.raises(KeyboardInterrupt):
        train(small(), tmp_path / "run", quiet=True)
    assert (tmp_path / "run" / FILE).exists()
    assert train(small(), tmp_path / "run", quiet=True, resume=True).status == "complete"


@pytest.fixture
def stopped(small, tmp_path, monkeypatch):
    """A run that was interrupted after its fourth update."""
    with monkeypatch.context() as patch:
        patch.setattr(Updater, "_gradients", Updater._gradients)
        at_call(Updater, "_gradients", 4, lambda: os.kill(os.getpid(), signal.SIGINT))
        train(small(), tmp_path / "run", quiet=True)
    return tmp_path / "run"


def test_all_that_would_make_another_training_is_refused(small, stopped):
    other = small(training__epochs=9, training__optimizer__lr=0.5, training__workers=1)
    with pytest.raises(UsageError) as refused:
        train(other, stopped, quiet=True, resume=True)
    text = str(refused.value)
    assert len(refused.value.faults) == 2
    assert "training.epochs: was 4, is 9" in text and "training.optimizer.lr: was 0.005, is 0.5" in text


def test_other_documents_are_refused_and_moved_ones_are_not(small, stopped, toy_corpus, tmp_path):
    lines = toy_corpus.read_text("utf8").splitlines(keepends=True)
    (tmp_path / "moved.jsonl").write_text("".join(lines), encoding="utf8")
    (tmp_path / "less.jsonl").write_text("".join(lines[1:]), encoding="utf8")
    with pytest.raises(UsageError, match=r"corpora.train: .*12 documents, now 11 documents"):
        train(small(paths__train=str(tmp_path / "less.jsonl")), stopped, quiet=True, resume=True)
    moved = small(paths__train=str(tmp_path / "moved.jsonl"))
    assert train(moved, stopped, quiet=True, resume=True).status == "complete"


def copied(folder, target):
    shutil.copytree(folder, target)
    return target


def test_the_encoder_may_have_another_path_if_its_files_are_the_same(
    small, stopped, encoder_folder, tmp_path, monkeypatch
):
    """A copy elsewhere, a link, and a relative path; a README is not compared."""
    moved = copied(encoder_folder, tmp_path / "moved")
    (moved / "README.md").write_text("moved", encoding="utf8")
    (tmp_path / "link").symlink_to(moved)
    monkeypatch.chdir(tmp_path)
    folder = RunFolder(stopped)
    for name in (f"{encoder_folder}/", str(moved), "link", "./moved", "../" + tmp_path.name + "/moved"):
        assert config_faults(folder, record(stopped), small(model__encoder__name=name)) == []
    done = train(small(model__encoder__name="./moved"), stopped, quiet=True, resume=True)
    assert done.status == "complete"
    train(small(), tmp_path / "undisturbed", quiet=True)
    same_run(stopped, tmp_path / "undisturbed")
    assert train(small(model__encoder__name="link"), stopped, quiet=True, resume=True).status == "complete"


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json", "vocab.txt", "model.safetensors"])
def test_another_encoder_is_refused_under_any_path(small, stopped, encoder_folder, tmp_path, file):
    other = copied(encoder_folder, tmp_path / "other")
    with (other / file).open("ab") as changed:
        changed.write(b" ")
    with pytest.raises(UsageError) as refused:
        train(small(model__encoder__name=str(other)), stopped, quiet=True, resume=True)
    [fault] = refused.value.faults
    assert (fault.where, fault.what) == ("model.encoder.name", f'was "{encoder_folder}", is "{other}"')


def test_an_encoder_whose_files_have_changed_is_refused(small, encoder_folder, tmp_path, monkeypatch):
    mine = small(model__encoder__name=str(copied(encoder_folder, tmp_path / "mine")))
    with monkeypatch.context() as patch:
        patch.setattr(Updater, "_gradients", Updater._gradients)
        at_call(Updater, "_gradients", 4, lambda: os.kill(os.getpid(), signal.SIGINT))
        train(mine, tmp_path / "run", quiet=True)
    with (tmp_path / "mine" / "config.json").open("a") as changed:
        changed.write(" ")
    with pytest.raises(UsageError) as refused:
        train(mine, tmp_path / "run", quiet=True, resume=True)
    [fault] = refused.value.faults
    assert (fault.where, fault.what) == (
        "model.encoder.name",
        f"the files of {tmp_path / 'mine'} are not the same",
    )


def test_a_run_without_hashes_of_its_encoder_is_compared_with_the_old_path(
    small, stopped, encoder_folder, tmp_path
):
    """An earlier jointre began it; where the old path leads nowhere, another one is refused."""
    facts = record(stopped)
    del facts["pretrained"]
    (stopped / "run.json").write_text(json.dumps(facts), encoding="utf8")
    moved = small(model__encoder__name=str(copied(encoder_folder, tmp_path / "moved")))
    assert config_faults(RunFolder(stopped), facts, moved) == []
    text = (stopped / "config.cfg").read_text("utf8")
    (stopped / "config.cfg").write_text(text.replace(str(encoder_folder), "/nowhere/bert"), encoding="utf8")
    assert [fault.where for fault in config_faults(RunFolder(stopped), facts, moved)] == [
        "model.encoder.name"
    ]


def test_altered_checkpoint_is_refused_with_all_that_is_wrong(small, stopped):
    data = bytearray((stopped / FILE).read_bytes())
    data[-5] ^= 1
    data[len(data) // 2] ^= 1
    (stopped / FILE).write_bytes(data)
    with pytest.raises(UsageError, match="is not what was written") as refused:
        train(small(), stopped, quiet=True, resume=True)
    assert len(refused.value.faults) == 2
    (stopped / FILE).write_bytes(data[: len(data) // 2])
    with pytest.raises(UsageError, match="cannot be read"):
        train(small(), stopped, quiet=True, resume=True)


def test_resume_begins_where_nothing_was_saved_yet(small, tmp_path, capsys):
    """One command line for every attempt of a job: no folder, an empty one, a run without a checkpoint."""
    begun = tmp_path / "begun"
    begun.mkdir()
    (begun / "run.json").write_text('{"status": "running"}', encoding="utf8")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / ".run.json.0123456789abcdef.part").touch()
    for folder in (tmp_path / "none", tmp_path / "empty", begun):
        assert (
            train(
                small(training__epochs=1), folder, console=Console(stderr=True, width=200), resume=True
            ).status
            == "complete"
        )
        assert f"nothing was saved yet in {folder}: the run begins" in capsys.readouterr().err
        assert not [path for path in folder.iterdir() if path.name.endswith(".part")]


def test_resume_refuses_what_it_would_destroy_or_cannot_read(small, tmp_path):
    contents = {
        "foreign": ("thesis.tex", "years of work"),
        "damaged": ("run.json", "{"),
        "model": ("run.json", '{"status": "interrupted"}'),
    }
    for name, (file, text) in contents.items():
        folder = tmp_path / name
        (folder / "model").mkdir(parents=True)
        (folder / "model" / "meta.json").write_text("{}", encoding="utf8")
        (folder / file).write_text(text, encoding="utf8")
        with pytest.raises(UsageError, match="--force"):
            train(small(), folder, quiet=True, resume=True)
        assert (folder / file).read_text("utf8") == text and (folder / "model" / "meta.json").exists()


def test_used_folder_with_a_checkpoint_names_resume(small, stopped):
    with pytest.raises(UsageError, match="--resume"):
        train(small(), stopped, quiet=True)


def test_last_line_of_the_log_is_written_where_it_is_missing(small, tmp_path, capsys):
    folder = tmp_path / "run"
    train(small(training__epochs=1), folder, quiet=True)
    log = folder / "log.jsonl"
    whole = log.read_text("utf8")
    for rest in (1, 2):  # as a loss of power may leave it
        lines = whole.splitlines(keepends=True)[:-1]
        log.write_text("".join(lines) + '{"seconds": 3, "ev' * (rest - 1), encoding="utf8")
        train(small(training__epochs=1), folder, quiet=True, resume=True)
        assert log_of(folder)[-1] == {"event": "finish", "status": "complete"}
        assert len(log_of(folder)) == len(whole.splitlines())
    log.unlink()
    train(small(training__epochs=1), folder, console=Console(stderr=True, width=200), resume=True)
    assert "log.jsonl is gone, and what it held up to update 6 is lost" in capsys.readouterr().err
    assert not log.exists()


def test_ended_run_is_left_as_it_is(small, tmp_path):
    folder = tmp_path / "run"
    train(small(), folder, quiet=True)
    assert not (folder / FILE).exists()
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    done = train(small(), folder, quiet=True, resume=True)
    assert done.status == "complete" and done.scores
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    with pytest.raises(UsageError, match=r"system\.seed: was 0, is 1"):
        train(small(system__seed=1), folder, quiet=True, resume=True)


def test_resume_and_force_exclude_each_other(capsys):
    assert run(["train", "quickstart", "--resume", "--force"]) == 2
    assert "keep one of the two" in capsys.readouterr().err


def test_no_checkpoints_if_none_are_wanted(small, tmp_path, monkeypatch):
    monkeypatch.setattr(Updater, "_gradients", Updater._gradients)
    at_call(Updater, "_gradients", 4, lambda: os.kill(os.getpid(), signal.SIGINT))
    done = train(small(training__checkpoint_every=None), tmp_path / "run", quiet=True)
    assert done.status == "interrupted" and not (tmp_path / "run" / FILE).exists()
    assert load_model(done.model, torch.device("cpu"))[3]["scores"] == {}


def test_run_is_recorded(small, tmp_path):
    train(small(), tmp_path / "run", quiet=True)
    facts = record(tmp_path / "run")
    assert facts["config"] == "spert/conll04" and facts["seed"] == 0
    assert {"key": "training.epochs", "value": 4, "from": "--training.epochs"} in facts["changed"]
    assert facts["data"]["train"]["documents"] == 12 and len(facts["data"]["dev"]["sha256"]) == 64
    assert sorted(facts["pretrained"]) == ["model.encoder.name", "tokenizer.name"]
    assert {len(value) for value in facts["pretrained"].values()} == {64}
    assert facts["libraries"]["torch"] == torch.__version__.split("+")[0] or facts["libraries"]["torch"]
    assert facts["parts"][0]["machine"]["device"] == "cpu" and facts["parts"][0]["to_update"] == 24
    assert (facts["status"], facts["updates"]) == ("complete", 24) and facts["seconds"] > 0
