"""Logger: the contract of everything that records how a run goes."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Run:
    """What a logger is told of a run at its start: its folder, its filled config, its number of updates."""

    folder: Path
    config: str
    total_steps: int


class Logger(ABC):
    """Records figures of a training run."""

    @abstractmethod
    def start(self, run: Run) -> None:
        """Called once before the first update."""

    @abstractmethod
    def log(self, step: int, values: Mapping[str, Any]) -> None:
        """Figures after ``step`` updates; JSON-ready."""

    @abstractmethod
    def finish(self, status: str) -> None:
        """Called once at the end: ``complete``, ``interrupted`` or ``failed``."""
