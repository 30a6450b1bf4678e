"""Logger: the contract of everything that records the progress of a run."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jointre.limits import Limited


@dataclass(frozen=True)
class Run:
    """What a logger receives at the start of a run.

    Args:
        folder: of the run.
        config: its filled config, as text.
        total_steps: number of updates.
        resumed: None for a new run. For a resumed run, the update up to which logged entries are valid; anything that
            was logged after it is logged again.
        seconds: that the run has taken so far, in earlier parts.
    """

    folder: Path
    config: str
    total_steps: int
    resumed: int | None = None
    seconds: float = 0.0


class Logger(Limited, ABC):
    """Records values of a run, such as losses and scores.

    Attributes:
        needed: whether a run stops if this logger fails; otherwise it is dropped, and the run continues.
    """

    needed: bool = False

    @abstractmethod
    def start(self, run: Run) -> None:
        """Begin to log. Called once, before the first update; see `Run.resumed` for a resumed run."""

    @abstractmethod
    def log(self, step: int, values: Mapping[str, Any]) -> None:
        """Record JSON-ready values after ``step`` updates."""

    @abstractmethod
    def finish(self, status: str) -> None:
        """End the log. Called once, with ``complete``, ``stopped early``, ``interrupted`` or ``failed``.

        A run counts as complete only after this method has returned.
        """

    def lost(self, run: Run) -> str:
        """Return a notice if entries of a resumed run have been lost, else an empty text; called before `start`."""
        return ""

    def ended(self, run: Run, status: str) -> None:
        """Complete what a kill or a power failure left undone in `finish`.

        Called instead of all other methods if the run to resume has already ended.
        """
