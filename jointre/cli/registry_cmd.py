"""``jointre registry``: the functions that a config can name."""

import inspect
import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from jointre.cli.completion import registered_names
from jointre.cli.console import print_json, result
from jointre.cli.options import Code, Json, Quiet, Verbose
from jointre.config.docstrings import arguments, summary
from jointre.config.example_block import example_text
from jointre.config.signature import (
    REQUIRED,
    UnreadableSignature,
    default_json,
    signature_of,
    source_of,
)
from jointre.config.values import describe
from jointre.errors import Fault, UsageError
from jointre.nearest import did_you_mean
from jointre.registry import Registry, registry

Facts = dict[str, Any]
COMMANDS = {
    "writers": "jointre convert INPUT OUTPUT --to {name}",
    "renderers": "jointre predict MODEL INPUT --format {name}",
    "panels": "jointre predict MODEL INPUT OUTPUT.html --format html:panels={name}",
    "engines": "jointre predict MODEL INPUT OUTPUT/ --engine {name}",
    "taggers": "jointre annotate INPUT OUTPUT --tagger {name}:NAME",
}
"""How to use the functions that commands name, not configs."""


def registry_cmd(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            help="Registry to list, or registered name to show in detail.", autocompletion=registered_names
        ),
    ] = None,
    member: Annotated[
        str | None, typer.Argument(help="Name in that registry.", autocompletion=registered_names)
    ] = None,
    as_json: Json = False,
    code: Code = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """List every registered function, or show one in detail with an example block.

    Example: jointre registry poolers
    """
    found, detailed = _chosen(name, member)
    if as_json:
        print_json(context, {"components": [facts(*item) for item in found]})
    elif detailed:
        result("\n\n".join(detail(facts(*item)) for item in found))
    else:
        result("\n".join(listing([facts(*item) for item in found])))


def _chosen(name: str | None, member: str | None) -> tuple[list[tuple[Registry, str]], bool]:
    """Return the requested functions, and whether to show them in detail; ``@poolers`` means ``poolers``."""
    part = registry.find(name.removeprefix("@")) if name else None
    if name is None or (part and member is None):
        return [(one, thing) for one in ([part] if part else registry.all()) for thing in one.names()], False
    if part and member:
        part.get(member)
        return [(part, member)], True
    if member is not None:
        remedy = (
            did_you_mean(name, [one.name for one in registry.all()]) or "list them with: jointre registry"
        )
        raise UsageError("unknown registry", [Fault("is not a registry", name, remedy)])
    found = [(one, name) for one in registry.all() if one.has(name)]
    if not found:
        raise UsageError(
            "unknown name", [Fault("is neither a registry nor a registered name", name, _near(name))]
        )
    return found, True


def _near(name: str) -> str:
    """Suggest the names that contain what was typed, else the nearest one."""
    known = [one.name for one in registry.all()]
    names = list(dict.fromkeys(thing for one in registry.all() for thing in one.names()))
    inside = [thing for thing in names if name.lower() in thing] if len(name) > 2 else []
    if inside:
        return f"did you mean {' or '.join(map(repr, inside[:5]))}?"
    return did_you_mean(name, [*known, *names]) or "list them with: jointre registry"


def facts(part: Registry, name: str) -> Facts:
    """Return everything that is known about a registered function, ready for JSON."""
    thing = part.get(name)
    about = arguments(thing)
    try:
        signature = signature_of(thing)
        named = {**signature.parameters, **({"*": signature.star} if signature.star else {})}
    except UnreadableSignature:
        named = {}
    parameters = []
    for key, item in named.items():
        default = default_json(item)
        entry = {"name": key, "type": describe(item.annotation), "about": about.get(key, "")}
        extra = {} if default is REQUIRED else {"default": default}
        parameters.append({**entry, "required": item.required and key != "*", **extra})
    base = {"registry": part.name, "name": name, "package": part.package(name), "source": source_of(thing)}
    doc = (inspect.getdoc(thing) or "").split("\n\nArgs:")[0]
    return {**base, "summary": summary(thing), "doc": doc, "parameters": parameters}


def listing(found: list[Facts]) -> Iterator[str]:
    """Yield the lines of a list: each registry, and below it two lines per function."""
    last = None
    for item in found:
        if item["registry"] != last:
            yield f"{'' if last is None else chr(10)}{item['registry']}"
            last = item["registry"]
        yield f"  {item['name']}({', '.join(map(_short, item['parameters']))})  [{item['package']}]"
        yield f"      {item['summary']}"


def _short(parameter: Facts) -> str:
    name = "*blocks" if parameter["name"] == "*" else parameter["name"]
    return f"{name}={json.dumps(parameter['default'])}" if "default" in parameter else name


def detail(item: Facts) -> str:
    """Return the text about one function: signature, arguments, and an example block."""
    lines = [
        f"{item['name']}({', '.join(map(_short, item['parameters']))})",
        f"{item['registry']}, from {item['package']}, {item['source']}",
        "",
        item["doc"],
    ]
    for parameter in item["parameters"]:
        default = f", default {json.dumps(parameter['default'])}" if "default" in parameter else ""
        required = ", required" if parameter["required"] else default
        lines += ["", f"  {parameter['name']}: {parameter['type']}{required}"]
        lines += [f"      {parameter['about']}"] if parameter["about"] else []
    if item["registry"] in COMMANDS:
        config, example = "", COMMANDS[item["registry"]].format(name=item["name"])
    else:
        config, example = example_text(item["registry"], item["name"])
    heading = f"Example, from {config}:" if config else "Example:"
    return "\n".join([*lines, "", heading, example.rstrip()])
