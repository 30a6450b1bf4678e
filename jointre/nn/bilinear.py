"""Bilinear forms, one per class, over chosen pairs of rows."""

from typing import NamedTuple

import torch
from torch import Tensor


class Forms(NamedTuple):
    """C forms ``(head x + head_bias) . (tail y + tail_bias) + linear . x + constant``.

    Args:
        head: [C or 1, M, H]; one for all classes, or one each.
        tail: [C or 1, M, H], or None for y itself (M = H, without a bias).
        head_bias, tail_bias: [C, M] | None. linear: [C, H] | None. constant: [C] | None.
    """

    head: Tensor
    tail: Tensor | None
    head_bias: Tensor | None = None
    tail_bias: Tensor | None = None
    linear: Tensor | None = None
    constant: Tensor | None = None

    @property
    def classes(self) -> int:
        """The number C of classes."""
        return len(self.head if self.head_bias is None else self.head_bias)

    def part(self, start: int, stop: int) -> "Forms":
        """Return the forms of the classes ``start`` to ``stop``."""
        own = {
            n: p[start:stop] for n, p in self._asdict().items() if p is not None and len(p) == self.classes
        }
        return self._replace(**own)

    def sides(self, heads: Tensor, tails: Tensor) -> tuple[Tensor, Tensor]:
        """Return [K, C or 1, M] and [K', C or 1, M], both factors of each form, for the rows [K, H] and [K', H]."""
        if self.tail is None:
            return _mapped(heads, self.head, self.head_bias), tails.unsqueeze(1)
        return _mapped(heads, self.head, self.head_bias), _mapped(tails, self.tail, self.tail_bias)


def merged(forms: Forms) -> Forms:
    """Return the same forms with one map each: ``x^T A y + x . u + v . y + c`` with ``A = head^T tail``."""
    head, tail, b, c = forms.head, forms.tail, forms.head_bias, forms.tail_bias
    assert tail is not None and forms.linear is None
    with torch.autocast(head.device.type, enabled=False):
        both = tail.transpose(1, 2) @ head
        if b is None or c is None:
            return Forms(both, None)
        of_head, of_tail = ((bias.unsqueeze(1) @ side).squeeze(1) for bias, side in ((b, tail), (c, head)))
        return Forms(both, None, of_head, None, of_tail, (b * c).sum(1))


def cell_scores(
    forms: Forms, heads: Tensor, tails: Tensor, head: Tensor, tail: Tensor, numbers: int
) -> Tensor:
    """Return [R, C], the forms of row ``head[r]`` of ``heads`` [K, H] and row ``tail[r]`` of ``tails`` [K', H].

    Outside training at most ``numbers`` products are held at once, but at least those of one row.
    """
    left, right = forms.sides(heads, tails)
    step = max(1, numbers // max(left.shape[1:].numel(), 1))
    parts = [
        (left.index_select(0, h) * right.index_select(0, t)).sum(2)
        for h, t in zip(head.split(step), tail.split(step), strict=True)
    ]
    scores = torch.cat(parts)
    if forms.linear is not None and forms.constant is not None:
        scores = scores + torch.nn.functional.linear(heads, forms.linear, forms.constant).index_select(
            0, head
        )
    return scores


def _mapped(rows: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    result = torch.nn.functional.linear(rows, weight.flatten(0, 1)).view(len(rows), *weight.shape[:2])
    return result if bias is None else result + bias
