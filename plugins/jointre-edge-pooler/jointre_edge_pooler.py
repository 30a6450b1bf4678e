"""A span pooler that reads only the two ends of a span."""

import torch
from jointre.data.stages import View
from jointre.poolers import Pooler
from torch import Tensor


class EndsPooler(Pooler):
    """States of the first and the last unit of each range, side by side; zeros for an empty range."""

    def build(self, width: int) -> int:
        """Twice the width of the states."""
        return 2 * width

    def forward(self, view: View, doc: Tensor, ranges: Tensor) -> Tensor:
        """[M, 2V]."""
        last_unit = view.states.shape[1] - 1
        first = view.states[doc, ranges[:, 0].clamp(max=last_unit)]
        last = view.states[doc, (ranges[:, 1] - 1).clamp(min=0, max=last_unit)]
        filled = (ranges[:, 1] > ranges[:, 0]).unsqueeze(1)
        return torch.cat([first, last], dim=1) * filled
