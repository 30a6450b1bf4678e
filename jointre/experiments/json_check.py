"""Collects everything that is wrong with the values of a JSON file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jointre.errors import Fault

NUMBER = (int, float)
NAMES = {dict: "an object", list: "a list", str: "text", int: "a whole number", NUMBER: "a number"}


class Check:
    """Faults of one file.

    Args:
        path: of the file, for messages.
        remedy: what to do about any of the faults.
    """

    def __init__(self, path: Path, remedy: str = "") -> None:
        self.path = path
        self.remedy = remedy
        self.faults: list[Fault] = []

    def fault(self, what: str, key: str = "") -> None:
        """Note a fault of the value at ``key``, or of the file."""
        self.faults.append(Fault(what, f"{self.path}: {key}" if key else str(self.path), self.remedy))

    def kind(self, value: Any, kind: Any, key: str = "") -> bool:
        """Whether a value is of a kind of `NAMES`; a fault if not."""
        fits = isinstance(value, kind) and not isinstance(value, bool)
        if not fits:
            self.fault(f"is not {NAMES[kind]}", key)
        return fits

    def kinds(self, data: Any, kinds: Mapping[str, Any], key: str = "") -> bool:
        """Whether ``data`` is an object with these keys, each of its kind; a fault for each that is not."""
        if not self.kind(data, dict, key):
            return False
        before = len(self.faults)
        for name, kind in kinds.items():
            place = f"{key}.{name}" if key else name
            if name not in data:
                self.fault("is missing", place)
            else:
                self.kind(data[name], kind, place)
        return len(self.faults) == before

    def each(self, values: Mapping[str, Any] | list[Any], kind: Any, key: str) -> bool:
        """Whether all values of an object or a list are of a kind; a fault for each that is not."""
        items = values.items() if isinstance(values, Mapping) else enumerate(values)
        fits = [self.kind(value, kind, f"{key}.{name}") for name, value in items]
        return all(fits)
