"""Describe plain values and annotations in words, and guess what was probably meant."""

import json
import math
import re
import typing
from collections.abc import Collection, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, Literal

from jointre.annotations import LARGEST, arms, fits, limited
from jointre.config.signature import contracts, home, named_contracts

SEQUENCES = (list, tuple, set, frozenset)
NAMES: dict[Any, str] = {
    bool: "true or false",
    int: "an integer",
    float: "a number",
    str: "text",
    Path: "text",
    NoneType: "null",
    Any: "any value",
    object: "any value",
}


def converted(value: Any, annotation: Any) -> Any:
    """Convert a fitting value to the annotated Python type: lists to tuples or sets, text to Path."""
    for arm in arms(annotation):
        if not fits(value, arm):
            continue
        arm, _ = limited(arm)
        kind = typing.get_origin(arm) or arm
        if isinstance(value, list) and kind in SEQUENCES:
            args = [arg for arg in typing.get_args(arm) if arg is not Ellipsis] or [Any]
            each = args if len(args) == len(value) else args[:1] * len(value)
            return kind(map(converted, value, each))
        return Path(value) if kind is Path else value
    return value


def describe(annotation: Any, limits: bool = True) -> str:
    """Return an annotation in words, with or without its ``limits``."""
    return " or ".join(dict.fromkeys(_describe(arm, limits) for arm in arms(annotation)))


def _describe(arm: Any, limits: bool) -> str:
    arm, own = limited(arm)
    return _describe_type(arm, limits) + "".join(f" ({limit.says})" for limit in own if limits)


def _describe_type(arm: Any, limits: bool) -> str:
    origin, args = typing.get_origin(arm), typing.get_args(arm)
    if origin is Literal:
        return "one of " + ", ".join(json.dumps(choice) for choice in args)
    kind = origin or arm
    if kind in NAMES:
        return NAMES[kind]
    if contracts(arm):
        registry_name = home(arm)
        return f"a block of @{registry_name}" if registry_name else f"a block that makes a {arm.__name__}"
    if named_contracts(arm):
        return f"named blocks, each {describe(args[1], limits)}"
    if isinstance(kind, type) and issubclass(kind, Mapping):
        return "a dictionary" + (f" with values: {describe(args[1], limits)}" if len(args) > 1 else "")
    if isinstance(kind, type) and issubclass(kind, Collection):
        inner = dict.fromkeys(describe(arg, limits) for arg in args if arg is not Ellipsis)
        return "a list" + (f" of: {', '.join(inner)}" if inner else "")
    return getattr(arm, "__name__", str(arm))


def hint(value: Any, annotation: Any) -> str:
    """Suggest how to write what was probably meant; "" if there is no guess."""
    if type(value) is int and abs(value) > LARGEST and fits(0, annotation, limits=False):
        return f"integers go up to {LARGEST}"
    if isinstance(value, str) and value[:1] in ("[", "{") and (reason := _not_json(value)):
        return reason
    guess = _guess(value)
    for candidate in (guess, [value], [guess]):
        if repr(candidate) != repr(value) and fits(candidate, annotation):
            return f"write {json.dumps(candidate)}"
    if isinstance(value, str):
        return "a comment needs a line of its own" if re.search(r"\s[#;]", value) else ""
    if fits(json.dumps(value), annotation):
        return f'write "{json.dumps(value)}" with quotes if it is text'
    return ""


def _guess(value: Any) -> Any:
    if type(value) is float and math.isfinite(value) and value == int(value):
        return int(value)
    if not isinstance(value, str):
        return value
    text = re.split(r"\s[#;]", value, maxsplit=1)[0].strip().strip("'\"")
    words = {"none": None, "null": None, "yes": True, "true": True, "on": True, "no": False, "false": False}
    if text.lower() in words:
        return words[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _not_json(value: str) -> str:
    try:
        json.loads(value)
    except ValueError as error:
        return f"this is not valid JSON: {error}"
    except RecursionError:
        return "this is nested too deeply"
    return ""
