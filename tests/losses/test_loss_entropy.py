"""SpERT's losses written out: pooled over the batch, the binary one a mean over types as well."""

import math

import pytest
import torch

from jointre.losses.entropy import BinaryCrossEntropy, CrossEntropy

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, -2.0]])
GROUP = torch.tensor([0, 1])


def test_cross_entropy_is_the_mean_over_rows():
    targets = torch.tensor([0, 2])
    rows = [
        math.log(sum(math.exp(x) for x in row)) - row[target]
        for row, target in zip(LOGITS.tolist(), targets.tolist(), strict=True)
    ]
    assert float(CrossEntropy()(LOGITS, targets, GROUP)) == pytest.approx(sum(rows) / 2, rel=1e-6)


@pytest.mark.parametrize(("reduce_types", "divisor"), [("mean", 6), ("sum", 2)])
def test_binary_cross_entropy_is_the_mean_over_rows_and_types(reduce_types, divisor):
    targets = torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    cells = [
        math.log1p(math.exp(-x)) if hot else math.log1p(math.exp(x))
        for x, hot in zip(LOGITS.flatten().tolist(), targets.flatten().tolist(), strict=True)
    ]
    loss = BinaryCrossEntropy(reduce_types)(LOGITS, targets, GROUP)
    assert float(loss) == pytest.approx(sum(cells) / divisor, rel=1e-6)


@pytest.mark.parametrize("n_rows", [1, 2])
@pytest.mark.parametrize(
    ("loss", "targets"),
    [
        (CrossEntropy, torch.tensor([0, 2])),
        (BinaryCrossEntropy, torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]])),
    ],
)
def test_the_sum_over_rows_is_their_mean_times_their_number(loss, targets, n_rows):
    rows = LOGITS[:n_rows], targets[:n_rows], GROUP[:n_rows]
    mean, total = loss(), loss(reduce_rows="sum")
    assert float(total(*rows)) == pytest.approx(n_rows * float(mean(*rows)), rel=1e-6)
    assert (mean.units(GROUP), total.units(GROUP)) == (2, None)
    assert float(total(LOGITS[:0], targets[:0], GROUP[:0])) == 0.0


def test_documents_are_pooled_not_averaged():
    """Ten rows of one document and one of another: every row counts the same."""
    logits = torch.cat([torch.zeros(10, 2), torch.tensor([[9.0, -9.0]])])
    targets = torch.cat([torch.zeros(10, dtype=torch.int64), torch.tensor([0])])
    group = torch.tensor([0] * 10 + [1])
    assert float(CrossEntropy()(logits, targets, group)) == pytest.approx(10 * math.log(2) / 11, rel=1e-5)


@pytest.mark.parametrize(
    ("loss", "targets"),
    [(CrossEntropy(), torch.zeros(0, dtype=torch.int64)), (BinaryCrossEntropy(), torch.zeros(0, 3))],
)
def test_no_rows_give_zero_with_a_graph(loss, targets):
    weight = torch.ones(4, 3, requires_grad=True)
    value = loss(torch.zeros(0, 4) @ weight, targets, torch.zeros(0, dtype=torch.int64))
    value.backward()
    assert float(value.detach()) == 0.0
    assert not weight.grad.any()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_scores_are_reduced_in_single(dtype):
    logits = torch.full((3000, 2), 1.0, dtype=dtype)
    targets = torch.zeros(3000, dtype=torch.int64)
    value = CrossEntropy()(logits, targets, targets)
    assert value.dtype == torch.float32
    assert float(value) == pytest.approx(math.log(2), rel=1e-6)


@pytest.mark.parametrize("logit", [-1e4, 1e4])
def test_extreme_scores_stay_finite(logit):
    logits = torch.full((1, 1), logit, requires_grad=True)
    value = BinaryCrossEntropy()(logits, torch.ones(1, 1), GROUP[:1])
    value.backward()
    assert torch.isfinite(value) and torch.isfinite(logits.grad).all()
