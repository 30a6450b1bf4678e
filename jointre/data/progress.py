"""The progress of training."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """``step`` updates done of ``total``; ``epoch`` as a fraction, 1.5 in the middle of the second."""

    step: int = 0
    total: int = 0
    epoch: float = 0.0


START = Progress()
