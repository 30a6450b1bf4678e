"""Batches that are too large for the memory: computed in parts, with the gradient of the whole."""

import json
import shutil

import pytest
import torch

from jointre.errors import TrainingError
from jointre.models.joint import JointModel
from jointre.training.batch_splitting import row_shares
from jointre.training.checkpoint import Timer
from jointre.training.epoch_stats import EpochStats
from jointre.training.events import Report, Step
from jointre.training.explain_errors import out_of_memory
from jointre.training.interrupts import Interrupts
from jointre.training.loop import training_events
from jointre.training.run import train
from jointre.training.setup import Setup
from jointre.training.updater import Updater


@pytest.fixture
def steady(config, encoder_folder, tmp_path):
    """A config without dropout, whose gradients so can be compared; 12 documents in 3 batches."""
    folder = shutil.copytree(encoder_folder, tmp_path / "steady")
    facts = json.loads((folder / "config.json").read_text("utf8"))
    facts |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(facts), encoding="utf8")
    heads = {f"model__{head}__dropout": 0.0 for head in ("entity_head", "relation_head")}
    options = {"model__encoder__name": str(folder), "training__batch_size": 4, **heads}
    return lambda **overrides: config(**{**options, "paths__dev": None, **overrides})


def small_memory(monkeypatch, largest, error=torch.OutOfMemoryError):
    """A memory that holds so many documents at once where gradients are wanted."""
    forward = JointModel.forward

    def limited(self, batch):
        if len(batch) > largest and torch.is_grad_enabled():
            raise error("CUDA out of memory. Tried to allocate 2.00 GiB.\nMore text.")
        return forward(self, batch)

    monkeypatch.setattr(JointModel, "forward", limited)


def gradients(config, monkeypatch):
    """The gradients of the first two updates, and the losses of the first epoch."""
    setup = Setup(config)
    setup.build()
    seen, means = [], {}
    step = Updater.end

    def noted(self, losses):
        seen.append({n: p.grad.clone() for n, p in self.model.named_parameters() if p.grad is not None})
        return step(self, losses)

    with monkeypatch.context() as patch:
        patch.setattr(Updater, "end", noted)
        for event in training_events(setup, Interrupts(), Timer(None), EpochStats(0)):
            if isinstance(event, Report):
                break
            if isinstance(event, Step):
                means = event.stats.means()
    return seen, means, setup.updater.parts


SUMS = {f"training__losses__{term}__reduce_rows": "sum" for term in ("entity", "relation")}
SMALL = {f"training__loss_weights__{term}__value": 0.01 for term in ("entity", "relation")}


@pytest.mark.parametrize("options", [{}, SUMS | SMALL])
@pytest.mark.parametrize("accumulate", [1, 2])
@pytest.mark.parametrize(("largest", "parts"), [(2, 2), (1, 4)])
def test_gradient_of_the_parts_is_that_of_the_whole(steady, monkeypatch, largest, parts, accumulate, options):
    config = steady(training__on_out_of_memory="halve", training__accumulate=accumulate, **options)
    whole, means, one = gradients(config, monkeypatch)
    small_memory(monkeypatch, largest)
    halved, halved_means, number = gradients(config, monkeypatch)
    assert (one, number) == (1, parts)
    assert len(whole) == len(halved) == (3 if accumulate == 1 else 2)
    for before, after in zip(whole[:1], halved[:1], strict=True):
        for name, gradient in before.items():
            torch.testing.assert_close(after[name], gradient, rtol=1e-4, atol=1e-6, msg=name)
    assert halved_means == pytest.approx(means, rel=1e-3)


def test_shares_of_the_parts_are_those_of_their_rows(steady):
    setup = Setup(steady())
    setup.build()
    parts = setup.updater.data.parts(0, 0, 3)
    assert [len(part) for part in parts] == [2, 2]
    before = torch.get_rng_state()
    shares = row_shares(parts, setup.model)
    assert torch.equal(torch.get_rng_state(), before)
    rows = [{name: len(term.targets) for name, term in setup.model(part).items()} for part in parts]
    for name in ("entity", "relation"):
        assert [share[name] for share in shares] == [row[name] / sum(r[name] for r in rows) for row in rows]
    assert rows[0] != rows[1]


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, MemoryError])
def test_training_goes_on_in_parts_and_says_so(steady, tmp_path, monkeypatch, capsys, error):
    small_memory(monkeypatch, 1, error)
    done = train(steady(training__on_out_of_memory="halve"), tmp_path / "run")
    told = capsys.readouterr().err
    assert done.status == "complete"
    assert "computed in 2 parts" in told and "computed in 4 parts" in told and told.count("in 4 parts") == 1
    assert json.loads((tmp_path / "run" / "run.json").read_text("utf8"))["batch_parts"] == 4
    log = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text("utf8").splitlines()]
    assert [line["batch_parts"] for line in log if "batch_parts" in line] == [2, 4]


def test_without_the_option_the_error_says_what_to_set(steady, tmp_path, monkeypatch):
    small_memory(monkeypatch, 2)
    with pytest.raises(TrainingError, match=r'out of memory: .*2.00 GiB\.\n.*on_out_of_memory = "halve"'):
        train(steady(), tmp_path / "run", quiet=True)


def test_single_document_that_does_not_fit_is_named(steady, tmp_path, monkeypatch):
    small_memory(monkeypatch, 0)
    with pytest.raises(TrainingError, match=r"even with one document at a time: .*toy-"):
        train(steady(training__on_out_of_memory="halve"), tmp_path / "run", quiet=True)


def test_what_counts_as_out_of_memory():
    assert out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert out_of_memory(MemoryError())
    assert out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate"))
    assert out_of_memory(RuntimeError("could not create a primitive"))
    assert not out_of_memory(RuntimeError("could not create a primitive descriptor for the LSTM"))
    assert not out_of_memory(RuntimeError("shape mismatch"))
