"""From what stands on the command line to a loaded config."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from jointre.cli.console import note
from jointre.cli.overrides import parse_overrides
from jointre.config import Config, import_code, load_config


def config_from(
    context: typer.Context,
    source: str,
    overlays: Sequence[str] | None,
    code: Sequence[Path] | None,
    overrides: Mapping[str, Any] | None = None,
) -> Config:
    """Import the user's code, load the config with the overrides left on the command line, show its notices."""
    options = [name for parameter in context.command.params for name in parameter.opts]
    given = parse_overrides(context.args, options)
    for file in code or ():
        import_code(file)
    config = load_config(source, list(overlays or ()), {**given, **(overrides or {})})
    for notice in config.notices:
        note(notice)
    return config
