"""Config sources: files and built-in configs, read with their line numbers, each with the config it is based on."""

import configparser
import json
import os
import re
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import confection

from jointre.annotations import FINITE
from jointre.config.built_in import built_in_configs, experiments
from jointre.config.faults import Faults
from jointre.config.line_scan import scan
from jointre.config.tree import OUT_OF_RANGE, Key, Origin, Tree, out_of_range, too_deep, walk
from jointre.errors import ConfigError, Fault
from jointre.nearest import did_you_mean, nearest_names
from jointre.place import Place

BASE = ("base", "config")


@dataclass(frozen=True)
class Source:
    """One config text that has been read but not checked.

    Args:
        name: the name that messages use.
        tree: its values as nested dictionaries, with variables as they are written.
        lines: line of each section header and each key.
        inline: the keys that were set on a line of their own, not by a section header.
        base: the config named by ``[base] config``, which this one changes.
    """

    name: str
    tree: Tree
    lines: dict[Key, int]
    inline: frozenset[Key]
    base: "Source | None" = None

    def place(self, key: Key) -> Place:
        """Return the line of a key, or of the nearest section around it."""
        for length in range(len(key), 0, -1):
            if key[:length] in self.lines:
                return Place(self.name, self.lines[key[:length]])
        return Place(self.name)

    def chain(self) -> "list[Source]":
        """Return the sources to merge, in order: the base of the base and so on, then this source."""
        return [*(self.base.chain() if self.base is not None else ()), self]


@dataclass(frozen=True)
class Found:
    """The text of a config; ``folder`` is that of its file, None for a built-in config."""

    name: str
    text: str
    folder: Path | None

    def same(self, other: "Found") -> bool:
        """Return whether both are the same file or the same built-in config."""
        if self.folder is None or other.folder is None:
            return self.folder is other.folder and self.name == other.name
        return os.path.samefile(self.name, other.name)


def read(source: str | Path) -> Source:
    """Read a file or a built-in config, and its bases.

    Raises:
        ConfigError: it does not exist, or it or one of its bases cannot be read; with every line that is wrong.
    """
    found = find(source)
    return _read(found, (found,))


def parse(text: str, name: str) -> Source:
    """Read config text, which messages call ``name``. Its base can only be a built-in config."""
    return _with_base(_parse(text, name), None, ())


def _read(found: Found, behind: tuple[Found, ...]) -> Source:
    return _with_base(_parse(found.text, found.name), found.folder, behind)


def _parse(text: str, name: str) -> Source:
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


def _with_base(source: Source, folder: Path | None, behind: tuple[Found, ...]) -> Source:
    """Read the base of a source, if it names one. ``behind`` are the configs that led here, the last one this."""
    if "base" not in source.tree or is_experiment(source):
        return source
    refused = Faults({key: Origin("config", source.place(key)) for key in source.lines}, {})
    wanted = _base_name(source, refused)
    found = None if refused.found else _located(wanted, folder)
    if found is not None and any(found.same(other) for other in behind):
        circle = " -> ".join(other.name for other in (*behind, found))
        refused.add(f"the bases form a circle: {circle}", BASE[:1], BASE[1], "remove [base] from one of them")
    elif found is not None:
        base = _read(found, (*behind, found))
        _refuse_base(base, wanted, refused)
        tree = {name: section for name, section in source.tree.items() if name != BASE[0]}
        source = replace(source, tree=tree, base=base)
    elif not refused.found:
        what = f"base not found: {wanted!r} is neither a file{_beside(folder)} nor a built-in config"
        refused.add(what, BASE[:1], BASE[1], _nearest_base(wanted, folder))
    if refused.found:
        raise ConfigError(f"the base of {source.name} cannot be used", refused.found)
    return source


def _base_name(source: Source, refused: Faults) -> str:
    section = source.tree[BASE[0]]
    for name in section:
        if name != BASE[1]:
            remedy = did_you_mean(name, BASE[1:]) or f"the only key is {BASE[1]}"
            refused.add("there is no such key", BASE[:1], name, remedy)
    if BASE[1] not in section:
        refused.add("'config' is missing", BASE[:1], remedy='add a line such as: config = "spert/conll04"')
    elif refused.value(section[BASE[1]], str, BASE):
        return str(section[BASE[1]])
    return ""


def _located(wanted: str, folder: Path | None) -> Found | None:
    """Find the file or the built-in config that a base names; None if there is neither."""
    if folder is not None and _is_file(folder / wanted):
        return find(folder / wanted)
    return _built_in(wanted)


def _is_file(path: Path) -> bool:
    """Return whether a path is a file, or a link that should lead to one."""
    try:
        return path.is_file() or (path.is_symlink() and not path.exists())
    except (OSError, ValueError):
        return False


def _beside(folder: Path | None) -> str:
    return "" if folder is None else f" in {folder}" if str(folder) != "." else " in this folder"


def _nearest_base(wanted: str, folder: Path | None) -> str:
    if folder is not None and _is_file(Path(wanted)):
        return f"its path starts at the folder of this config: {os.path.relpath(wanted, folder)!r}"
    files = [] if folder is None else [file.name for file in folder.glob("*.cfg")]
    near = nearest_names(_renamed(wanted), [*whole_names(), *files])
    return (
        f"did you mean {' or '.join(map(repr, near))}?" if near else "see the names with: jointre config list"
    )


def _refuse_base(base: Source, wanted: str, refused: Faults) -> None:
    if is_experiment(base):
        config = base.tree["experiment"].get("config") if isinstance(base.tree["experiment"], dict) else None
        remedy = f"the config of that experiment is {config!r}" if isinstance(config, str) else ""
        refused.add(f"{wanted!r} is an experiment file, not a config", BASE[:1], BASE[1], remedy)
    elif not is_whole(base):
        remedy = f"name a config with a model here, and add the overlay with: --with {wanted}"
        refused.add(f"{wanted!r} is an overlay: it has no model", BASE[:1], BASE[1], remedy)


def _unquoted(value: Any) -> Any:
    """Remove the quotes that confection leaves on text with a variable, so that a value has one form."""
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


def find(source: str | Path) -> Found:
    """Find a config: a file, or one of `built_in_configs` or `experiments` (``"spert/conll04"``).

    Raises:
        ConfigError: there is none, or it is not a text file.
    """
    path = Path(source)
    try:
        if str(source) and not path.is_dir():
            return Found(str(source), _decode(path.read_bytes(), str(source)), path.parent)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        if path.is_symlink():
            fault = Fault(f"is a link to {path.readlink()}, which does not exist", str(source))
            raise ConfigError("config not found", [fault]) from None
    except OSError as error:
        fault = Fault(f"cannot be read: {error.strerror}", str(source))
        raise ConfigError("config not found", [fault]) from error
    built_in = _built_in(str(source))
    if built_in is not None:
        return built_in
    if str(source) and path.is_dir():
        inside = path / "config.cfg"
        remedy = f"did you mean {inside}?" if inside.is_file() else "pass a file"
        raise ConfigError("config not found", [Fault("is a folder", str(source), remedy)])
    names = [*built_in_configs(), *experiments()]
    near = " or ".join(map(repr, nearest_names(_renamed(str(source).removesuffix(".cfg")), names)))
    remedy = f"did you mean {near}?" if near else "pass a file, or a name that `jointre config list` prints"
    fault = Fault("is neither a file nor a built-in config", str(source) or "an empty name", remedy)
    raise ConfigError("config not found", [fault])


def _built_in(name: str) -> Found | None:
    files, name = {**built_in_configs(), **experiments()}, name.removesuffix(".cfg")
    return Found(f"{name}.cfg", _decode(files[name].read_bytes(), name), None) if name in files else None


def _renamed(name: str) -> str:
    """Return the present name of a config: ``biaffine/conll04`` has become ``giorgi/conll04``."""
    return re.sub(r"(^|/)biaffine/", r"\1giorgi/", name)


def is_experiment(source: Source) -> bool:
    """Return whether a text is an experiment file, which is neither a config nor an overlay."""
    return "experiment" in source.tree


def is_whole(source: Source) -> bool:
    """Return whether a source, with its bases, names a model; an overlay does not."""
    models = (part.tree.get("model") for part in source.chain())
    return any(isinstance(model, dict) and "@models" in model for model in models)


def whole_names(whole: bool = True) -> list[str]:
    """Return the names of the built-in configs with a model, or of the overlays."""
    return [name for name in built_in_configs() if is_whole(_read_built_in(name)) is whole]


@cache
def _read_built_in(name: str) -> Source:
    found = _built_in(name)
    assert found is not None
    return _read(found, (found,))


@cache
def default_source() -> Source:
    """Read default.cfg."""
    text = resources.files("jointre.config").joinpath("default.cfg").read_text(encoding="utf-8")
    return _parse(text, "default.cfg")


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
            "is not UTF-8 text", Place(name, line), "unpack it" if packed else "save the file as UTF-8"
        )
        raise ConfigError(f"{name} cannot be read as a config", [fault])
    return text
