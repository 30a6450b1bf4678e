"""``jointre debug config``: check a config and show the origin of each value."""

from collections.abc import Iterator
from typing import Any

import typer

from jointre.cli.config_argument import config_from
from jointre.cli.console import note, print_json, result
from jointre.cli.next_step import next_step
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
    if as_json:
        print_json(context, _facts(loaded))
    else:
        result("\n".join(_lines(loaded)).strip())
    note(f"{config}: no errors")
    note(f"next: {next_step(context, 'train', config, keep=['overlays', 'code'], overrides=True)}")


def _lines(config: Config) -> Iterator[str]:
    found = list(rows(config.tree))
    width = min(60, max(len(line) for _, line in found))
    for key, line in found:
        if line.startswith("[") or not key:
            yield line
        else:
            origin = config.origin(".".join(key))
            yield f"{line:{width}}  # {origin.kind} {origin.place}".rstrip()


def _facts(config: Config) -> dict[str, Any]:
    values = []
    for key, line in rows(config.tree):
        if key and not line.startswith("["):
            origin = config.origin(".".join(key))
            entry = {"key": ".".join(key), "value": lookup(config.values, key)}
            values.append({**entry, "kind": origin.kind, "place": str(origin.place)})
    return {"config": config.name, "notices": config.notices, "values": values}
