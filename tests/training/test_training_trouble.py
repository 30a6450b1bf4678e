"""Full disks, losses that are no numbers, operations that do not repeat: said in plain words, nothing lost."""

import errno
import json
import math
import os
import signal
from types import SimpleNamespace

import pytest
import torch

from jointre.data.batch import collate
from jointre.errors import TrainingError
from jointre.loggers.base import Run
from jointre.loggers.jsonl import JsonlLogger
from jointre.models.joint import JointModel
from jointre.pipeline import load
from jointre.testing import toy_docs
from jointre.testing.toy import toy_encoding
from jointre.training import base_updater
from jointre.training import explain_errors as trouble
from jointre.training.base_updater import clip_
from jointre.training.checkpoint import Timer
from jointre.training.finite_check import FiniteCheck
from jointre.training.run import train
from jointre.training.updater import Updater

resource = pytest.importorskip("resource", reason="limits on the size of files are POSIX")
FILE = "checkpoint.safetensors"


def full(*args, **kwargs):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def stopped(small, tmp_path, monkeypatch):
    """Makes a run that was interrupted after its fourth update."""

    def interrupted(self, *args):
        if self.step == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return gradients(self, *args)

    gradients = Updater._gradients
    with monkeypatch.context() as patch:
        patch.setattr(Updater, "_gradients", interrupted)
        train(small(), tmp_path / "run", quiet=True)
    return tmp_path / "run"


def hidden(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith(".") and path.name != ".lock"]


def test_disk_that_is_full_leaves_the_checkpoint_before(small, stopped, tmp_path, in_child):
    """A limit on the size of files stands for the disk; the writer meets it in the middle of the file."""
    before = (stopped / FILE).read_bytes()
    limit = len(before) - 1000
    told = tmp_path / "told"

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            train(small(), stopped, quiet=True, resume=True)
        except TrainingError as error:
            told.write_text(str(error), encoding="utf8")

    assert in_child(limited) == 0
    text = told.read_text("utf8")
    assert "the checkpoint cannot be written: File too large" in text and str(stopped / FILE) in text
    assert (
        "MB are free there" in text and "the checkpoint of update 4 is intact" in text and "--resume" in text
    )
    assert (stopped / FILE).read_bytes() == before
    assert not hidden(stopped)
    train(small(), stopped, quiet=True, resume=True)
    train(small(), tmp_path / "whole", quiet=True)
    assert (stopped / "model" / "model.safetensors").read_bytes() == (
        tmp_path / "whole" / "model" / "model.safetensors"
    ).read_bytes()


def test_disk_that_is_full_leaves_the_model_before(small, stopped, tmp_path, in_child):
    told, checkpoint = tmp_path / "told", (stopped / FILE).read_bytes()
    model = (stopped / "model" / "model.safetensors").read_bytes()

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(model) // 2, len(model) // 2))
        try:
            train(small(training__checkpoint_every=None), stopped, quiet=True, resume=True)
        except TrainingError as error:
            told.write_text(str(error), encoding="utf8")

    assert in_child(limited) == 0
    assert "the model cannot be written: File too large" in told.read_text("utf8")
    assert (stopped / "model" / "model.safetensors").read_bytes() == model
    assert (stopped / FILE).read_bytes() == checkpoint and not hidden(stopped)
    assert len(list(load(stopped).predict(toy_docs(2)))) == 2
    assert json.loads((stopped / "run.json").read_text("utf8"))["status"] == "failed"


@pytest.mark.parametrize("place", ["start", "log"])
def test_log_that_cannot_be_written(small, tmp_path, monkeypatch, place):
    monkeypatch.setattr(JsonlLogger, place, full)
    with pytest.raises(TrainingError, match=r"cannot be written: No space left on device .*run"):
        train(small(), tmp_path / "run", quiet=True)


def test_log_is_cut_where_the_run_goes_on(tmp_path):
    path = tmp_path / "log.jsonl"
    whole = '{"event": "start"}\n{"step": 3}\n'
    rest = {
        "half a line": '{"step": 3, "lo',
        "later": '{"step": 4}\n{"step": 2}\n',
        "end": '{"event": "finish"}\n',
    }
    for text in rest.values():
        path.write_text(whole + text, encoding="utf8")
        logger = JsonlLogger()
        logger.start(Run(tmp_path, "", 9, resumed=3, seconds=100.0))
        logger.log(6, {"loss": 1.0})
        logger.finish("complete")
        lines = path.read_text("utf8").splitlines(keepends=True)
        assert "".join(lines[:2]) == whole and [json.loads(line).get("step") for line in lines[2:]] == [
            6,
            None,
        ]
        assert json.loads(lines[2])["seconds"] >= 100.0


def spoil(monkeypatch, update, spoiled):
    """Replace the loss terms of update ``update``, counted from 1."""
    forward, calls = JointModel.forward, [0]

    def changed(self, batch):
        terms = dict(forward(self, batch))
        calls[0] += 1
        if calls[0] == update:
            terms["entity"] = spoiled(terms["entity"])
        return terms

    monkeypatch.setattr(JointModel, "forward", changed)


class InfiniteGradient(torch.autograd.Function):
    @staticmethod
    def forward(context, logits):
        return logits.clone()

    @staticmethod
    def backward(context, gradient):
        return gradient * math.inf


def replaced(term, logits):
    return type(term)(logits, term.targets, term.group)


@pytest.mark.parametrize("lag", [0, 3, 100])
@pytest.mark.parametrize(
    ("spoiled", "expected"),
    [
        (
            lambda term: replaced(term, term.logits * math.nan),
            r"the loss is nan at update 9 \(entity nan, rel",
        ),
        (
            lambda term: replaced(term, InfiniteGradient.apply(term.logits)),
            r"the gradients are not finite \(their norm is (inf|nan)\) at update 9, though",
        ),
    ],
)
def test_update_that_is_not_finite_is_named_however_late_it_is_read(
    small, tmp_path, monkeypatch, lag, spoiled, expected
):
    named = []
    update = Updater.update

    def noted(self, work):
        named.append([doc.id for batch in work.batches for doc in batch.docs])
        return update(self, work)

    monkeypatch.setattr(Updater, "update", noted)
    monkeypatch.setattr(base_updater, "FiniteCheck", lambda device: FiniteCheck(device, lag))
    spoil(monkeypatch, 9, spoiled)
    config = small(training__accumulate=1, training__checkpoint_every=0.01 if lag == 0 else 600)
    with pytest.raises(TrainingError, match=expected) as stopped:
        train(config, tmp_path / "run", quiet=True)
    assert f"in the batch of: {named[8][0]}\n" in str(stopped.value)
    assert len(named) == {0: 9, 3: 12, 100: 12}[lag]
    if lag == 0:
        assert "--resume" in str(stopped.value)
        monkeypatch.undo()
        assert train(config, tmp_path / "run", quiet=True, resume=True).status == "complete"


def test_batch_without_ids_and_several_batches_of_an_update():
    docs = toy_docs(3)
    batches = [collate([toy_encoding(doc)], 0) for doc in docs]
    good, bad = torch.tensor(1.0), torch.tensor(math.nan)
    losses = [(b, {"entity": v, "loss": v}) for b, v in zip(batches, [good, bad, good], strict=True)]
    with pytest.raises(TrainingError, match=r"in the batch of: toy-1$"):
        FiniteCheck(torch.device("cpu")).watch(1, losses, None)


@pytest.mark.parametrize("largest", [None, 1e-3, 1.0, 1e3])
def test_clipping_is_torchs_to_the_bit(largest):
    def parameters():
        maker = torch.Generator().manual_seed(1)
        found = [torch.nn.Parameter(torch.zeros(n)) for n in (3, 500, 7)]
        for p in found:
            p.grad = torch.randn(p.shape, generator=maker)
        return [*found, torch.nn.Parameter(torch.zeros(2))]

    ours, theirs = parameters(), parameters()
    norm = clip_(ours, largest)
    assert torch.equal(norm, torch.nn.utils.clip_grad_norm_(theirs, largest or math.inf))
    assert all(torch.equal(a.grad, b.grad) for a, b in zip(ours[:3], theirs[:3], strict=True))
    assert ours[3].grad is None


def test_operation_that_prevents_determinism_is_named(small, tmp_path, monkeypatch):
    def unsteady(term):
        place = torch.zeros(1, dtype=torch.int64)
        return replaced(term, term.logits + torch.zeros(1).put_(place, torch.ones(1)))

    spoil(monkeypatch, 2, unsteady)
    try:
        with pytest.raises(TrainingError, match=r"but put_ is not deterministic on this device"):
            train(small(system__deterministic=True), tmp_path / "run", quiet=True)
    finally:
        torch.use_deterministic_algorithms(False)


def test_a_worker_that_died_is_told_with_a_remedy():
    def died(*args):
        raise RuntimeError("DataLoader worker (pid(s) 7) exited unexpectedly")

    batches = map(died, [1])
    given = SimpleNamespace(
        settings=SimpleNamespace(on_out_of_memory="fail", accumulate=1),
        data=SimpleNamespace(updates=lambda *args: batches),
    )
    with pytest.raises(TrainingError, match=r"fewer training\.workers"):
        next(Updater.batch_groups(given, 0))


def test_cublas_without_its_workspace_is_named():
    error = RuntimeError("Deterministic behavior was enabled ... CUBLAS_WORKSPACE_CONFIG=:4096:8 ...")
    with pytest.raises(TrainingError, match="CuBLAS"), trouble.explained("-"):
        raise error
    with pytest.raises(RuntimeError, match="else"), trouble.explained("-"):
        raise RuntimeError("something else")


def test_a_kernel_that_the_cpu_lacks_is_not_want_of_memory():
    error = RuntimeError("could not create a primitive descriptor for the LSTM forward propagation primitive")
    with (
        pytest.raises(TrainingError, match=r"no kernel[^$]+system\.precision = \"fp32\""),
        trouble.explained("-"),
    ):
        raise error


def test_time_for_a_checkpoint(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("jointre.training.checkpoint.time.monotonic", lambda: clock[0])
    timer = Timer(100.0)
    assert timer.due(end_of_epoch=True) and not timer.due(end_of_epoch=False)
    timer.written(1.0)
    clock[0] = 49.0
    assert not timer.due(end_of_epoch=True)
    clock[0] = 51.0
    assert timer.due(end_of_epoch=True) and not timer.due(end_of_epoch=False)
    clock[0] = 100.0
    assert timer.due(end_of_epoch=False)
    assert not Timer(None).due(end_of_epoch=True)
