"""Find the files, folders and pretrained models that a config names."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jointre.annotations import Limit, arms, limited
from jointre.config.interpolate import WHOLE
from jointre.config.load import Config
from jointre.config.schema import SECTIONS, Paths, Slot, keys_of
from jointre.config.signature import UnreadableSignature, signature_of
from jointre.config.tree import Key, Tree, function_of, lookup, origin_of, where
from jointre.place import Place
from jointre.registry import find


@dataclass(frozen=True)
class Input:
    """A value that names something outside the config.

    Args:
        key: the argument.
        value: the name.
        limits: those of its annotation, which say what must exist.
        place: the file and line of the name; for a variable, those of the value behind it.
        folder: the folder of that file; None for the command line and for defaults.
    """

    key: Key
    value: str
    limits: tuple[Limit, ...]
    place: Place
    folder: Path | None


def inputs(config: Config) -> Iterator[Input]:
    """Yield everything that a config names outside itself."""
    for key, value, annotation in _values(config.values):
        limits = tuple(limit for arm in arms(annotation) for limit in limited(arm)[1])
        if limits and isinstance(value, str):
            yield Input(key, value, limits, *_source(config, key))


def _values(values: Tree) -> Iterator[tuple[Key, Any, Any]]:
    """Yield key, value and annotation of plain settings and of the arguments of blocks."""
    for name, kind in SECTIONS.items():
        section = values.get(name)
        if isinstance(section, dict) and isinstance(kind, type) and kind is not Paths:
            plain = {key: item.type for key, item in keys_of(kind).items() if not isinstance(item, Slot)}
            yield from (((name, key), section[key], plain[key]) for key in plain if key in section)
        yield from _arguments((name,), section)


def _arguments(key: Key, node: Any) -> Iterator[tuple[Key, Any, Any]]:
    if not isinstance(node, dict):
        return
    function = function_of(node)
    thing = find(*function) if function else None
    try:
        signature = signature_of(thing) if thing is not None else None
    except UnreadableSignature:
        signature = None
    for name, value in node.items():
        parameter = signature.parameter(name) if signature else None
        if parameter is not None:
            yield (*key, name), value, parameter.annotation
        yield from _arguments((*key, name), value)


def _source(config: Config, key: Key) -> tuple[Place, Path | None]:
    """Return place and folder of a value, following the variables that lead to it."""
    value = lookup(config.tree, key)
    while isinstance(value, str) and (variable := WHOLE.fullmatch(value)):
        key = tuple(variable[1].replace(":", ".").split("."))
        value = lookup(config.tree, key)
    origin = origin_of(config.origins, key)
    in_file = origin is not None and origin.kind in ("base", "config", "overlay")
    folder = Path(origin.place.file).parent if origin is not None and in_file else None
    return where(config.origins, key[:-1], key[-1]), folder
