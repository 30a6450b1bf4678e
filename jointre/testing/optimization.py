"""Contracts of components for optimization: losses, schedules, optimizers."""

from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from jointre.losses.base import Loss
from jointre.optimizers.base import OptimizerSpec
from jointre.schedules.base import Progress, Schedule
from jointre.testing.asserts import expect, expect_close, named, seeded

ROWS, CLASSES = 12, 4


def check_loss(loss: Loss) -> None:
    """Check a scalar in fp32, zero with a graph for no rows, finite gradients, order of rows, and lower loss when
    right.
    """
    what = named(loss)
    classes = torch.arange(ROWS) % CLASSES
    hot = nn.functional.one_hot(classes, CLASSES).float()
    targets = classes if loss.takes == "classes" else hot
    group = torch.arange(ROWS) // 3
    for dtype in (torch.float32, torch.bfloat16):
        logits = _scores(dtype)
        value = loss(logits, targets, group)
        expect(value.shape == () and value.dtype == torch.float32, f"{what} does not return a scalar in fp32")
        (grad,) = torch.autograd.grad(value, logits)
        expect(torch.isfinite(value) and torch.isfinite(grad).all(), f"{what} is not finite")
        expect(grad.any(), f"{what}: no gradient reaches the scores")
    order = torch.arange(ROWS).flip(0)
    turned = loss(_scores()[order], targets[order], group[order])
    expect_close(turned, loss(_scores(), targets, group), f"{what} depends on the order of the rows")
    right, wrong = 20 * hot - 10, 10 - 20 * hot
    expect(loss(right, targets, group) < loss(wrong, targets, group), f"{what} is not lower for right scores")
    logits = _scores()
    none = loss(logits[:0], targets[:0], group[:0])
    expect(none.shape == () and float(none.detach()) == 0.0, f"{what} without rows is not zero")
    expect(none.requires_grad, f"{what} without rows is cut off from the scores")
    none.backward()
    expect(logits.grad is not None and not logits.grad.any(), f"{what} without rows has a gradient")


def _scores(dtype: torch.dtype = torch.float32) -> Tensor:
    maker = torch.Generator().manual_seed(0)
    return torch.randn(ROWS, CLASSES, generator=maker).to(dtype).requires_grad_()


def check_schedule(schedule: Schedule) -> None:
    """Check that values are finite and depend only on the progress."""
    what = named(schedule)
    totals = (0, 1, 7, 1000)
    points = [(step, total) for total in totals for step in range(0, total + 1, max(total // 7, 1))]
    grid = [Progress(step, total, 3 * step / max(total, 1)) for step, total in points]
    first = [schedule(progress) for progress in grid]
    for value in first:
        expect(isinstance(value, float | int) and abs(value) < float("inf"), f"{what} returns {value!r}")
    backwards = [schedule(progress) for progress in reversed(grid)]
    expect(first == backwards[::-1], f"{what} is not pure: the value depends on earlier calls")
    expect(first == [deepcopy(schedule)(p) for p in grid], f"{what} is not pure: a copy returns other values")


class ToyNetwork(nn.Module):
    """Parameters with names that optimizer patterns usually match; one module is frozen."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(3, 3)
        self.LayerNorm = nn.LayerNorm(3)
        self.widths = nn.Embedding(5, 3)
        self.frozen = nn.Linear(3, 3).requires_grad_(False)

    def forward(self) -> Tensor:
        """Return a number that depends on every parameter that is not frozen."""
        states: Tensor = self.LayerNorm(self.dense(self.widths.weight))
        return self.frozen(states).square().sum()


def check_optimizer_spec(spec: OptimizerSpec) -> None:
    """Check that every trainable parameter occurs once and no frozen one does, that updates work, and that state is
    storable.
    """
    what = named(spec)
    with seeded():
        model = ToyNetwork()
    optimizer = spec.create(model)
    held = [id(p) for group in optimizer.param_groups for p in group["params"]]
    expect(len(held) == len(set(held)), f"{what} holds a parameter twice")
    trainable = {id(p) for p in model.parameters() if p.requires_grad}
    expect(trainable <= set(held), f"{what} leaves a trainable parameter out")
    expect(set(held) <= trainable, f"{what} holds a frozen parameter")
    before = deepcopy(model.state_dict())
    _steps(model, optimizer, 2)
    for name, value in model.state_dict().items():
        moved = not torch.equal(value, before[name])
        expect(moved != name.startswith("frozen"), f"{what}: {name} {'moved' if moved else 'did not move'}")
    _check_resume(spec, model, optimizer)


def _check_resume(spec: OptimizerSpec, model: ToyNetwork, optimizer: Optimizer) -> None:
    twin = deepcopy(model)
    other = spec.create(twin)
    other.load_state_dict(deepcopy(optimizer.state_dict()))
    _steps(model, optimizer, 2)
    _steps(twin, other, 2)
    for (name, left), right in zip(model.named_parameters(), twin.parameters(), strict=True):
        expect_close(
            left, right, f"{named(spec)}: {name} changes differently after its state was stored and loaded"
        )


def _steps(model: ToyNetwork, optimizer: Optimizer, n: int) -> None:
    for _ in range(n):
        optimizer.zero_grad()
        model().backward()
        optimizer.step()
