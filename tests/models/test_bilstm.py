"""The BiLSTM view against torch's packed bidirectional LSTM."""

import pytest
import torch
from torch import nn

from jointre.data.stages import Encoded, EncoderDims, ViewDims
from jointre.errors import BuildError
from jointre.testing import toy_batch
from jointre.testing.asserts import built
from jointre.testing.sequence import LAYERS, toy_encoded
from jointre.testing.toy import STATES
from jointre.views import BiLSTMViews, IdentityViews, TaskProjection
from jointre.views.base import ViewMaker

DIMS = EncoderDims(STATES, LAYERS)


def twin(part):
    """torch's bidirectional LSTM with the same weights."""
    inputs = part.rightward[0].input_size
    other = nn.LSTM(inputs, part.hidden, part.layers, batch_first=True, bidirectional=True)
    for layer in range(part.layers):
        for direction, suffix in ((part.rightward[layer], ""), (part.leftward[layer], "_reverse")):
            for name, value in direction.named_parameters():
                getattr(other, name.replace("_l0", f"_l{layer}{suffix}")).data = value.data
    return other


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("level", ["piece", "word"])
def test_it_is_torchs_lstm_over_packed_sequences(layers, level):
    """States and gradients; the summary of words is the state of a unit before the first."""
    part, widths = built(BiLSTMViews(IdentityViews(level), hidden=3, layers=layers), lambda m: m.build(DIMS))
    batch = toy_batch(gold=False)
    encoded = toy_encoded(batch)
    views = part(encoded, batch)
    below, view = views["encoder"], views["bilstm"]
    lengths, sequence = below.mask.sum(1), below.states
    if level == "word":
        lengths, sequence = lengths + 1, torch.cat([below.summary.unsqueeze(1), sequence], dim=1)
    packed = nn.utils.rnn.pack_padded_sequence(sequence, lengths, batch_first=True, enforce_sorted=False)
    expected, _ = nn.utils.rnn.pad_packed_sequence(twin(part)(packed)[0], batch_first=True)
    found = view.states if level == "piece" else torch.cat([view.summary.unsqueeze(1), view.states], dim=1)
    torch.testing.assert_close(found, expected)
    leaf = encoded.layers[-1]
    grads = (torch.autograd.grad(states.sin().sum(), leaf, retain_graph=True) for states in (found, expected))
    torch.testing.assert_close(*grads)
    assert widths["bilstm"] == ViewDims(6, 6 if level == "word" else None)


def test_the_other_views_stay():
    part, widths = built(BiLSTMViews(TaskProjection(["entity"]), "deep", 3), lambda m: m.build(DIMS))
    batch = toy_batch(gold=False)
    encoded = toy_encoded(batch)
    views, before = part(encoded, batch), part.views(encoded, batch)
    assert list(widths) == list(views) == ["encoder", "entity", "deep"]
    assert all(torch.equal(views[name].states, view.states) for name, view in before.items())


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_mixed_precision(precision):
    part, _ = built(BiLSTMViews(hidden=3), lambda m: m.build(DIMS))
    batch = toy_batch(gold=False)
    exact = part(toy_encoded(batch), batch)["bilstm"].states
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == torch.bfloat16):
        states = part(toy_encoded(batch), batch)["bilstm"].states
        states.float().sum().backward()
    torch.testing.assert_close(states.float(), exact, rtol=0.05, atol=0.05)


def test_fp32_where_the_cpu_has_no_bf16_kernels(monkeypatch):
    """States in bf16, as an encoder hands them on, are read as they are; gradients keep their type."""
    monkeypatch.setattr("jointre.bf16.has_no_kernels", lambda: True)
    part, _ = built(BiLSTMViews(hidden=3, layers=2), lambda m: m.build(DIMS))
    batch = toy_batch(gold=False)
    rough = Encoded(tuple(layer.detach().bfloat16().requires_grad_() for layer in toy_encoded(batch).layers))
    exact = part(Encoded(tuple(layer.float() for layer in rough.layers)), batch)["bilstm"].states
    with torch.autocast("cpu", torch.bfloat16):
        states = part(rough, batch)["bilstm"].states
    assert torch.equal(states, exact)
    states.sum().backward()
    assert rough.layers[-1].grad.dtype == torch.bfloat16 and rough.layers[-1].grad.any()


def test_no_step_waits_for_a_gpu():
    """On the meta device whatever reads a value raises."""
    meta = torch.device("meta")
    batch = toy_batch(gold=False)
    encoded = toy_encoded(batch)
    there = type(encoded)(tuple(torch.empty_like(layer, device=meta) for layer in encoded.layers))
    for level in ("piece", "word"):
        with meta:
            part = BiLSTMViews(IdentityViews(level), hidden=3)
            part.build(DIMS)
        assert part.train()(there, batch.to(meta))["bilstm"].states.device == meta


class Narrow(ViewMaker):
    """Sentence vectors that are no unit of the sequence."""

    def build(self, dims):
        return {"encoder": ViewDims(dims.hidden, 3)}

    def forward(self, encoded, batch):
        raise NotImplementedError


def test_what_does_not_fit_is_refused_all_at_once():
    with pytest.raises(BuildError, match="a view of that name exists already"):
        BiLSTMViews(TaskProjection(["entity"]), "entity").build(DIMS)
    with pytest.raises(BuildError, match="not as wide as the states"):
        BiLSTMViews(Narrow()).build(DIMS)
    for options in ({"hidden": 0}, {"layers": 0}, {"name": "encoder"}):
        with pytest.raises(ValueError, match=r"must be 1 to|must not be"):
            BiLSTMViews(**options)
