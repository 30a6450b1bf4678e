"""The configs, overlays and experiment files that are installed with jointre."""

import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.abc import Traversable

PACKAGE = "jointre.registry_configs"
EXPERIMENT = re.compile(rb"^[ \t]*\[experiment\]", re.MULTILINE)


def built_in_configs() -> "dict[str, Traversable]":
    """Return the configs and overlays that are installed with jointre, by name."""
    return _installed()[0]


def experiments() -> "dict[str, Traversable]":
    """Return the experiment files that are installed with jointre, by name."""
    return _installed()[1]


@cache
def _installed() -> "tuple[dict[str, Traversable], dict[str, Traversable]]":
    try:
        root = resources.files(PACKAGE)
    except ModuleNotFoundError:
        return {}, {}
    found: tuple[dict[str, Traversable], dict[str, Traversable]] = {}, {}
    for name, file in sorted(_configs(root, "")):
        found[EXPERIMENT.search(file.read_bytes()) is not None][name] = file
    return found


def _configs(folder: "Traversable", prefix: str) -> "list[tuple[str, Traversable]]":
    found = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _configs(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".cfg"):
            found.append((prefix + entry.name.removesuffix(".cfg"), entry))
    return found
