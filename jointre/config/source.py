"""Config sources: files and the configs that are shipped with jointre, read with their line numbers."""

import configparser
import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import confection

from jointre.annotations import FINITE
from jointre.config.line_scan import scan
from jointre.config.tree import OUT_OF_RANGE, Key, Tree, out_of_range, too_deep, walk
from jointre.errors import ConfigError, Fault
from jointre.nearest import nearest_names

if TYPE_CHECKING:
    from importlib.abc import Traversable

SHIPPED = "jointre.registry_configs"
EXPERIMENT = re.compile(rb"^[ \t]*\[experiment\]", re.MULTILINE)


@dataclass(frozen=True)
class Source:
    """One config text, read and not yet checked.

    Args:
        name: how messages call it.
        tree: its values as nested dictionaries, variables left as they stand.
        lines: line of each section header and each key.
        inline: the keys that were set on a line of their own, not by a section header.
    """

    name: str
    tree: Tree
    lines: dict[Key, int]
    inline: frozenset[Key]

    def place(self, key: Key) -> str:
        """``name:line`` of a key, or of the nearest part around it."""
        for length in range(len(key), 0, -1):
            if key[:length] in self.lines:
                return f"{self.name}:{self.lines[key[:length]]}"
        return self.name


def read(source: str | Path) -> Source:
    """Read a file or a shipped config; a ConfigError with every line that cannot be read."""
    name, text = find(source)
    return parse(text, name)


def parse(text: str, name: str) -> Source:
    """Read config text; ``name`` is how messages call it."""
    scanned = scan(text, name)
    if scanned.faults:
        raise ConfigError(f"{name} cannot be read as a config", scanned.faults)
    try:
        tree = dict(confection.Config().from_str(scanned.complete(), interpolate=False))
        if too_deep(tree):
            raise RecursionError
    except RecursionError as error:
        raise ConfigError(f"{name} cannot be read as a config", [Fault("nested too deeply", name)]) from error
    except (confection.ConfigValidationError, configparser.Error) as error:
        raise ConfigError(f"{name} cannot be read as a config", [Fault(str(error).strip(), name)]) from error
    source = Source(name, _unquoted(tree), scanned.lines, frozenset(scanned.inline))
    faults = [
        Fault(f"{'.'.join(key)}: {OUT_OF_RANGE}", source.place(key), FINITE)
        for key, value in walk(source.tree)
        if not isinstance(value, dict) and out_of_range(value)
    ]
    if faults:
        raise ConfigError(f"{name} cannot be read as a config", faults)
    return source


def _unquoted(value: Any) -> Any:
    """confection leaves the quotes on text with a variable; take them off, so that one value has one form."""
    if isinstance(value, dict):
        return {key: _unquoted(child) for key, child in value.items()}
    if (
        isinstance(value, str)
        and len(value) > 1
        and value[0] == value[-1] == '"'
        and confection.VARIABLE_RE.search(value)
    ):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def find(source: str | Path) -> tuple[str, str]:
    """Name and text of a config: a file, or one of `shipped` ("spert/conll04")."""
    path = Path(source)
    try:
        if str(source) and not path.is_dir():
            return str(source), _decode(path.read_bytes(), str(source))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        if path.is_symlink():
            fault = Fault(f"is a link to {path.readlink()}, which does not exist", str(source))
            raise ConfigError("no config", [fault]) from None
    except OSError as error:
        raise ConfigError("no config", [Fault(f"cannot be read: {error.strerror}", str(source))]) from error
    files = {**shipped(), **experiments()}
    name = str(source).removesuffix(".cfg")
    if name in files:
        return f"{name}.cfg", _decode(files[name].read_bytes(), name)
    if str(source) and path.is_dir():
        remedy = f"did you mean {path / 'config.cfg'}?" if (path / "config.cfg").is_file() else "give a file"
        raise ConfigError("no config", [Fault("is a folder", str(source), remedy)])
    near = " or ".join(map(repr, nearest_names(name, files)))
    remedy = f"did you mean {near}?" if near else "give a file, or a name that `jointre config list` prints"
    raise ConfigError(
        "no config", [Fault("neither a file nor a shipped config", str(source) or "an empty name", remedy)]
    )


def is_experiment(source: Source) -> bool:
    """Whether a text is an experiment file: no config, and no overlay."""
    return "experiment" in source.tree


def shipped() -> "dict[str, Traversable]":
    """The configs and overlays that are installed with jointre, by name."""
    return _installed()[0]


def experiments() -> "dict[str, Traversable]":
    """The experiment files that are installed with jointre, by name."""
    return _installed()[1]


@cache
def _installed() -> "tuple[dict[str, Traversable], dict[str, Traversable]]":
    try:
        root = resources.files(SHIPPED)
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


def _decode(data: bytes, name: str) -> str:
    text, wrong = "", data.find(b"\0")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        wrong = error.start
    if wrong >= 0:
        line = data[:wrong].count(b"\n") + 1
        packed = data.startswith((b"\x1f\x8b", b"PK"))
        fault = Fault(
            "is not UTF-8 text", f"{name}:{line}", "unpack it" if packed else "save the file as UTF-8"
        )
        raise ConfigError(f"{name} cannot be read as a config", [fault])
    return text
