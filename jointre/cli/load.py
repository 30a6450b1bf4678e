"""From what stands on the command line to a loaded config."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from jointre.cli.console import note
from jointre.cli.overrides import parse_overrides
from jointre.config import Config, load_config

if TYPE_CHECKING:
    from jointre.preflight import Use


def config_from(
    context: typer.Context,
    source: str,
    overlays: Sequence[str] | None,
    overrides: Mapping[str, Any] | None = None,
    *,
    use: "Use | None" = None,
) -> Config:
    """Load the config with the overrides left on the command line, show its notices.

    With ``use`` the preflight for it is part of the loading, so that its faults come with all others.
    """
    options = [name for parameter in context.command.params for name in parameter.opts]
    given = parse_overrides(context.args, options)
    values = {**given, **(overrides or {})}
    if use is None:
        config = load_config(source, list(overlays or ()), values)
    else:
        from jointre.preflight import load_checked

        config = load_checked(source, list(overlays or ()), values, use=use)
    for notice in config.notices:
        note(notice)
    return config
