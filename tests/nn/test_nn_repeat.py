"""Gradients repeat bit by bit when several threads add them up, without torch's deterministic switch."""

import pytest
import torch

from jointre.data.stages import PairDims, PairFeatures, SpanFeatures
from jointre.nn.ranges import range_max, range_mean, range_sum
from jointre.relation_heads.linear import LinearRelationHead

ROWS, WIDTH, TIMES = 3000, 128, 6


@pytest.fixture(autouse=True)
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def expect_repeats(inputs, compute):
    """The gradient of a random weighting of ``compute()`` is the same each time."""
    weights = torch.randn(compute().shape, generator=torch.Generator().manual_seed(1))
    seen = [torch.autograd.grad((compute() * weights).sum(), inputs) for _ in range(TIMES)]
    assert all(torch.equal(a, b) for other in seen[1:] for a, b in zip(seen[0], other, strict=True))


def test_the_way_around_that_is_avoided_does_not_repeat():
    """Indexing with a tensor adds gradients in the order in which threads come; else this file tests nothing."""
    source, index = torch.randn(40, WIDTH, requires_grad=True), torch.randint(0, 40, (ROWS,))
    weights = torch.randn(ROWS, WIDTH)
    grads = [torch.autograd.grad((source[index] * weights).sum(), source)[0] for _ in range(40)]
    if all(torch.equal(grads[0], other) for other in grads):
        pytest.skip("this machine's threads came in the same order every time")


@pytest.mark.parametrize("pool", [range_max, range_sum, range_mean])
def test_pooled_ranges(pool):
    states = torch.randn(2, 60, WIDTH, requires_grad=True)
    start = torch.randint(0, 50, (ROWS,))
    ranges = torch.stack([start, start + torch.randint(0, 10, (ROWS,))], dim=1)
    doc = torch.randint(0, 2, (ROWS,))
    expect_repeats([states], lambda: pool(states, doc, ranges))


def test_span_rows_and_sentence_vectors():
    pooled, summary = torch.randn(200, WIDTH, requires_grad=True), torch.randn(3, WIDTH, requires_grad=True)
    rows = torch.randint(0, 200, (ROWS,))
    features = SpanFeatures(torch.randint(0, 3, (200,)), pooled, None, summary)
    expect_repeats([pooled, summary], lambda: features[rows].concatenated())


def test_pair_rows():
    side, context = torch.randn(50, WIDTH, requires_grad=True), torch.randn(70, WIDTH, requires_grad=True)
    index = torch.randint(0, 50, (2, ROWS))
    features = PairFeatures(side, *index, [(context, torch.randint(0, 70, (ROWS,)))], torch.arange(ROWS))
    head = LinearRelationHead(dropout=0.0)
    head.build(PairDims(WIDTH, WIDTH), "abcde")
    expect_repeats([side, context], lambda: head.encode(features))
