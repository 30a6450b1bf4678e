"""From what stands on the command line to a loaded config."""

from collections.abc import Mapping, Sequence
from typing import Any

import typer

from jointre.cli.console import note
from jointre.cli.overrides import parse_overrides
from jointre.config import Config, load_config


def config_from(
    context: typer.Context,
    source: str,
    overlays: Sequence[str] | None,
    overrides: Mapping[str, Any] | None = None,
) -> Config:
    """Load the config with the overrides left on the command line, show its notices."""
    options = [name for parameter in context.command.params for name in parameter.opts]
    given = parse_overrides(context.args, options)
    config = load_config(source, list(overlays or ()), {**given, **(overrides or {})})
    for notice in config.notices:
        note(notice)
    return config
