"""SINET's cross-task attention against its definition, by hand and in every switch."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from jointre.context_encoders import CrossTaskAttention
from jointre.data.stages import View, ViewDims
from jointre.errors import BuildError
from jointre.nn.single_query import SingleQueryAttention
from jointre.testing import toy_batch, toy_docs

WIDTH = 8
DIMS = {name: ViewDims(WIDTH) for name in ("encoder", "entity", "relation")}


def plain_attention(part: SingleQueryAttention, own: Tensor, states: Tensor) -> Tensor:
    """Steps 1 to 5 as written, for one sentence: every key and value is projected. own [D], states [L, D]."""
    sequence = torch.cat([states, own.unsqueeze(0)])
    heads = []
    for q, k, v in zip(
        *(m.weight.chunk(part.heads) for m in (part.query, part.key, part.value)), strict=True
    ):
        scores = (sequence @ k.T) @ (q @ own) / len(q) ** 0.5
        heads.append(scores.softmax(0) @ (sequence @ v.T))
    return torch.cat(heads)


def plain_layer(layer: nn.Module, own: Tensor, states: Tensor) -> Tensor:
    """Steps 1 to 7 for one sentence."""
    return layer.LayerNorm(layer.output(plain_attention(layer.attention, own, states)) + own)


def plain(
    part: CrossTaskAttention, entity: Tensor, relation: Tensor, last: int, words: Tensor
) -> tuple[Tensor, ...]:
    """c^e and c^r of one sentence from its states [T, D], by the definition (SINET, Eqs. 2-4)."""
    agent = {
        "cls": lambda u: u[0],
        "max": lambda u: u[words[0, 0] : words[-1, 1]].max(0).values,
        "mean": lambda u: u[words[0, 0] : words[-1, 1]].mean(0),
    }[part.agent]
    e, r = agent(entity), agent(relation)
    keys = slice(1, last) if part.include_sep else slice(int(words[0, 0]), int(words[-1, 1]))
    for layer in part.layer:
        old_e, old_r = e, r
        if part.directions in ("both", "entity"):
            e = plain_layer(layer["shared" if part.share else "entity"], old_e, relation[keys])
        if part.directions in ("both", "relation"):
            r = plain_layer(layer["shared" if part.share else "relation"], old_r, entity[keys])
    return e, r


def random_views(batch, dtype=torch.float64):
    torch.manual_seed(3)
    shape = (*batch.ids.shape, WIDTH)
    return {
        name: View(torch.randn(shape, dtype=dtype, requires_grad=True), batch.mask, "piece") for name in DIMS
    }


def built(**arguments) -> CrossTaskAttention:
    torch.manual_seed(1)
    part = CrossTaskAttention(**arguments)
    part.build(DIMS)
    for parameter in part.parameters():
        nn.init.normal_(parameter, std=0.5)
    return part.double().eval()


def test_attention_by_hand():
    """Width 2, one head, identity maps."""
    part = SingleQueryAttention(2, 1, 0.0)
    for linear in (part.query, part.key, part.value):
        nn.init.eye_(linear.weight)
    own, states, mask = (
        torch.tensor([[1.0, 0.0]]),
        torch.tensor([[[0.0, 1.0]]]),
        torch.ones(1, 1, dtype=torch.bool),
    )
    weights = part.weights(own, states, mask)[0, 0]
    assert weights.tolist() == pytest.approx([0.66976, 0.33024], abs=1e-5)
    attended = part(own, states, mask)
    assert attended[0].tolist() == pytest.approx([0.66976, 0.33024], abs=1e-5)
    normalised = nn.functional.layer_norm(attended + own, (2,))
    assert normalised[0].tolist() == pytest.approx([0.99999, -0.99999], abs=1e-5)


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"heads": 1},
        {"heads": 8},
        {"layers": 3},
        {"agent": "max"},
        {"agent": "mean", "layers": 2},
        {"layer_norm": False},
        {"output_projection": False},
        {"share": False, "layers": 2},
        {"include_sep": False},
        {"directions": "entity"},
        {"directions": "relation", "share": False},
        {"directions": "none"},
    ],
    ids=str,
)
def test_equal_to_the_definition_forward_and_gradient(switches):
    part, batch = built(**switches), toy_batch()
    views = random_views(batch)
    found = part(views, batch)
    for row in range(len(batch)):
        last, words = int(batch.mask[row].sum()), batch.word_pieces[row, : batch.n_words[row]]
        e, r = plain(part, views["entity"].states[row], views["relation"].states[row], last, words)
        leaves = [views["entity"].states, views["relation"].states, *part.parameters()]
        for name, expected in (("entity", e), ("relation", r)):
            ours = found[name].summary[row]
            assert torch.allclose(ours, expected, atol=1e-10)
            ours_grad, expected_grad = (
                torch.autograd.grad(x.sin().sum(), leaves, retain_graph=True, allow_unused=True)
                for x in (ours, expected)
            )
            for one, other in zip(ours_grad, expected_grad, strict=True):
                zero = torch.zeros(())
                assert torch.allclose(
                    zero if one is None else one, zero if other is None else other, atol=1e-9
                )


def test_the_raw_view_keeps_its_classification_token():
    part, batch = built(), toy_batch()
    views = random_views(batch)
    assert torch.equal(part(views, batch)["encoder"].summary, views["encoder"].states[:, 0])


def spoilt(views, batch):
    """The same views with other values where there is padding."""
    hole = (~batch.mask).unsqueeze(2)
    return {name: replace(view, states=torch.where(hole, 7.0, view.states)) for name, view in views.items()}


@pytest.mark.parametrize("mask_padding", [True, False])
def test_padding_is_attended_only_as_published(mask_padding):
    part, batch = built(mask_padding=mask_padding), toy_batch(toy_docs()[:3])
    assert not batch.mask.all()
    views = random_views(batch)
    one, other = (part(v, batch)["entity"].summary for v in (views, spoilt(views, batch)))
    assert torch.allclose(one, other) is mask_padding


def test_both_dropouts_act_in_training():
    batch = toy_batch()
    for off in ("attention_dropout", "projection_dropout"):
        part = built(**{off: 0.0}).train()
        views = random_views(batch)
        assert not torch.equal(part(views, batch)["entity"].summary, part(views, batch)["entity"].summary)
    part = built(attention_dropout=0.0, projection_dropout=0.0).train()
    assert torch.equal(part(views, batch)["entity"].summary, part(views, batch)["entity"].summary)


def test_parameters_are_as_many_as_specified():
    part = CrossTaskAttention()
    part.build({name: ViewDims(768) for name in DIMS})
    assert sum(p.numel() for p in part.parameters()) == 4 * 768**2 + 3 * 768


def test_what_does_not_fit_is_refused_all_at_once():
    with pytest.raises(BuildError, match=r"2 problems") as error:
        CrossTaskAttention(heads=3).build({"entity": ViewDims(8), "relation": ViewDims(4)})
    assert "use one of 1, 2, 4, 8" in str(error.value)
    with pytest.raises(BuildError, match="reads view 'entity'"):
        CrossTaskAttention().build({"encoder": ViewDims(8)})
    for arguments in ({"heads": 0}, {"layers": 0}, {"entity_view": "relation"}):
        with pytest.raises(ValueError, match="must be"):
            CrossTaskAttention(**arguments)
