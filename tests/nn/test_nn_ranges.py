"""Range pooling against the plain way: cut the range out and reduce it."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from jointre.nn.init import init_normal
from jointre.nn.ranges import distinct, distinct_ranges, range_max, range_mean, range_sum

PLAIN = {
    range_max: lambda cut: cut.max(dim=0).values,
    range_sum: lambda cut: cut.sum(dim=0),
    range_mean: lambda cut: cut.mean(dim=0),
}
POOLERS = pytest.mark.parametrize("pool", list(PLAIN))
WIDTH = 3


def oracle(pool, states, doc, ranges):
    """One range after the other."""
    rows = [
        PLAIN[pool](states[d, s:e]) if e > s else torch.zeros_like(states[0, 0])
        for d, (s, e) in zip(doc.tolist(), ranges.tolist(), strict=True)
    ]
    return torch.stack(rows) if rows else states.new_zeros(0, states.shape[2])


def every_range(n_docs, length):
    """Every start with every end, so empty and reversed ranges too."""
    rows = [(d, s, e) for d in range(n_docs) for s in range(length + 1) for e in range(length + 1)]
    table = torch.tensor(rows)
    return table[:, 0], table[:, 1:]


@st.composite
def problems(draw):
    """A batch of sequences and ranges over them."""
    n_docs, length = draw(st.integers(1, 3)), draw(st.integers(1, 17))
    place = st.integers(0, length)
    row = st.tuples(st.integers(0, n_docs - 1), place, place)
    rows = draw(st.lists(row, max_size=12))
    seed = draw(st.integers(0, 1000))
    states = torch.randn(n_docs, length, WIDTH, generator=torch.Generator().manual_seed(seed))
    table = torch.tensor(rows, dtype=torch.int64).reshape(-1, 3)
    return states, table[:, 0], table[:, 1:]


@POOLERS
@given(problem=problems())
def test_any_ranges(pool, problem):
    torch.testing.assert_close(pool(*problem), oracle(pool, *problem), rtol=1e-5, atol=1e-5)


@POOLERS
@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 8, 9])
def test_every_range(pool, length):
    states = torch.randn(2, length, WIDTH, generator=torch.Generator().manual_seed(length))
    doc, ranges = every_range(2, length)
    result = pool(states, doc, ranges)
    torch.testing.assert_close(result, oracle(pool, states, doc, ranges), rtol=1e-5, atol=1e-5)
    assert not result[ranges[:, 1] <= ranges[:, 0]].any()


def test_the_maximum_of_negative_states_is_negative():
    states = -torch.rand(1, 6, WIDTH) - 1
    assert (range_max(states, torch.tensor([0, 0]), torch.tensor([[1, 4], [5, 6]])) < -1).all()


@POOLERS
def test_gradients_in_double(pool):
    states = torch.randn(2, 5, WIDTH, dtype=torch.double, generator=torch.Generator().manual_seed(0))
    doc, ranges = every_range(2, 5)
    assert torch.autograd.gradcheck(lambda s: pool(s, doc, ranges), (states.requires_grad_(),))


@POOLERS
def test_gradients_are_those_of_the_plain_way(pool):
    states = torch.randn(2, 9, WIDTH, generator=torch.Generator().manual_seed(1)).requires_grad_()
    doc, ranges = every_range(2, 9)
    weights = torch.randn(len(doc), WIDTH, generator=torch.Generator().manual_seed(2))
    (found,) = torch.autograd.grad((pool(states, doc, ranges) * weights).sum(), states)
    (expected,) = torch.autograd.grad((oracle(pool, states, doc, ranges) * weights).sum(), states)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("length", [2, 3, 5, 8])
def test_equal_maxima_share_a_gradient_of_one(length):
    states = torch.ones(1, length, 1, requires_grad=True)
    range_max(states, torch.tensor([0]), torch.tensor([[0, length]])).sum().backward()
    assert states.grad.sum() == 1
    assert (states.grad >= 0).all()


@POOLERS
def test_an_empty_range_has_no_gradient(pool):
    states = torch.randn(1, 4, WIDTH, requires_grad=True)
    pool(states, torch.tensor([0, 0]), torch.tensor([[2, 2], [3, 1]])).sum().backward()
    assert not states.grad.any()


@POOLERS
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_the_dtype_is_kept(pool, dtype):
    states = torch.randn(1, 6, WIDTH).to(dtype)
    doc, ranges = every_range(1, 6)
    result = pool(states, doc, ranges)
    assert result.dtype == dtype
    expected = oracle(pool, states.double(), doc, ranges)
    torch.testing.assert_close(result.double(), expected, rtol=0.02, atol=0.02)


@POOLERS
def test_sums_in_half_precision_are_accumulated_in_single(pool):
    """4,000 ones: in fp16 a running sum stops at 2,048."""
    states = torch.ones(1, 4000, 1, dtype=torch.float16)
    expected = {range_max: 1, range_sum: 4000, range_mean: 1}[pool]
    assert pool(states, torch.tensor([0]), torch.tensor([[0, 4000]])).item() == expected


@POOLERS
def test_no_ranges(pool):
    none = torch.zeros(0, dtype=torch.int64)
    assert pool(torch.randn(2, 3, WIDTH), none, none.reshape(0, 2)).shape == (0, WIDTH)


class LargestTensor(TorchDispatchMode):
    """Remembers the number of elements of the largest tensor that any operation makes."""

    largest = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        sizes = [leaf.numel() for leaf in tree_leaves(result) if isinstance(leaf, torch.Tensor)]
        self.largest = max([self.largest, *sizes])
        return result


@POOLERS
def test_memory_is_that_of_the_result(pool):
    """20,000 ranges over 500 units of width 64: a tensor of ranges x units x width would be 2.4 GiB."""
    maker = torch.Generator().manual_seed(0)
    states = torch.randn(1, 500, 64, generator=maker, requires_grad=True)
    ranges = torch.randint(0, 501, (20_000, 2), generator=maker)
    doc = torch.zeros(20_000, dtype=torch.int64)
    with LargestTensor() as seen:
        pool(states, doc, ranges).sum().backward()
    assert 0 < seen.largest <= 20_000 * 64


def test_init_normal():
    layer = torch.nn.Sequential(
        torch.nn.Linear(300, 300), torch.nn.Embedding(300, 300), torch.nn.LayerNorm(3)
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        init_normal(layer)
    assert float(layer[0].weight.detach().std()) == pytest.approx(0.02, rel=0.02)
    assert float(layer[1].weight.detach().std()) == pytest.approx(0.02, rel=0.02)
    assert not layer[0].bias.any()
    assert (layer[2].weight == 1).all()


@POOLERS
def test_a_cache_that_was_filled_without_gradients_cuts_none_off(pool):
    states = torch.randn(2, 9, WIDTH, requires_grad=True)
    doc, ranges = every_range(2, 9)
    cache = {}
    with torch.no_grad():
        before = pool(states, doc, ranges, cache)
    after = pool(states, doc, ranges, cache)
    (grad,) = torch.autograd.grad(after.sum(), states)
    (expected,) = torch.autograd.grad(pool(states, doc, ranges).sum(), states)
    assert torch.equal(before, after) and torch.equal(grad, expected) and grad.any()


@pytest.mark.parametrize("bound", [9, 1000])
@pytest.mark.parametrize("size", [0, 1, 30])
def test_distinct_numbers_are_those_of_a_sort(bound, size):
    """Few possible numbers are found with a table, many by sorting."""
    numbers = torch.randint(bound, (size,), generator=torch.Generator().manual_seed(bound + size))
    expected = torch.unique(numbers, return_inverse=True)
    assert all(map(torch.equal, distinct(numbers, bound), expected))


@given(problem=problems())
def test_distinct_ranges_are_ascending_and_empty_ones_are_one(problem):
    states, doc, ranges = problem
    once_doc, once, row = distinct_ranges(doc, ranges, states.shape[1])
    wanted = [
        (d, s, e) if s < e else (d, 0, 0) for d, (s, e) in zip(doc.tolist(), ranges.tolist(), strict=True)
    ]
    found = [(d, *r) for d, r in zip(once_doc.tolist(), once.tolist(), strict=True)]
    assert found == sorted(set(wanted)) and [found[place] for place in row] == wanted
