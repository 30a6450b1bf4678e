"""``jointre registry``: what there is to name in a config."""

import inspect
import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from jointre.cli.console import note
from jointre.cli.example_block import example_text
from jointre.cli.options import Code, Json, Quiet, Verbose
from jointre.config import import_code
from jointre.config.docstrings import arguments, summary
from jointre.config.faults import nearest
from jointre.config.signature import (
    REQUIRED,
    UnreadableSignature,
    default_json,
    signature_of,
    source_of,
)
from jointre.config.values import describe
from jointre.errors import Fault, UsageError
from jointre.registry import Registry, registry

Facts = dict[str, Any]


def registry_cmd(
    name: Annotated[
        str | None, typer.Argument(help="A registry, or a registered name, to see it in detail.")
    ] = None,
    as_json: Json = False,
    code: Code = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """List every registered function, or show one in detail with an example block.

    Example: jointre registry poolers
    """
    for file in code or ():
        import_code(file)
    found = list(_chosen(name))
    detailed = name is not None and registry.find(name) is None
    if as_json:
        print(json.dumps([facts(*item) for item in found], indent=2, default=str))
    elif detailed:
        print("\n\n".join(detail(facts(*item)) for item in found))
    else:
        print("\n".join(listing([facts(*item) for item in found])))
    for part in registry.all():
        for problem in part.problems:
            note(f"{problem}")


def _chosen(name: str | None) -> Iterator[tuple[Registry, str]]:
    part = registry.find(name) if name else None
    pairs = [(one, thing) for one in ([part] if part else registry.all()) for thing in one.names()]
    pairs = pairs if name is None or part else [pair for pair in pairs if pair[1] == name]
    if name is not None and not part and not pairs:
        known = [one.name for one in registry.all()] + [
            thing for one in registry.all() for thing in one.names()
        ]
        remedy = nearest(name, known) or "see them all with: jointre registry"
        raise UsageError("no such name", [Fault("neither a registry nor a registered name", name, remedy)])
    yield from pairs


def facts(part: Registry, name: str) -> Facts:
    """All that is known of one registered function."""
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
    """Three lines a function, below the name of its registry."""
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
    """One function in full, with an example block."""
    lines = [
        f"{item['name']}  ({item['registry']}, from {item['package']}, {item['source']})",
        "",
        item["doc"],
    ]
    for parameter in item["parameters"]:
        default = f", default {json.dumps(parameter['default'])}" if "default" in parameter else ""
        required = ", required" if parameter["required"] else default
        lines += ["", f"  {parameter['name']}: {parameter['type']}{required}"]
        lines += [f"      {parameter['about']}"] if parameter["about"] else []
    return "\n".join([*lines, "", "Example:", example_text(item["registry"], item["name"]).rstrip()])
