"""REDN's token blocks, kernels and loss against their dense definition."""

from itertools import product

import pytest
import torch
from torch import nn

from jointre.data.stages import PairDims, PairFeatures, SpanDims
from jointre.entity_heads.gold import GoldEntities
from jointre.errors import BuildError
from jointre.losses.entropy import BinaryCrossEntropy
from jointre.losses.grouped import GroupedBinaryCrossEntropy
from jointre.optimizers import AdamSpec
from jointre.pair_extractors.token_block import TokenBlock
from jointre.relation_heads import kernel
from jointre.relation_heads.kernel import KernelRelationHead
from jointre.relation_heads.sized_kernel import SizedKernelRelationHead
from jointre.samplers.pairs import EntityPairs
from jointre.schedules import WarmupConstant
from jointre.schedules.base import Progress
from jointre.testing import toy_batch, toy_docs, toy_labels, toy_views
from jointre.testing.toy import STATES, toy_view_dims

TYPES = toy_labels().relations
APART = [doc for number, doc in enumerate(toy_docs()) if number not in (3, 4)]  # no two entities share a word
SWITCHES = [
    {},
    {"scale": "none"},
    {"bias": False},
    {"shared": True},
    {"symmetric": True},
    {"symmetric": True, "shared": True},
    {"rank": 3},
    {"average": "pair"},
]


def made(**switches):
    """A kernel over the toy views in double precision."""
    torch.manual_seed(4)
    head = KernelRelationHead(**switches)
    head.build(PairDims(STATES, cells=True), TYPES)
    for parameter in head.parameters():
        nn.init.normal_(parameter, std=0.3)
    return head.double()


def block(views, batch, negatives=None, extractor=None):
    """Pairs of all gold entities and the features of their cells."""
    entities = GoldEntities()
    entities.build(toy_view_dims(), toy_labels())
    found = entities.train()(views, batch)
    pairs = EntityPairs(negatives=negatives).sample(found, batch, training=True)
    extractor = (extractor or TokenBlock()).train()
    extractor.build(toy_view_dims(), SpanDims(), toy_labels())
    return found.spans, pairs, extractor(views, found, pairs, batch)


def doubled(batch, level="piece"):
    """Toy views in double precision, and the states that collect gradients."""
    views = toy_views(batch, level)
    for view in views.values():
        object.__setattr__(view, "states", view.states.detach().double().requires_grad_())
    return views, [views["head"].states, views["tail"].states]


def dense(head, views):
    """[B, C, L, L] scores of all tokens with all tokens."""
    one = head.head
    other = one if head.symmetric else head.tail
    b, c = head.head_bias, head.head_bias if head.symmetric else head.tail_bias
    scores = []
    for i in range(len(TYPES)):
        row = 0 if head.shared else i
        q = views["head"].states @ one[row].T + (b[i] if head.bias else 0)
        k = views["tail"].states @ other[row].T + (c[i] if head.bias else 0)
        scores.append(q @ k.transpose(1, 2) / (one.shape[1] ** 0.5 if head.scale == "sqrt_dim" else 1))
    return torch.stack(scores, dim=1)


def areas(spans, pairs, level="piece"):
    ranges = spans.ranges(level).tolist()
    for doc, x, y in zip(pairs.doc.tolist(), pairs.head.tolist(), pairs.tail.tolist(), strict=True):
        yield doc, slice(*ranges[x]), slice(*ranges[y])


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
@pytest.mark.parametrize("numbers", [2**24, 700])
def test_equal_to_the_dense_definition_forward_and_gradient(switches, numbers, monkeypatch):
    """Checks 3 and 5; with few numbers at once, types are scored in turns and again in the backward pass."""
    monkeypatch.setattr(kernel, "NUMBERS", numbers)
    head, batch = made(**switches), toy_batch()
    views, leaves = doubled(batch)
    spans, pairs, features = block(views, batch)
    assert (spans.pieces[:, 1] - spans.pieces[:, 0]).max() > 3 and batch.padded
    probs = head.train()(features, len(pairs)).probs
    cells = torch.sigmoid(dense(head, views))
    expected = torch.stack([cells[doc, :, x, y].mean((1, 2)) for doc, x, y in areas(spans, pairs)])
    torch.testing.assert_close(probs.double(), expected, rtol=1e-5, atol=1e-5)
    leaves += head.parameters()
    for one, other in zip(
        *(torch.autograd.grad(value.double().sin().sum(), leaves) for value in (probs, expected)), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
    with torch.no_grad():
        torch.testing.assert_close(head.eval()(features, len(pairs)).probs, probs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("level", ["piece", "word"])
def test_only_cells_of_pairs_are_there(level):
    batch = toy_batch()
    views, _ = doubled(batch, level)
    spans, pairs, features = block(views, batch)
    wide = [
        list(product(range(x.start, x.stop), range(y.start, y.stop)))
        for _, x, y in areas(spans, pairs, level)
    ]
    assert torch.bincount(features.pair).tolist() == [len(cells) for cells in wide]
    rows = zip(pairs.doc.tolist(), wide, strict=True)
    places = [(doc, m, n) for doc, cells in rows for m, n in cells]
    doc, m, n = torch.tensor(places).T
    assert torch.equal(features.side[features.head], views["head"].states[doc, m])
    assert torch.equal(features.tails[features.tail], views["tail"].states[doc, n])


def test_merged_maps_follow_their_parameters():
    head, batch = made().eval(), toy_batch()
    _, pairs, features = block(doubled(batch)[0], batch)
    for _ in range(2):
        with torch.no_grad():
            found = head(features, len(pairs)).probs
        torch.testing.assert_close(found, head(features, len(pairs)).probs, rtol=1e-5, atol=1e-5)
        assert head.kept is not None
        with torch.no_grad():
            head.tail.mul_(-2)


def test_mean_of_probabilities_not_of_scores():
    head = made()
    side = torch.randn(4, STATES, dtype=torch.float64)
    place = torch.tensor([0, 0, 1, 1])
    area = PairFeatures(side, place, torch.tensor([2, 3, 2, 3]), (), torch.zeros(4, dtype=torch.int64))
    output = head(area, 1)
    assert torch.allclose(output.probs, torch.sigmoid(output.logits).mean(0))
    assert not torch.allclose(output.probs, torch.sigmoid(output.logits.mean(0)), atol=1e-3)
    single = PairFeatures(side, place, torch.tensor([2, 3, 2, 3]), (), torch.arange(4))
    output = head(single, 4)
    assert torch.allclose(output.probs, torch.sigmoid(output.logits))


@pytest.mark.parametrize("switches", [{}, {"shared": True}, {"symmetric": True}], ids=str)
def test_direction_changes_the_score_unless_symmetric(switches):
    """With one view for both sides."""
    head, batch = made(**switches), toy_batch()
    extractor = TokenBlock("tail", "tail")
    _, pairs, features = block(doubled(batch)[0], batch, extractor=extractor)
    order = {
        (h, t): row for row, (h, t) in enumerate(zip(pairs.head.tolist(), pairs.tail.tolist(), strict=True))
    }
    reverse = torch.tensor([order[t, h] for h, t in order])
    probs = head(features, len(pairs)).probs
    assert torch.allclose(probs, probs[reverse], atol=1e-6) is switches.get("symmetric", False)


@pytest.mark.parametrize("average", ["document", "pair"])
@pytest.mark.parametrize("reduce_types", ["mean", "sum"])
def test_loss_is_the_definition(average, reduce_types):
    """Annotated pairs alone; the second toy document has two types on one pair."""
    head, batch = made(average=average), toy_batch(APART)
    views, leaves = doubled(batch)
    spans, pairs, features = block(views, batch, negatives=0)
    term = head.train().term(head(features, len(pairs)), features, pairs)
    loss = GroupedBinaryCrossEntropy(reduce_types)(term.logits, term.targets, term.group)
    scores = dense(head, views)
    label, mask = torch.zeros_like(scores), torch.zeros_like(scores[:, 0], dtype=torch.bool)
    of_pairs = []
    for row, (doc, x, y) in enumerate(areas(spans, pairs)):
        label[doc, :, x, y] = pairs.targets[row].view(-1, 1, 1).double()
        mask[doc, x, y] = True
        of_pairs.append((doc, x, y))
    every = nn.functional.binary_cross_entropy_with_logits(scores, label, reduction="none")
    if average == "document":
        groups = [every[doc][:, mask[doc]].mean(1) for doc in range(len(batch)) if mask[doc].any()]
    else:
        groups = [every[doc][:, x, y].mean((1, 2)) for doc, x, y in of_pairs]
    reduced = torch.stack([group.mean() if reduce_types == "mean" else group.sum() for group in groups])
    torch.testing.assert_close(loss.double(), reduced.mean(), rtol=1e-5, atol=1e-6)
    assert any(row.sum() > 1 for row in pairs.targets)
    for one, other in zip(
        torch.autograd.grad(loss, leaves), torch.autograd.grad(reduced.mean(), leaves), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_averages_differ_and_count_their_units():
    logits, targets = torch.randn(6, 3), torch.rand(6, 3).round()
    group = torch.tensor([4, 4, 0, 4, 4, 9])
    loss = GroupedBinaryCrossEntropy()
    parts = [BinaryCrossEntropy()(logits[group == g], targets[group == g], group) for g in (0, 4, 9)]
    torch.testing.assert_close(loss(logits, targets, group), torch.stack(parts).mean())
    assert loss.units(group) == 3 and BinaryCrossEntropy().units(group) == 6 and loss.units(group[:0]) == 0
    assert not torch.allclose(loss(logits, targets, group), BinaryCrossEntropy()(logits, targets, group))


def test_softmax_takes_the_mean_of_raw_scores():
    head, batch = made(activation="softmax"), toy_batch()
    _, pairs, features = block(doubled(batch)[0], batch, negatives=0)
    output = head(features, len(pairs))
    forms = kernel.cell_scores(
        head._forms(), features.side, features.tails, features.head, features.tail, 2**24
    )
    mean = torch.stack([forms[features.pair == p].mean(0) for p in range(len(pairs))]) / STATES**0.5
    torch.testing.assert_close(output.logits, mean.float(), rtol=1e-4, atol=1e-5)
    term = head.term(output, features, pairs)
    assert term.targets.shape == (len(pairs),) and term.logits.shape == (len(pairs), len(TYPES) + 1)


def held(scores, at=None, **switches):
    """Which types hold of one pair of single tokens that has these scores, at the head's threshold or another."""
    head = KernelRelationHead(bias=False, scale="none", rank=1, **switches)
    types = ("a", "b", "Other")
    head.build(PairDims(1), types)
    with torch.no_grad():
        head.head.copy_(torch.tensor(scores).view(3, 1, 1))
        head.tail.fill_(1)
    ones, zero = torch.ones(1, 1), torch.zeros(1, dtype=torch.int64)
    output = head.eval()(PairFeatures(ones, zero, zero, (), zero), 1)
    holds = output.holds if at is None else head.holds(output.probs, at)
    return [name for name, one in zip(types, holds[0].tolist(), strict=True) if one]


def test_a_type_holds_above_the_threshold_and_not_at_it():
    """A score of 0 is a probability of 0.5."""
    assert held([0.0, 1e-3, -1.0]) == ["b"]
    assert held([0.0, 1.0, 2.0], threshold=0.8) == ["Other"]


def test_no_relation_excludes_all_others():
    assert held([1.0, 2.0, 0.1]) == ["a", "b", "Other"]
    assert held([1.0, 2.0, 0.1], alone="Other") == ["Other"]
    assert held([1.0, 2.0, 0.0], alone="Other") == ["a", "b"]
    assert held([1.0, 2.0, 0.1], alone="Other", at=0.6) == ["a", "b"]
    assert held([1.0, 2.0, 0.1], alone="Other", at=0.8) == ["b"]


@pytest.mark.parametrize(
    ("switches", "dims", "sentence"),
    [
        ({}, PairDims(4, context=3), "context = null"),
        ({}, PairDims(4, summary=3), "summary = false"),
        ({"alone": "NA"}, PairDims(4), "'NA' is not one of the relation types"),
    ],
)
def test_what_it_cannot_use_is_refused(switches, dims, sentence):
    with pytest.raises(BuildError, match=sentence):
        KernelRelationHead(**switches).build(dims, ("a", "b", "Other"))


@pytest.mark.parametrize(
    "switches", [{"rank": 0}, {"shared": True, "bias": False}, {"alone": "NA", "activation": "softmax"}]
)
def test_senseless_settings(switches):
    with pytest.raises(ValueError, match=r"must be 1 to|needs bias|no meaning"):
        KernelRelationHead(**switches)


@pytest.mark.parametrize(
    ("switches", "parameters"),
    [
        ({}, 1_181_184),
        ({"rank": 64}, 2 * 64 * 769),
        ({"symmetric": True}, 590_592),
        ({"bias": False}, 1_179_648),
    ],
    ids=str,
)
def test_parameters_of_a_relation_at_the_width_of_the_paper(switches, parameters):
    """2 (H^2 + H) a relation."""
    head = KernelRelationHead(**switches)
    head.build(PairDims(768, cells=True), ["a", "b"])
    assert sum(p.numel() for p in head.parameters()) == 2 * parameters
    assert float(head.head.detach().abs().max()) <= 768**-0.5


@pytest.mark.parametrize(
    ("types", "width", "switches", "rank"),
    [
        (256, 80, {}, 80),
        (257, 80, {}, 64),
        (257, 80, {"rank": None}, 80),
        (257, 80, {"rank": 3}, 3),
        (257, 80, {"shared": True}, 80),
        (257, 32, {}, 32),
    ],
)
def test_the_rank_follows_from_the_number_of_types(types, width, switches, rank):
    head = SizedKernelRelationHead(**switches)
    head.build(PairDims(width, cells=True), list(map(str, range(types))))
    assert head.head.shape[1:] == (rank, width) and head.factor == rank**-0.5
    assert len(head.notices) == (rank == 64)


def test_a_low_rank_says_why_and_what_it_saves():
    head = SizedKernelRelationHead()
    head.build(PairDims(384, cells=True), list(map(str, range(500))))
    [notice] = head.notices
    assert "rank 64" in notice and "500 relation types, more than 256" in notice
    assert "24.6 million parameters instead of 147.8 million" in notice and "rank = null" in notice


def test_warm_up_is_counted_in_updates():
    rate = WarmupConstant()
    assert [rate(Progress(step, 5000, 0.0)) for step in (0, 30, 300, 4000)] == [0.0, 0.1, 1.0, 1.0]
    assert WarmupConstant(0)(Progress(0, 10, 0.0)) == 1.0


def test_decay_of_adam_is_part_of_the_gradient():
    layer = nn.Linear(2, 2)
    group = AdamSpec(weight_decay=1e-5, no_decay=[]).create(layer).param_groups
    assert sum(len(g["params"]) for g in group if g["weight_decay"] == 1e-5) == 2
    assert not group[0].get("decoupled_weight_decay")
