"""``--processes``, and what the processes besides the first do differently from the first."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from jointre.cli.console import state
from jointre.config import Config, resolve
from jointre.errors import INVALID, Fault, RefusedError, UsageError

ProcessCount = Annotated[
    int | None,
    typer.Option(
        "--processes",
        help="Train on N devices, with one process per device.",
        metavar="N",
        min=1,
        max=1024,
    ),
]


@contextmanager
def in_processes(count: int | None) -> Iterator[bool]:
    """Prepare for a run in one or several processes; give whether this process is not the first of several.

    Such a process writes no messages, and does not print the errors that the first one prints.

    Raises:
        UsageError: a launcher has started another number of processes than ``count``.
    """
    from jointre.training.child_processes import watch_stdin
    from jointre.training.launch import REPORTED, is_launched
    from jointre.training.processes import Processes, RaisedByAll

    here = Processes.launched()
    if here.count > 1 and count not in (None, here.count):
        what = f"this command was already started in {here.count} processes, not in {count}"
        raise UsageError(INVALID, [Fault(what, "--processes", "leave it out")])
    if is_launched():
        threading.Thread(target=watch_stdin, daemon=True).start()
    state.quiet = state.quiet or here.number > 0
    try:
        yield here.number > 0
    except (RaisedByAll, RefusedError) as error:
        if here.number == 0 or (isinstance(error, RefusedError) and here.first_on_its_machine):
            raise
        raise typer.Exit(REPORTED) from error


def launched(config: Config, count: int | None) -> None:
    """Run this command line in ``count`` processes and exit, unless it is to run in this one.

    Raises:
        UsageError: there are too few GPUs.
        TrainingError: a process was killed.
    """
    from jointre.system import usable_device
    from jointre.training.launch import launch, refuse_count
    from jointre.training.processes import Processes

    if count in (None, 1) or Processes.launched().count > 1:
        return
    assert count is not None
    system = resolve(config, "system")
    refuse_count(count, usable_device(system), system.device)
    raise typer.Exit(launch(state.arguments, count, system.threads))
