"""Write results to stdout, and everything else to stderr."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import typer
from rich.console import Console

from jointre.about import __version__
from jointre.console import SafeConsole, stdout_console
from jointre.printable import dump_json


@dataclass
class State:
    """The common options of this call, and its whole command line."""

    quiet: bool = False
    verbose: bool = False
    arguments: list[str] = field(default_factory=list)


state = State()


def out() -> Console:
    """Return the console for results; in a pipe or file it is 120 columns wide unless COLUMNS is set."""
    return stdout_console()


def err() -> Console:
    """Return the console for progress, notices, warnings and errors."""
    return SafeConsole(file=sys.stderr)


def note(text: str) -> None:
    """Print a line on stderr as it is, unless --quiet was given."""
    if not state.quiet:
        err().print(text, highlight=False, markup=False, soft_wrap=True)


def result(text: str) -> None:
    """Print a line on stdout as it is."""
    out().print(text, highlight=False, markup=False, soft_wrap=True)


def json_of(context: typer.Context, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON object of a command: its name, the version of jointre, then the facts."""
    return {"command": command_name(context), "jointre": __version__, **facts}


def print_json(context: typer.Context, facts: Mapping[str, Any]) -> None:
    """Print the result of a command for programs, in the layout that all commands share.

    The layout is one JSON object, indented by 2, that begins with the keys of `json_of`. Lists have plural names, and
    scores are fractions of 1.
    """
    result(dump_json(json_of(context, facts), indent=2))


def command_name(context: typer.Context) -> str:
    """Return the name of a command without the program: ``debug model``."""
    root = context.find_root()
    return context.command_path.removeprefix(root.command_path).strip()
