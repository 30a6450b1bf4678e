"""BERT's AdamW against its formula, and the parameter groups."""

import copy

import pytest
import torch

from jointre.errors import BuildError
from jointre.optimizers.adamw import AdamWSpec, BertAdamW, BertAdamWSpec
from jointre.optimizers.base import decay_groups
from jointre.testing.optimization import ToyNetwork

BETAS, EPS = (0.9, 0.999), 1e-6


def naive(value, grads, rates, decay):
    """m = .9m + .1g; v = .999v + .001g²; p -= lr m/(sqrt v + eps); then p -= lr decay p."""
    m, v = torch.zeros_like(value), torch.zeros_like(value)
    for grad, lr in zip(grads, rates, strict=True):
        m = BETAS[0] * m + (1 - BETAS[0]) * grad
        v = BETAS[1] * v + (1 - BETAS[1]) * grad**2
        value = value - lr * m / (v.sqrt() + EPS)
        value = value - lr * decay * value
    return value


def problem(dtype, n=50):
    """A start, gradients of very different sizes, and rates that warm up from zero and fall again."""
    maker = torch.Generator().manual_seed(0)
    start = torch.randn(7, 5, generator=maker, dtype=torch.double)
    sizes = 10.0 ** torch.randint(-7, 3, (n, 1, 1), generator=maker)
    grads = torch.randn(n, 7, 5, generator=maker, dtype=torch.double) * sizes
    rates = [5e-3 * min(step / 10, (n - step) / 40) for step in range(n)]
    return start.to(dtype), grads.to(dtype), rates


@pytest.mark.parametrize("decay", [0.0, 0.01, 0.5])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.double, 1e-9), (torch.float32, 2e-6)])
def test_fifty_updates_are_the_formula(dtype, tolerance, decay):
    start, grads, rates = problem(dtype)
    value = torch.nn.Parameter(start.clone())
    optimizer = BertAdamW([value], lr=1.0, betas=BETAS, eps=EPS, weight_decay=decay)
    for grad, lr in zip(grads, rates, strict=True):
        optimizer.param_groups[0]["lr"] = lr
        value.grad = grad
        optimizer.step()
    expected = naive(start.double(), grads.double(), rates, decay)
    gap = (value.detach().double() - expected).abs() / expected.abs().clamp(min=0.1)
    assert float(gap.max()) < tolerance


def test_it_is_neither_torchs_adamw_nor_undecayed():
    """The bias correction and the decay make a difference that the tolerance above would see."""
    start, grads, rates = problem(torch.double)
    expected = naive(start, grads, rates, 0.01)
    other = torch.nn.Parameter(start.clone())
    optimizer = torch.optim.AdamW([other], lr=1.0, betas=BETAS, eps=EPS, weight_decay=0.01)
    for grad, lr in zip(grads, rates, strict=True):
        optimizer.param_groups[0]["lr"] = lr
        other.grad = grad
        optimizer.step()
    assert float((other.detach() - expected).abs().max()) > 1e-4
    assert float((naive(start, grads, rates, 0.0) - expected).abs().max()) > 1e-4


def test_the_first_update_at_rate_zero_changes_the_state_only():
    value = torch.nn.Parameter(torch.ones(3))
    optimizer = BertAdamW([value], lr=0.0, betas=BETAS, eps=EPS, weight_decay=0.01)
    value.grad = torch.ones(3)
    optimizer.step()
    assert (value == 1).all()
    assert optimizer.state[value]["exp_avg"].tolist() == pytest.approx([0.1] * 3)


def test_a_parameter_without_gradient_stays():
    moved, still = torch.nn.Parameter(torch.ones(3)), torch.nn.Parameter(torch.ones(3))
    optimizer = BertAdamW([moved, still], lr=0.1, betas=BETAS, eps=EPS, weight_decay=0.5)
    moved.grad = torch.ones(3)
    optimizer.step()
    assert (moved != 1).all()
    assert (still == 1).all()
    assert still not in optimizer.state


def test_no_gradient_at_all_is_no_update():
    BertAdamW([torch.nn.Parameter(torch.ones(3))], lr=0.1, betas=BETAS, eps=EPS).step()


def names(model, group):
    known = {id(p): name for name, p in model.named_parameters()}
    return {known[id(p)] for p in group["params"]}


@pytest.mark.parametrize("spec", [BertAdamWSpec, AdamWSpec])
def test_biases_and_norms_are_not_decayed_the_width_table_is(spec):
    model = ToyNetwork()
    decayed, free = spec(weight_decay=0.01).create(model).param_groups
    assert (decayed["weight_decay"], free["weight_decay"]) == (0.01, 0.0)
    assert names(model, decayed) == {"dense.weight", "widths.weight"}
    assert names(model, free) == {"dense.bias", "LayerNorm.weight", "LayerNorm.bias"}


def test_a_real_encoders_biases_and_norms_are_not_decayed(talkative):
    model, _ = talkative()
    decayed, free = BertAdamWSpec().create(model).param_groups
    expected = {n for n, _ in model.named_parameters() if "bias" in n or "LayerNorm.weight" in n}
    assert names(model, free) == expected
    assert "entity_head.extractor.widths.weight" in names(model, decayed)
    assert "entity_head.classifier.weight" in names(model, decayed)


def test_a_pattern_that_matches_nothing_is_refused():
    with pytest.raises(BuildError, match=r"no_decay pattern 'LayerNrom' matches no parameter") as error:
        decay_groups(ToyNetwork(), 0.01, ["bias", "LayerNrom"])
    assert 'set no_decay = "biases_and_norms"' in str(error.value)


def test_frozen_parameters_are_in_no_group_but_still_count_as_matched():
    model = ToyNetwork()
    model.LayerNorm.requires_grad_(False)
    groups = decay_groups(model, 0.01, ["LayerNorm.weight"])
    held = {name for group in groups for name in names(model, group)}
    assert held == {"dense.weight", "dense.bias", "widths.weight"}


@pytest.mark.parametrize(("spec", "kind"), [(BertAdamWSpec, BertAdamW), (AdamWSpec, torch.optim.AdamW)])
def test_the_settings_reach_the_optimizer(spec, kind):
    optimizer = spec(lr=0.3, eps=1e-4, beta1=0.8, beta2=0.9).create(ToyNetwork())
    assert type(optimizer) is kind
    for group in optimizer.param_groups:
        assert (group["lr"], group["eps"], group["betas"]) == (0.3, 1e-4, (0.8, 0.9))


def test_two_specs_never_share_their_patterns():
    first, second = BertAdamWSpec(), BertAdamWSpec()
    kept = copy.copy(second.no_decay)
    first.create(ToyNetwork())
    assert second.no_decay == kept == "biases_and_norms"
