"""Read from signature and annotations what a registered class or function takes and makes."""

import functools
import inspect
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jointre.annotations import arms
from jointre.registry import registry

REQUIRED = inspect.Parameter.empty
SCALARS = (bool, int, float, str, bytes, list, tuple, dict, set, frozenset, object, types.NoneType)


class UnreadableSignature(ValueError):
    """The annotations of a registered thing cannot be evaluated."""


@dataclass(frozen=True)
class Parameter:
    """One argument: its annotation (Any without one) and its default (`REQUIRED` without one)."""

    annotation: Any
    default: Any
    annotated: bool = True

    @property
    def required(self) -> bool:
        """Return whether a config must set it."""
        return self.default is REQUIRED


@dataclass(frozen=True)
class Signature:
    """The arguments by name; ``star`` and ``extra`` are the ``*args`` and ``**kwargs``, if any."""

    parameters: Mapping[str, Parameter]
    star: Parameter | None
    extra: Parameter | None
    returns: Any

    def parameter(self, name: str) -> Parameter | None:
        """Return the parameter that takes an argument of that name; "*" means the positional ones."""
        return self.star if name == "*" else self.parameters.get(name, self.extra)


@functools.cache
def signature_of(thing: Any) -> Signature:
    """Return the signature of a registered class or function.

    Raises:
        UnreadableSignature: an annotation names something that cannot be found.
    """
    call = inspect.getattr_static(thing, "__init__") if isinstance(thing, type) else thing
    if isinstance(thing, type) and getattr(call, "__module__", "") == "torch.nn.modules.module":
        return Signature({}, None, None, thing)
    try:
        raw = inspect.signature(thing).parameters.values()
        hints = typing.get_type_hints(call, include_extras=True)
    except (NameError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableSignature(f"{type(error).__name__}: {error}") from error
    every = {
        item.name: (item, Parameter(hints.get(item.name, Any), item.default, item.name in hints))
        for item in raw
    }
    kinds = {item.kind: parameter for item, parameter in every.values()}
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    named = {name: parameter for name, (item, parameter) in every.items() if item.kind not in variadic}
    returns = thing if isinstance(thing, type) else hints.get("return", Any)
    return Signature(named, kinds.get(variadic[0]), kinds.get(variadic[1]), returns)


def contracts(annotation: Any) -> tuple[type, ...]:
    """Return those of the alternatives that a config gives as a block."""
    return tuple(arm for arm in arms(annotation) if _is_contract(arm))


def named_contracts(annotation: Any) -> tuple[type, ...]:
    """Return the classes C of the alternatives ``dict[str, C]``."""
    inner = [typing.get_args(arm) for arm in arms(annotation) if _is_mapping(arm)]
    return tuple(found for args in inner if len(args) == 2 for found in contracts(args[1]))


def _is_contract(arm: Any) -> bool:
    plain = arm in SCALARS or arm is Any or getattr(arm, "__module__", "") == "pathlib"
    return isinstance(arm, type) and typing.get_origin(arm) is None and not plain


def _is_mapping(arm: Any) -> bool:
    origin = typing.get_origin(arm)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def home(contract: type) -> str | None:
    """Return the registry that a class belongs to: ``jointre.poolers.base.Pooler`` belongs to the poolers."""
    for base in contract.__mro__:
        parts = base.__module__.split(".")
        if parts[0] == "jointre" and len(parts) > 1 and registry.find(parts[1]):
            return parts[1]
    return None


def contract_of(thing: Any) -> str:
    """Return the name of the contract that a registered thing fulfils: ``Pooler`` for a pooler."""
    made = signature_of(thing).returns
    bases = made.__mro__ if isinstance(made, type) else ()
    return next((base.__name__ for base in bases if base.__module__.endswith(".base") and home(base)), "Any")


def makes(thing: Any, wanted: tuple[type, ...]) -> bool | None:
    """Return whether a registered thing makes one of the ``wanted``; None if its annotations do not say."""
    try:
        returned = signature_of(thing).returns
    except UnreadableSignature:
        return None
    made = [arm for arm in arms(returned) if isinstance(arm, type)]
    if not made or object in made:
        return None
    return all(issubclass(typing.get_origin(arm) or arm, wanted) for arm in made)


def fitting(registry_name: str, wanted: tuple[type, ...]) -> Iterator[str]:
    """Yield the names of a registry whose functions make one of the ``wanted``."""
    found = registry.find(registry_name)
    return (name for name, thing in (found.get_all() if found else {}).items() if makes(thing, wanted))


def default_json(parameter: Parameter) -> Any:
    """Return the default as a config writes it; `REQUIRED` if there is none or a config cannot write it."""
    return _plain(parameter.default)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, (list, tuple)):
        items = [_plain(item) for item in value]
        return REQUIRED if REQUIRED in items else items
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        values = {key: _plain(item) for key, item in value.items()}
        return REQUIRED if REQUIRED in values.values() else values
    return REQUIRED


def source_of(thing: Any) -> str:
    """Return ``file:line`` of a registered thing, relative to the working directory if possible, else its module."""
    try:
        file = Path(inspect.getsourcefile(thing) or "")
        line = inspect.getsourcelines(thing)[1]
    except (OSError, TypeError):
        return str(thing.__module__)
    return f"{file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file}:{line}"
