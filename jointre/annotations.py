"""Annotations of arguments: decide which JSON values have the annotated type and are within its limits.

Types are exact: "7" is not an integer, and true is not a number.
"""

import json
import sys
import types
import typing
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union

FINITE = f"numbers go up to {sys.float_info.max:.1e}; put quotes around text"
LARGEST = 2**31 - 1  # larger counts do not fit into 32-bit integers


def parse_value(text: str) -> Any:
    """Return a value of the command line as JSON, or as text if it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


@dataclass(frozen=True)
class Limit:
    """A condition beyond the type of a value: a test, and its wording. Used as ``Annotated[int, limit]``."""

    holds: Callable[[Any], bool]
    says: str


def arms(annotation: Any) -> tuple[Any, ...]:
    """Return the alternatives of a union, or the annotation itself; limits are moved to the alternatives."""
    if typing.get_origin(annotation) in (Union, types.UnionType):
        return tuple(arm for part in typing.get_args(annotation) for arm in arms(part))
    if typing.get_origin(annotation) is not Annotated:
        return (annotation,)
    kind, *extras = typing.get_args(annotation)
    limits = tuple(extra for extra in extras if isinstance(extra, Limit))
    return tuple(arm if arm is types.NoneType else _with(arm, limits) for arm in arms(kind))


def _with(arm: Any, limits: tuple[Limit, ...]) -> Any:
    contents = (arm, *limits)
    return Annotated[contents] if limits else arm


def limited(arm: Any) -> tuple[Any, tuple[Limit, ...]]:
    """Return the type of an alternative, and its limits."""
    if typing.get_origin(arm) is not Annotated:
        return arm, ()
    kind, *limits = typing.get_args(arm)
    return kind, tuple(limits)


def fits(value: Any, annotation: Any, limits: bool = True) -> bool:
    """Return whether a JSON value has the annotated type and, with ``limits``, is within its limits."""
    return any(_fits(value, arm, limits) for arm in arms(annotation))


def _fits(value: Any, arm: Any, limits: bool = True) -> bool:
    arm, own = limited(arm)
    return _is_of(value, arm, limits) and (not limits or all(limit.holds(value) for limit in own))


def _is_of(value: Any, arm: Any, limits: bool) -> bool:
    origin, args = typing.get_origin(arm), typing.get_args(arm)
    if arm in (Any, object):
        return True
    if isinstance(arm, typing.TypeVar):
        return arm.__bound__ is None or fits(value, arm.__bound__, limits)
    if origin is Literal:
        return any(type(value) is type(choice) and value == choice for choice in args)
    kind = origin or arm
    if kind is float:
        return type(value) in (int, float) and abs(value) <= sys.float_info.max
    if kind is int:
        return type(value) is int and abs(value) <= LARGEST
    if kind in (bool, str, types.NoneType):
        return type(value) is kind
    if kind is Path:
        return isinstance(value, str)
    if isinstance(kind, type) and issubclass(kind, Mapping):
        return isinstance(value, dict) and (
            len(args) < 2 or all(fits(item, args[1], limits) for item in value.values())
        )
    if isinstance(kind, type) and issubclass(kind, Collection):
        return isinstance(value, list) and _items_fit(value, kind, args, limits)
    return False


def _items_fit(items: list[Any], kind: type, args: tuple[Any, ...], limits: bool) -> bool:
    if kind is tuple and args and args[-1] is not Ellipsis:
        return len(items) == len(args) and all(
            fits(item, arg, limits) for item, arg in zip(items, args, strict=True)
        )
    return not args or all(fits(item, args[0], limits) for item in items)


def literals(annotation: Any) -> tuple[Any, ...]:
    """Return the choices of an annotation that consists of literals and None alone; otherwise none."""
    kinds = [limited(arm)[0] for arm in arms(annotation)]
    if any(typing.get_origin(kind) is not Literal and kind is not types.NoneType for kind in kinds):
        return ()
    found = tuple(choice for kind in kinds for choice in typing.get_args(kind))
    return (*found, None) if found and types.NoneType in kinds else found


def outside(value: Any, annotation: Any) -> str:
    """Return what is wrong with a value of the right type, such as ``must be 1 or more, not 0``; empty if it is within
    limits.
    """
    if fits(value, annotation) or not fits(value, annotation, limits=False):
        return ""
    return f"must be {' or '.join(says(annotation))}, not {value}"


def says(annotation: Any) -> list[str]:
    """Return the limits in an annotation, in words."""
    found: list[str] = []
    for kind, limits in map(limited, arms(annotation)):
        found += [limit.says for limit in limits]
        found += [f"{inner} each" for arg in typing.get_args(kind) for inner in says(arg)]
    return found
