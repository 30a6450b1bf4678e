"""What trackers take: numbers by one name, and settings by their full keys."""

from collections.abc import Iterator, Mapping
from configparser import ConfigParser
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


def settings(config: str) -> dict[str, str]:
    """Return the values of a filled config, as text, by their keys: ``training.batch_size``."""
    parser = ConfigParser(interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(config)
    return {
        f"{section}.{key.lstrip('@')}": parser[section][key]
        for section in parser.sections()
        for key in parser[section]
    }
