"""Event files for TensorBoard."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from jointre.errors import BuildError, Fault
from jointre.loggers.base import Logger, Run
from jointre.loggers.values import numbers
from jointre.registry import registry


@registry.loggers("jointre.tensorboard.v1")
class TensorBoardLogger(Logger):
    """Writes event files for ``tensorboard --logdir``, one point per logged number, and the config as text.

    When a run is resumed, TensorBoard hides the points that are no longer valid. It needs the package tensorboard:
    ``pip install 'jointre[tensorboard]'``.

    Args:
        folder: name of a folder in the run folder.

    Raises:
        BuildError: tensorboard is not installed.
    """

    def __init__(self, folder: str = "tensorboard") -> None:
        self.folder = folder
        self._writer: Any = None
        if find_spec("tensorboard") is None:
            fault = Fault("tensorboard is not installed", remedy="pip install 'jointre[tensorboard]'")
            raise BuildError("the logger cannot be used", [fault])

    def start(self, run: Run) -> None:
        """Open a new file; remove those of an earlier run in the folder."""
        from torch.utils import tensorboard

        folder = run.folder / self.folder
        if run.resumed is None:
            for old in folder.glob("events.out.tfevents.*"):
                old.unlink()
        first = None if run.resumed is None else run.resumed + 1
        writer: Any = tensorboard.SummaryWriter
        self._writer = writer(str(folder), purge_step=first)
        if run.resumed is None:
            self._writer.add_text("config", f"```\n{run.config}\n```")

    def log(self, step: int, values: Mapping[str, Any]) -> None:
        """Write a point for each number."""
        for name, value in numbers(values).items():
            self._writer.add_scalar(name, value, step)
        self._writer.flush()

    def finish(self, status: str) -> None:
        """Close the file."""
        if self._writer is not None:
            self._writer.close()
