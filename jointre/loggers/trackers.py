"""Experiment trackers, through accelerate."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from importlib.util import find_spec
from typing import Any, Literal

from jointre.errors import BuildError, Fault, TrainingError, described
from jointre.loggers.base import Logger, Run
from jointre.loggers.values import numbers, settings
from jointre.registry import registry

CLASSES = {
    "wandb": "WandBTracker",
    "mlflow": "MLflowTracker",
    "comet_ml": "CometMLTracker",
    "aim": "AimTracker",
    "clearml": "ClearMLTracker",
    "dvclive": "DVCLiveTracker",
    "swanlab": "SwanLabTracker",
    "trackio": "TrackioTracker",
}
"""The classes of accelerate, by the name of the tracker, which is that of its package."""


@registry.loggers("jointre.trackers.v1")
class TrackerLogger(Logger):
    """Sends the config and all logged numbers to an experiment tracker.

    A resumed run begins a new run in the tracker, unless ``options`` continue the old one. A tracker that fails during
    a run is no longer used, and the run continues. Servers and keys are set as the tracker's own page says.

    Args:
        tracker: which one; its package has to be installed.
        project: name of the project or experiment in the tracker.
        options: further arguments of the tracker's own class or ``init``, for instance ``{"mode": "offline"}`` for
            wandb.

    Raises:
        BuildError: the package is not installed.
    """

    def __init__(
        self,
        tracker: Literal["wandb", "mlflow", "comet_ml", "aim", "clearml", "dvclive", "swanlab", "trackio"],
        project: str = "jointre",
        options: dict[str, Any] | None = None,
    ) -> None:
        self.tracker, self.project, self.options = tracker, project, options
        self._tracker: Any = None
        if find_spec(tracker) is None:
            fault = Fault(f"{tracker} is not installed", remedy=f"pip install {tracker}")
            raise BuildError("the logger cannot be used", [fault])

    def start(self, run: Run) -> None:
        """Begin a run in the tracker, with the config."""
        from accelerate import PartialState, tracking

        PartialState()  # which accelerate's own messages need
        with self._explained():
            self._tracker = getattr(tracking, CLASSES[self.tracker])(self.project, **(self.options or {}))
            if hasattr(self._tracker, "start"):  # before, accelerate's trackers started when they were made
                self._tracker.start()
            self._tracker.store_init_configuration(settings(run.config))

    def log(self, step: int, values: Mapping[str, Any]) -> None:
        """Send the numbers."""
        with self._explained():
            self._tracker.log(numbers(values), step=step)

    def finish(self, status: str) -> None:
        """End the run in the tracker."""
        if self._tracker is not None:
            with self._explained():
                self._tracker.finish()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            with redirect_stdout(sys.stderr):  # where messages go, not results
                yield
        except Exception as error:
            raise TrainingError(f"the tracker {self.tracker} failed: {described(error)}") from error
