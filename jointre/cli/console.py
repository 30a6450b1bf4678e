"""Where commands write: results to stdout, everything else to stderr."""

import sys
from dataclasses import dataclass

from rich.console import Console


@dataclass
class State:
    """What the common options of this call ask for."""

    quiet: bool = False
    verbose: bool = False


state = State()


def out() -> Console:
    """Results."""
    return Console(file=sys.stdout, soft_wrap=not sys.stdout.isatty())


def err() -> Console:
    """Progress, notices, warnings, errors."""
    return Console(file=sys.stderr)


def note(text: str) -> None:
    """A line on stderr as it is, unless the call is quiet."""
    if not state.quiet:
        err().print(text, highlight=False, markup=False, soft_wrap=True)


def result(text: str) -> None:
    """A line on stdout as it is."""
    out().print(text, highlight=False, markup=False, soft_wrap=True)
