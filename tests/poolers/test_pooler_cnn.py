"""The span CNN against the plain way, one range after the other."""

import pytest
import torch
from torch.nn.functional import gelu

from jointre.data.stages import View
from jointre.poolers import CNNPooler
from jointre.testing.asserts import built

WIDTH, LENGTH = 5, 9
SIZES = [1, 2, 3, 4, 5]


def made(**options):
    options = {"filters": 3, "dropout": 0.0, **options}
    return built(CNNPooler(**options), lambda p: p.build(WIDTH))[0].double()


def view_of(states):
    return View(states, torch.ones(states.shape[:2], dtype=torch.bool), "word")


def problem(n_docs=2, length=LENGTH):
    """States, and every range with a width of 0, 1, 2, ... to all of the sequence."""
    maker = torch.Generator().manual_seed(length)
    states = 2 * torch.randn(n_docs, length, WIDTH, generator=maker, dtype=torch.double)
    rows = [(d, s, e) for d in range(n_docs) for s in range(length + 1) for e in range(s, length + 1)]
    table = torch.tensor(rows)
    return states.requires_grad_(), table[:, 0], table[:, 1:]


def direct(part, states, doc, ranges):
    """The last word first, k zeros on both sides, gelu before the maximum; then the layer on top."""
    rows = []
    for d, (start, end) in zip(doc.tolist(), ranges.tolist(), strict=True):
        cut = states[d, start:end].flip(0).T
        values = []
        for size, layer in zip(part.kernels, part.convolutions, strict=True):
            padded = torch.nn.functional.pad(cut, (size, size))
            value = gelu(layer(padded)).amax(1)
            values.append(torch.zeros_like(value) if part.empty == "zeros" and start == end else value)
        rows.append(torch.cat(values))
    pooled = torch.stack(rows)
    return pooled if part.block is None else part.block(pooled)


@pytest.mark.parametrize("length", [1, 2, 4, LENGTH])
@pytest.mark.parametrize("size", SIZES)
def test_every_range_forward_and_gradient(size, length):
    """Widths 0, 1, 2 to n for each k."""
    part, (states, doc, ranges) = made(kernels=[size]), problem(length=length)
    leaves = [states, *part.parameters()]
    results = [part(view_of(states), doc, ranges), direct(part, states, doc, ranges)]
    torch.testing.assert_close(*results)
    weight = torch.sin(torch.arange(results[0].numel(), dtype=torch.double)).view_as(results[0])
    grads = [torch.autograd.grad((result * weight).sum(), leaves) for result in results]
    for left, right in zip(*grads, strict=True):
        torch.testing.assert_close(left, right)


@pytest.mark.parametrize("options", [{}, {"hidden": 7}, {"empty": "bias"}, {"hidden": 7, "empty": "bias"}])
def test_several_kernels_and_a_layer_on_top(options):
    part, problem_ = made(kernels=[3, 1, 2], **options), problem()
    torch.testing.assert_close(part(view_of(problem_[0]), *problem_[1:]), direct(part, *problem_))


def test_a_sequence_beside_longer_ones_is_pooled_as_alone():
    part, (states, doc, ranges) = made(kernels=SIZES), problem(n_docs=1)
    alone = part(view_of(states), doc, ranges)
    garbage = torch.full((1, 6, WIDTH), 1e3, dtype=torch.double)
    both = torch.cat([torch.cat([states, garbage], dim=1), torch.ones(1, LENGTH + 6, WIDTH)])
    torch.testing.assert_close(part(view_of(both), doc, ranges), alone)


def test_what_the_bias_alone_gives_bounds_every_channel_from_below():
    """Padding of k, not k - 1: one window lies in the padding."""
    part, (states, doc, ranges) = made(kernels=[2, 3], empty="bias"), problem()
    floor = gelu(torch.cat([layer.bias for layer in part.convolutions]))
    pooled = part(view_of(states), doc, ranges)
    assert (pooled >= floor).all() and (pooled == floor).any() and (pooled > floor).any()
    assert torch.equal(pooled[0], floor)


@pytest.mark.parametrize(
    ("options", "zero"),
    [({}, True), ({"empty": "bias"}, False), ({"hidden": 4}, False), ({"hidden": 4, "empty": "bias"}, False)],
)
def test_it_says_what_an_empty_range_gives(options, zero):
    assert CNNPooler(**options).empty_is_zero is zero


def test_what_is_kept_in_prediction_belongs_to_one_pooler():
    first, second, (states, doc, ranges) = made(), made(kernels=[2]), problem()
    view = view_of(states)
    with torch.no_grad():
        for part in (first, second, first):
            torch.testing.assert_close(part(view, doc, ranges), direct(part, states, doc, ranges))


def test_convolutions_begin_as_torchs_and_the_layer_as_berts():
    part = CNNPooler(filters=50, hidden=200)
    assert part.build(60) == 200
    for size, layer in zip(part.kernels, part.convolutions, strict=True):
        assert float(layer.weight.detach().abs().max()) == pytest.approx((60 * size) ** -0.5, rel=0.01)
    assert float(part.block.dense.weight.detach().std()) == pytest.approx(0.02, rel=0.05)
    assert not part.block.dense.bias.any() and part.block.LayerNorm.eps == 1e-12


@pytest.mark.parametrize("options", [{"kernels": []}, {"kernels": [2, 0]}, {"filters": 0}, {"hidden": 0}])
def test_impossible_numbers_are_refused(options):
    with pytest.raises(ValueError, match="must be"):
        CNNPooler(**options)
