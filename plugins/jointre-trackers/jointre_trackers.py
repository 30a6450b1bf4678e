"""Send the numbers of a jointre run to experiment trackers, through accelerate."""

import atexit
import sys
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from contextlib import contextmanager, redirect_stdout
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from accelerate import PartialState, tracking
from jointre.errors import BuildError, Fault, TrainingError, described
from jointre.loggers.base import Logger, Run
from jointre.loggers.values import numbers

KNOWN = ", ".join(sorted(tracking.LOGGER_TYPE_TO_CLASS))


class TrackerLogger(Logger):
    """Sends the config and all logged numbers to an experiment tracker.

    A resumed run begins a new run in the tracker, unless ``options`` continue the old one. A tracker that fails during
    a run is no longer used, and the run continues. To set servers and keys, see the tracker's own documentation.

    Args:
        tracker: ``wandb``, ``mlflow``, ``trackio`` or another tracker of accelerate, whose package has to be installed;
            or ``MODULE:CLASS`` of another subclass of accelerate's ``GeneralTracker``.
        project: name of the project or experiment in the tracker; the first argument of its class.
        options: further arguments of the tracker's class, which passes most of them on to the tracker's own ``init``,
            for instance ``{"mode": "offline"}`` for wandb.

    Raises:
        BuildError: the tracker is unknown, or its package is not installed.
    """

    def __init__(self, tracker: str, project: str = "jointre", options: dict[str, Any] | None = None) -> None:
        self.tracker, self.project, self.options = tracker, project, options
        self._kind = _class(tracker)
        self._tracker: Any = None

    @classmethod
    def examples(cls, folder: Path) -> list["TrackerLogger"]:
        """Return a logger that needs no service, for ``jointre plugins --check``."""
        return [cls("jointre_trackers:MemoryTracker")]

    def start(self, run: Run) -> None:
        """Begin a run in the tracker, with the config."""
        PartialState()  # which accelerate's own messages need
        with self._explained():
            self._tracker = self._kind(self.project, **(self.options or {}))
            if hasattr(self._tracker, "start"):  # before, accelerate's trackers started when they were made
                self._tracker.start()
            self._tracker.store_init_configuration(settings(run.config))
        atexit.register(_print_to_stderr)  # runs before what trackers have registered

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


class MemoryTracker(tracking.GeneralTracker):
    """A tracker that keeps what it receives, for tests without a service.

    Args:
        project: name of the project.

    Attributes:
        settings: the values of the config.
        received: pairs of the number of updates and the numbers that were logged.
        finished: whether the run has ended.
    """

    name = "memory"
    requires_logging_directory = False

    def __init__(self, project: str) -> None:
        super().__init__()
        self.project = project
        self.settings: dict[str, str] = {}
        self.received: list[tuple[int | None, dict[str, float]]] = []
        self.finished = False

    @property
    def tracker(self) -> "MemoryTracker":
        """This object."""
        return self

    def store_init_configuration(self, values: dict[str, str]) -> None:
        """Keep the config."""
        self.settings = dict(values)

    def log(self, values: dict[str, float], step: int | None = None, **kwargs: Any) -> None:
        """Keep the numbers."""
        self.received.append((step, dict(values)))

    def finish(self) -> None:
        """End the run."""
        self.finished = True


def settings(config: str) -> dict[str, str]:
    """Return the values of a filled config, as text, by their keys: ``training.batch_size``."""
    parser = ConfigParser(interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(config)
    return {
        f"{section}.{key.lstrip('@')}": parser[section][key]
        for section in parser.sections()
        for key in parser[section]
    }


def _print_to_stderr() -> None:
    """Send what trackers print when the process ends to stderr, because results go to stdout."""
    sys.stdout.flush()
    sys.stdout = sys.stderr


def _class(tracker: str) -> type[tracking.GeneralTracker]:
    """Return the class of a tracker."""
    module, colon, name = tracker.partition(":")
    if not colon and tracker not in tracking.LOGGER_TYPE_TO_CLASS:
        raise _refused(f"accelerate has no tracker {tracker!r}", f"one of {KNOWN}, or MODULE:CLASS")
    if not _is_installed(module):
        raise _refused(f"{module} is not installed", f"pip install {module}")
    found = getattr(import_module(module), name, None) if colon else tracking.LOGGER_TYPE_TO_CLASS[tracker]
    if not isinstance(found, type) or not issubclass(found, tracking.GeneralTracker):
        raise _refused(f"{tracker} is not a tracker", "name a subclass of accelerate.tracking.GeneralTracker")
    return found


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):  # the package around it is not installed, or the name is empty
        return False


def _refused(what: str, remedy: str) -> BuildError:
    return BuildError("the logger cannot be used", [Fault(what, remedy=remedy)])
