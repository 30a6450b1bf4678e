"""``jointre debug config``: check a config and show the origin of each value."""

import json
from collections.abc import Iterator

import typer

from jointre.cli.config_argument import config_from
from jointre.cli.console import note, result
from jointre.cli.options import Code, ConfigName, Json, Quiet, Verbose, With
from jointre.config import Config
from jointre.config.text import rows
from jointre.config.tree import lookup


def debug_config(
    context: typer.Context,
    config: ConfigName,
    overlays: With = None,
    code: Code = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Check a config; print it in full with the origin of each value, or print all errors.

    Override values with --section.key=value.

    Example: jointre debug config quickstart --training.epochs=3
    """
    loaded = config_from(context, config, overlays, use="debug")
    result(_as_json(loaded) if as_json else "\n".join(_lines(loaded)).strip())
    note(f"{config}: no errors. Next: jointre train {config}")


def _lines(config: Config) -> Iterator[str]:
    found = list(rows(config.tree))
    width = min(60, max(len(line) for _, line in found))
    for key, line in found:
        if line.startswith("[") or not key:
            yield line
        else:
            origin = config.origin(".".join(key))
            yield f"{line:{width}}  # {origin.kind} {origin.place}".rstrip()


def _as_json(config: Config) -> str:
    values = []
    for key, line in rows(config.tree):
        if key and not line.startswith("["):
            origin = config.origin(".".join(key))
            entry = {"key": ".".join(key), "value": lookup(config.values, key)}
            values.append({**entry, "kind": origin.kind, "place": str(origin.place)})
    return json.dumps({"config": config.name, "notices": config.notices, "values": values}, indent=2)
