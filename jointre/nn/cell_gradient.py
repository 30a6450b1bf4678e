"""Scores of cells under many bilinear forms in training: a few classes at once, forward and backward."""

from typing import Any

import torch
from torch import Tensor

from jointre.nn.bilinear import Forms, cell_scores


class CellScores(torch.autograd.Function):
    """Compute `cell_scores` [R, C] with memory that does not grow with the number of classes.

    Only the scores and the gradients grow with it. The backward pass computes both factors of each form again, a few
    classes at once, and writes each gradient to its final place. Torch's own gradient would keep the factors of all
    classes, or the gradients of all parts twice.
    """

    @staticmethod
    def forward(
        ctx: Any,
        heads: Tensor,
        tails: Tensor,
        head: Tensor,
        tail: Tensor,
        numbers: int,
        head_map: Tensor,
        tail_map: Tensor,
        head_bias: Tensor | None,
        tail_bias: Tensor | None,
    ) -> Tensor:
        """Return [R, C] from ``heads`` [K, H], ``tails`` [K', H], ``head`` and ``tail`` [R], and the parts of
        `Forms`.
        """
        ctx.save_for_backward(heads, tails, head, tail, head_map, tail_map, head_bias, tail_bias)
        ctx.numbers = numbers
        ctx.precision = _autocast(heads.device)
        forms = Forms(head_map, tail_map, head_bias, tail_bias)
        parts = [
            cell_scores(forms.part(start, stop), heads, tails, head, tail, numbers)
            for start, stop in _class_ranges(forms, len(heads) + len(tails), numbers)
        ]
        return torch.cat(parts, dim=1)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of rows, maps and biases for ``gradient`` [R, C]."""
        heads, tails, head, tail, *parameters = ctx.saved_tensors
        forms = Forms(*parameters)
        found = [None if one is None else torch.zeros_like(one) for one in (heads, tails, *parameters)]
        with ctx.precision:
            for start, stop in _class_ranges(forms, len(heads) + len(tails), ctx.numbers):
                part = forms.part(start, stop)
                left, right = part.sides(heads, tails)
                wanted = gradient[:, start:stop].to(torch.promote_types(gradient.dtype, torch.float32))
                sides = _of_sides(wanted, left, right, head, tail, ctx.numbers)
                for place, (side, rows) in enumerate(zip(sides, (heads, tails), strict=True)):
                    _add(found[place::2], side, rows, part[place], slice(start, stop))
        return found[0], found[1], None, None, None, *found[2:]


def scores_with_gradient(
    forms: Forms, heads: Tensor, tails: Tensor, head: Tensor, tail: Tensor, numbers: int
) -> Tensor:
    """Return `cell_scores` [R, C] of forms with two maps, for training."""
    maps = (forms.head, forms.tail, forms.head_bias, forms.tail_bias)
    scores: Tensor = CellScores.apply(heads, tails, head, tail, numbers, *maps)
    return scores


def _class_ranges(forms: Forms, n_rows: int, numbers: int) -> list[tuple[int, int]]:
    """Divide the classes into ranges whose factors are at most ``numbers`` numbers, but at least one class each."""
    size = max(1, numbers // max(1, n_rows * forms.head.shape[1]))
    return [(start, min(start + size, forms.classes)) for start in range(0, forms.classes, size)]


def _of_sides(
    gradient: Tensor, left: Tensor, right: Tensor, head: Tensor, tail: Tensor, numbers: int
) -> tuple[Tensor, Tensor]:
    """Return [K, c, M] and [K', c, M], the gradients of both factors, with at most ``numbers`` products at once."""
    shape = (gradient.shape[1], left.shape[2])
    found = tuple(gradient.new_zeros(len(side), *shape) for side in (left, right))
    step = max(1, numbers // (shape[0] * shape[1]))
    rows = zip(gradient.split(step), head.split(step), tail.split(step), strict=True)
    for wanted, h, t in rows:
        wanted = wanted.unsqueeze(2)
        found[0].index_add_(0, h, wanted * right.index_select(0, t))
        found[1].index_add_(0, t, wanted * left.index_select(0, h))
    return found[0], found[1]


def _add(
    found: list[Tensor | None], side: Tensor, rows: Tensor, weight: Tensor | None, classes: slice
) -> None:
    """Add the gradients of rows, map and bias to ``found``, from the gradient ``side`` [K, c, M] of some classes."""
    of_rows, of_map, of_bias = found
    assert of_rows is not None and of_map is not None and weight is not None
    if of_bias is not None:
        of_bias[classes] += side.sum(0)
    if len(weight) < side.shape[1]:  # one map for all classes
        side = side.sum(1, keepdim=True)
    flat = side.flatten(1)
    of_rows += flat @ weight.flatten(0, 1)
    of_map[classes if len(of_map) > 1 else slice(None)] += (flat.T @ rows).view(weight.shape)


def _autocast(device: torch.device) -> Any:
    """Return the number format in use, for the backward pass."""
    enabled = torch.is_autocast_enabled(device.type)
    return torch.autocast(device.type, dtype=torch.get_autocast_dtype(device.type), enabled=enabled)
