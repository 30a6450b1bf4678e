"""Options of commands that work in shards: `annotate`, and bulk `predict`, `evaluate` and `convert`."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from jointre.cli.console import note
from jointre.console import number_of
from jointre.errors import INVALID, Fault, UsageError

if TYPE_CHECKING:
    from jointre.engines.base import Engine
    from jointre.jobs.run import Job

SOME_BAD = 3
"""Exit code: all is done except records that could not be used."""
SHARD_SIZE = 2000


def numbers(option: str, what: str) -> Callable[[str | None], str | None]:
    """Return a callback that raises a UsageError unless the value is a list of whole numbers."""

    def check(value: str | None) -> str | None:
        parts = [] if value is None else value.split(",")
        wrong = [part for part in parts if not part.strip().isdecimal()]
        found = [int(part) for part in parts if part not in wrong]
        twice = [str(number) for number in dict.fromkeys(found) if found.count(number) > 1]
        faults = [Fault(f"invalid {what} {part!r}", option, f"for example {option} 0,1,2") for part in wrong]
        faults += [Fault(f"{number} is listed twice", option) for number in twice]
        if faults:
            raise UsageError(INVALID, faults)
        return value

    return check


def listed(given: str | None) -> list[int]:
    """Return the numbers of a list such as ``0,1``."""
    return [int(number) for number in given.split(",")] if given else []


EngineName = Annotated[
    str,
    typer.Option(
        "--engine",
        help="Where the workers run: local or ray.",
        metavar="NAME[:KEY=VALUE,...]",
        rich_help_panel="Bulk",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        help="Number of workers, each with its own model. Default: 1, or one per device.",
        min=1,
        rich_help_panel="Bulk",
    ),
]
Devices = Annotated[
    str | None,
    typer.Option(
        "--devices",
        help="GPUs that the workers share: 0,1.",
        metavar="N,N",
        callback=numbers("--devices", "GPU"),
        rich_help_panel="Bulk",
    ),
]
ShardSize = Annotated[
    int,
    typer.Option(
        "--shard-size", help="Lines or records of the input per shard.", min=1, rich_help_panel="Bulk"
    ),
]


def is_folder(name: str) -> bool:
    """Return whether the name of an output stands for a folder: it ends in a slash, or is that of one."""
    return name.endswith(("/", "\\")) or os.path.isdir(name)


def refuse_bulk_options(engine: str, workers: int | None, devices: str | None) -> None:
    """Refuse options that have an effect in bulk only.

    Raises:
        UsageError: one of them is given.
    """
    given = {
        "--engine": engine != "local",
        "--workers": workers is not None,
        "--devices": devices is not None,
    }
    remedy = "name a folder as output, such as found/, to work in bulk"
    faults = [
        Fault("one file is written by one process", name, remedy) for name, used in given.items() if used
    ]
    if faults:
        raise UsageError(INVALID, faults)


def make_engine(name: str, workers: int | None, devices: str | None) -> "Engine":
    """Return the engine that the options name.

    Raises:
        UsageError: the engine is unknown.
    """
    from jointre.engines.named import NamedEngine

    return NamedEngine.parse(name).make(workers, listed(devices))


def engine_elsewhere(name: str, workers: int | None, devices: str | None) -> "Engine | None":
    """Return the engine that the options name; None for this machine, whose processes the caller starts."""
    from jointre.engines.local import LocalEngine

    engine = make_engine(name, workers, devices)
    return None if isinstance(engine, LocalEngine) else engine


class Workplace(NamedTuple):
    """The options that say where and in what parts a job is done, as typed."""

    name: str
    workers: int | None
    devices: str | None
    device: str
    shard_size: int

    def engine(self) -> "Engine":
        """Return the engine.

        Raises:
            UsageError: the engine is unknown.
        """
        return make_engine(self.name, self.workers, self.devices)

    def is_this_process(self, engine: "Engine") -> bool:
        """Return whether the only worker is this process, which then needs one model only."""
        from jointre.engines.local import LocalEngine

        return engine.workers == 1 and type(engine) is LocalEngine

    def own_device(self, engine: "Engine") -> str:
        """Return the device on which this process loads the model: to work, or only to check it."""
        if self.is_this_process(engine):
            return engine.device(0) or self.device
        return "cpu"


def run_with_progress(job: "Job", engine: "Engine", output: Path, force: bool) -> Mapping[str, Any]:
    """Run a job with progress, and return the contents of its manifest."""
    from jointre.cli.progress import counted

    total = sum(file.lines for file in job.files)
    try:
        with counted("lines", total) as advance:
            return job.run(engine, force, advance, _resumed)
    except KeyboardInterrupt:
        note(f"finished shards stay in {output}; repeat the command to continue")
        raise


def run_job(job: "Job", engine: "Engine", output: Path, force: bool) -> Mapping[str, Any]:
    """Run a job of documents with progress and notices, and return the contents of its manifest."""
    facts = run_with_progress(job, engine, output, force)
    for what, count in facts["notices"].items():
        note(f"{number_of(count, 'document')} {what}")
    for change in facts["changes"]:
        note(f"{change['what']}: {change['count']} (first in {change['first']})")
    shards, documents = len(facts["shards"]), facts["counts"].get("documents", 0)
    note(f"wrote {output}: {number_of(shards, 'shard')} with {number_of(documents, 'document')}")
    return facts


def end(facts: Mapping[str, Any]) -> None:
    """Name the records that could not be used, and end with an exit code that says so."""
    from jointre.cli.console import err
    from jointre.jobs.folder import faults_of

    error = faults_of(facts)
    if error is not None:
        err().print(f"error: {error}", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(SOME_BAD)


def _resumed(shards: int) -> None:
    note(f"continuing: {shards} {'shard is' if shards == 1 else 'shards are'} already finished")
