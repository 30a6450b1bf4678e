"""What trackers take: numbers, each by one name."""

from collections.abc import Iterator, Mapping
from typing import Any


def numbers(values: Mapping[str, Any]) -> dict[str, float]:
    """Return the numbers among logged values; the names of nested ones are joined: ``dev/strict_micro_f``."""
    return dict(_numbers(values, ""))


def _numbers(values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, float]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{prefix}{name}/")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{prefix}{name}", float(value)
