"""Logger: the contract of everything that records how a run goes."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jointre.limits import Limited


@dataclass(frozen=True)
class Run:
    """What a logger is told of a run at its start.

    Args:
        folder: of the run.
        config: its filled config.
        total_steps: number of updates.
        resumed: None for a run that begins. For one that is continued the update up to which what was logged
            stands; whatever was logged after it is void, for it comes again.
        seconds: that the run has taken so far, in earlier parts.
    """

    folder: Path
    config: str
    total_steps: int
    resumed: int | None = None
    seconds: float = 0.0


class Logger(Limited, ABC):
    """Records figures of a training run."""

    @abstractmethod
    def start(self, run: Run) -> None:
        """Called once before the first update; see `Run.resumed` for a run that is continued."""

    @abstractmethod
    def log(self, step: int, values: Mapping[str, Any]) -> None:
        """Figures after ``step`` updates; JSON-ready."""

    @abstractmethod
    def finish(self, status: str) -> None:
        """Called once at the end: ``complete``, ``stopped early``, ``interrupted`` or ``failed``.

        A run counts as complete only after this has returned.
        """

    def lost(self, run: Run) -> str:
        """What has been lost of the entries of a run that is continued, for the user; called before `start`."""
        return ""

    def ended(self, run: Run, status: str) -> None:
        """Called instead of all else if a run that is to be continued has ended already.

        Complete what a kill or a loss of power left undone in `finish`.
        """
