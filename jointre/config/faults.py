"""The list of faults that the parts of the check add to, and the check of a plain value."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_origin

from jointre.annotations import arms, fits, outside
from jointre.config.interpolate import BROKEN
from jointre.config.line_scan import shortened
from jointre.config.tree import Key, Origins, where
from jointre.config.values import describe, hint
from jointre.errors import Fault
from jointre.nearest import did_you_mean


@dataclass
class Faults:
    """The faults found so far.

    Args:
        origins: where the keys come from.
        unset: the keys that are null because an entry of [paths] is; they pass until they are needed.
        found: the faults.
        keys: the keys that have a fault.
    """

    origins: Origins
    unset: dict[Key, str]
    found: list[Fault] = field(default_factory=list)
    keys: set[Key] = field(default_factory=set)

    def add(self, what: str, key: Key, name: str = "", remedy: str = "") -> None:
        """Add a fault of the section ``key`` or of its entry ``name``."""
        self.keys.add((*key, name) if name else key)
        fault = Fault(what, where(self.origins, key, name), remedy)
        if fault not in self.found:
            self.found.append(fault)

    def exempt(self, key: Key, value: Any) -> bool:
        """Return whether a value needs no check: it is reported already, or waits for a path."""
        return value is BROKEN or (value is None and key in self.unset)

    def value(self, value: Any, annotation: Any, key: Key) -> bool:
        """Check a plain value against an annotation, and return whether it fits."""
        wrong = None if holds_broken(value) else wrong_value(value, annotation)
        if wrong is not None:
            self.add(wrong.what, key[:-1], key[-1], wrong.remedy)
        return wrong is None


def wrong_value(value: Any, annotation: Any) -> Fault | None:
    """Return what is wrong with a plain value, without its place; None if it fits the annotation."""
    if fits(value, annotation):
        return None
    if beyond := outside(value, annotation):
        return Fault(beyond)
    choices = [choice for arm in arms(annotation) if get_origin(arm) is Literal for choice in get_args(arm)]
    what = f"expected {describe(annotation, limits=False)}, not {_show(value)}"
    return Fault(what, remedy=hint(value, annotation) or did_you_mean(value, choices))


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Sort faults by file and line; those without a line come last."""

    def order(fault: Fault) -> tuple[bool, str, int]:
        place = fault.place
        return (True, "", 0) if place.line is None else (False, place.file, place.line)

    return sorted(faults, key=order)


def holds_broken(value: Any) -> bool:
    """Return whether a value contains a variable that could not be resolved."""
    if isinstance(value, dict):
        return any(map(holds_broken, value.values()))
    return value is BROKEN or (isinstance(value, list) and any(map(holds_broken, value)))


def _show(value: Any) -> str:
    text = (
        {True: "true", False: "false", None: "null"}.get(value)
        if not isinstance(value, (dict, list))
        else None
    )
    if text is not None and type(value) in (bool, type(None)):
        return text
    return f"the text {shortened(value)!r}" if isinstance(value, str) else shortened(repr(value))
