"""Options that several commands share: the same thing has the same name everywhere."""

from pathlib import Path
from typing import Annotated

import typer

from jointre.cli.console import state


def _quiet(value: bool) -> bool:
    state.quiet = state.quiet or value
    return value


def _verbose(value: bool) -> bool:
    state.verbose = state.verbose or value
    return value


With = Annotated[
    list[str] | None,
    typer.Option(
        "--with", help="Config laid over CONFIG: a file or a shipped name. Repeatable.", metavar="OVERLAY"
    ),
]
Code = Annotated[
    list[Path] | None,
    typer.Option(
        "--code", help="Python file with components of your own, imported first. Repeatable.", metavar="FILE"
    ),
]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda or cuda:N.")]
Force = Annotated[bool, typer.Option("--force", help="Replace what is at the output already.")]
Json = Annotated[bool, typer.Option("--json", help="The same facts for programs.")]
BatchPieces = Annotated[
    int | None, typer.Option("--batch-pieces", help="Word pieces a batch, padding included.", min=1)
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Only results and errors.", callback=_quiet, show_default=False)
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Tracebacks of errors.", callback=_verbose, show_default=False)
]
ModelFolder = Annotated[
    Path, typer.Argument(metavar="MODEL", help="Model folder, or the run folder around it.")
]
