"""Parse overrides: the arguments that are not a command's own options."""

import difflib
from collections.abc import Iterable
from dataclasses import is_dataclass
from typing import Any

from jointre.annotations import parse_value
from jointre.config.schema import SECTIONS, keys_of
from jointre.errors import INVALID, Fault, UsageError


def parse_overrides(
    args: Iterable[str], options: Iterable[str] = (), found: list[Fault] | None = None
) -> dict[str, Any]:
    """Return values by full key, from ``--section.key=value`` and ``--section.key value``.

    Args:
        args: arguments that are not the command's own.
        options: the command's own options, for suggestions.
        found: receives the faults, if they are to be raised later.

    Raises:
        UsageError: with every argument that is not an override.
    """
    result: dict[str, Any] = {}
    faults: list[Fault] = [] if found is None else found
    left = list(args)
    while left:
        arg = left.pop(0)
        name, equals, text = arg.removeprefix("--").partition("=")
        value = text if equals else left.pop(0) if left and _is_value(left[0]) else None
        fault = _refusal(arg, name, value, name in result, options)
        if fault is not None:
            faults.append(fault)
        else:
            result[name] = parse_value(value or "")
    if faults and found is None:
        raise UsageError(INVALID, faults)
    return result


def _full_keys(name: str) -> list[str]:
    """Return the plain keys of that name, with their sections."""
    settings = {
        section: kind for section, kind in SECTIONS.items() if isinstance(kind, type) and is_dataclass(kind)
    }
    return [f"--{section}.{name}" for section, kind in settings.items() if name in keys_of(kind)]


def _is_value(arg: str) -> bool:
    return not arg.startswith("-") or isinstance(parse_value(arg), (int, float))


def _refusal(arg: str, name: str, value: str | None, taken: bool, options: Iterable[str]) -> Fault | None:
    if not arg.startswith("--"):
        return Fault(
            "is not expected here", repr(arg), "write CONFIG first, then overrides: --section.key=value"
        )
    if name in SECTIONS:
        return Fault("is a section, not a value", f"--{name}", f"name one of its keys: --{name}.KEY=VALUE")
    if "." not in name:
        near = difflib.get_close_matches(
            f"--{name}", [*options, *_full_keys(name)], n=1, cutoff=0.5 if name else 1.0
        )
        known = f"did you mean {near[0]}?" if near else "see --help; an override reads --section.key=value"
        return Fault("unknown option", f"--{name}", known)
    if value is None:
        return Fault("has no value", f"--{name}", f"write --{name}=VALUE")
    return Fault("is given twice", f"--{name}", "keep one of the two") if taken else None
