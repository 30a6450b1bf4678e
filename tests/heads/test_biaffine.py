"""The biaffine head against its definition, pair by pair."""

import pytest
import torch
from torch import nn

from jointre.data.stages import PairDims, PairFeatures
from jointre.errors import BuildError
from jointre.relation_heads.biaffine import BiaffineRelationHead

TYPES = ("a", "b", "c")
SIDE, CONTEXT, SUMMARY = 7, 3, 2
PAIRS = [(0, 1), (1, 0), (2, 4), (4, 2), (3, 3)]


def features(context: bool, summary: bool) -> PairFeatures:
    maker = torch.Generator().manual_seed(5)

    def leaf(*shape):
        return torch.randn(*shape, generator=maker, dtype=torch.float64).requires_grad_()

    head, tail = torch.tensor(PAIRS).T
    row = torch.tensor([0, 0, 1, 1, 2])
    doc = torch.tensor([0, 0, 1, 1, 0])
    return PairFeatures(
        leaf(5, SIDE),
        head,
        tail,
        [(leaf(3, CONTEXT), row)] if context else [],
        torch.arange(len(PAIRS)),
        leaf(2, SUMMARY) if summary else None,
        doc if summary else None,
    )


def definition(head: BiaffineRelationHead, given: PairFeatures) -> torch.Tensor:
    """(Giorgi et al., Eqs. 4-7), one pair and one class at a time; context and sentence vector join the linear term."""
    rows = []
    for row, (i, j) in enumerate(PAIRS):
        u = head.head(given.side[i])
        v = (head.head if head.shared else head.tail)(given.side[j])
        beside = [part[index[row]] for part, index in given.columns()[:-2]]
        linear = torch.cat([*beside, u, v])
        scores = []
        for c in range(head.linear.out_features):
            score = head.linear.weight[c] @ linear + head.linear.bias[c]
            if head.bilinear:
                score = score + sum(
                    u[p] * head.weight[c, p, q] * v[q] for p in range(len(u)) for q in range(len(v))
                )
            scores.append(score)
        rows.append(torch.stack(scores))
    return torch.stack(rows)


@pytest.mark.parametrize(
    "switches",
    [{}, {"hidden": [6]}, {"hidden": []}, {"shared": True}, {"bilinear": False}, {"activation": "sigmoid"}],
    ids=str,
)
@pytest.mark.parametrize(("context", "summary"), [(False, False), (True, False), (True, True)])
@pytest.mark.parametrize("training", [True, False])
def test_equal_to_the_definition_forward_and_gradient(switches, context, summary, training):
    torch.manual_seed(2)
    head = BiaffineRelationHead(**{"hidden": [6, 4], "dropout": 0.0, **switches})
    head.build(PairDims(SIDE, CONTEXT if context else None, SUMMARY if summary else None), TYPES)
    for parameter in head.parameters():
        nn.init.normal_(parameter, std=0.5)
    head.double().train(training)
    given = features(context, summary)
    logits, expected = head(given, len(PAIRS)).logits, definition(head, given)
    torch.testing.assert_close(logits, expected)
    contexts = [rows for rows, _ in given.contexts]
    leaves = [x for x in (given.side, *contexts, given.summary, *head.parameters()) if x is not None]
    for one, other in zip(
        *(torch.autograd.grad(x.sin().sum(), leaves) for x in (logits, expected)), strict=True
    ):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize(
    ("switches", "shapes"),
    [
        (
            {},
            {
                "head.0.weight": (512, 896),
                "head.3.weight": (256, 512),
                "weight": (2, 256, 256),
                "linear.weight": (2, 512),
            },
        ),
        ({"shared": True}, {"head.0.weight": (512, 896), "tail.0.weight": None}),
        ({"hidden": []}, {"weight": (2, 896, 896), "linear.weight": (2, 1792), "head.0.weight": None}),
        ({"bilinear": False}, {"weight": None, "linear.weight": (2, 512)}),
    ],
    ids=str,
)
def test_shapes_of_the_paper_and_its_ablations(switches, shapes):
    """896 = 768 + 128, two classes as for ADE."""
    head = BiaffineRelationHead(**switches)
    head.build(PairDims(896), ["a"])
    state = head.state_dict()
    assert {name: tuple(state[name].shape) if name in state else None for name in shapes} == shapes
    if not switches:
        assert sum(p.numel() for p in head.head.parameters()) == 590_592
        assert (
            head.weight.numel() + sum(p.numel() for p in head.linear.parameters()) == 2 * (256**2 + 512) + 2
        )


def test_both_networks_begin_as_copies_and_go_their_own_ways():
    head = BiaffineRelationHead([6, 4])
    head.build(PairDims(SIDE), TYPES)
    assert all(torch.equal(a, b) for a, b in zip(head.head.parameters(), head.tail.parameters(), strict=True))
    head.double()
    head(features(False, False), len(PAIRS)).logits.sin().sum().backward()
    assert not torch.equal(head.head[0].weight.grad, head.tail[0].weight.grad)


def test_zero_start():
    head = BiaffineRelationHead([4], initial="zero")
    head.build(PairDims(SIDE), TYPES)
    assert not head.weight.any()
    with pytest.raises(BuildError, match="nothing to start at zero"):
        BiaffineRelationHead(bilinear=False, initial="zero").build(PairDims(SIDE), TYPES)
    with pytest.raises(ValueError, match="hidden must be 1 to 65536 each"):
        BiaffineRelationHead([0])
