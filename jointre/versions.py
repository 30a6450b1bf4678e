"""Compare the version that wrote a file with the installed one, and suggest what to install."""

import re
from typing import TypeGuard

from jointre.about import __version__

VERSION = re.compile(r"[0-9]+(\.[0-9]+)*([-._]?(a|b|rc|dev|post)[0-9]*)*(\+[a-z0-9.]+)?")
NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?", re.IGNORECASE)
LONGEST = 100


def is_version(text: object) -> TypeGuard[str]:
    """Return whether a value is a version number, for instance ``1.2.0rc1``."""
    return isinstance(text, str) and len(text) <= LONGEST and VERSION.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Return whether a text is a valid package name (PEP 508)."""
    return len(text) <= LONGEST and NAME.fullmatch(text) is not None


def is_newer(text: str) -> bool:
    """Return whether a version number is later than the installed jointre."""
    return _release(text) > _release(__version__)


def written_by(text: object) -> str:
    """Return a phrase with the version of jointre that wrote something and the version that reads it."""
    return f"made with jointre {text if is_version(text) else 'of an unknown version'}; this is {__version__}"


def upgrade(text: str) -> str:
    """Return the command that installs at least this version of jointre."""
    return f"pip install 'jointre>={text}'"


def install(package: str, number: str) -> str | None:
    """Return the command that installs a package, or None if name or version is not valid."""
    return f"pip install {package}=={number}" if is_name(package) and is_version(number) else None


def _release(text: str) -> tuple[int, ...]:
    """Return the numbers before any suffix, without trailing zeros."""
    numbers = [int(part) for part in re.match(r"[0-9]+(\.[0-9]+)*", text)[0].split(".")]  # type: ignore[index]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
