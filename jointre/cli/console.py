"""Where commands write: results to stdout, everything else to stderr."""

import os
import sys
from dataclasses import dataclass

from rich.console import Console

from jointre.console import SafeConsole


@dataclass
class State:
    """What the common options of this call ask for."""

    quiet: bool = False
    verbose: bool = False


state = State()


def out() -> Console:
    """Results; in a pipe or file lines are 120 wide, or as wide as COLUMNS says."""
    terminal = sys.stdout.isatty()
    width = None if terminal or "COLUMNS" in os.environ else 120
    return SafeConsole(file=sys.stdout, soft_wrap=not terminal, width=width)


def err() -> Console:
    """Progress, notices, warnings, errors."""
    return SafeConsole(file=sys.stderr)


def note(text: str) -> None:
    """A line on stderr as it is, unless the call is quiet."""
    if not state.quiet:
        err().print(text, highlight=False, markup=False, soft_wrap=True)


def result(text: str) -> None:
    """A line on stdout as it is."""
    out().print(text, highlight=False, markup=False, soft_wrap=True)
