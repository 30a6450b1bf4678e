"""Load the config that a command line names."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import typer

from jointre.cli.console import note
from jointre.cli.overrides import parse_overrides
from jointre.config import Config, load_config
from jointre.errors import INVALID, FaultList

if TYPE_CHECKING:
    from jointre.preflight import Use


def config_from(
    context: typer.Context,
    source: str,
    overlays: Sequence[str] | None,
    overrides: Mapping[str, Any] | None = None,
    faults: FaultList | None = None,
    use: "Use | None" = None,
    reader: str | None = None,
) -> Config:
    """Load the config with the overrides of the command line, and show its notices.

    Args:
        context: the context of the command.
        source, overlays, overrides: as `load_config` takes them.
        faults: known faults, to be reported together with the ones found here.
        use: the use of the config; loading then includes the preflight for it.
        reader: the value of ``--reader``; an override of a single corpus wins over it.

    Raises:
        RefusedError: with everything that is wrong with the command line and the config.
    """
    faults = FaultList() if faults is None else faults
    read = faults.attempt(reader_overrides, reader) or {}
    given = {**read, **overrides_left(context, faults), **(overrides or {})}
    if use is None:
        config = faults.attempt(load_config, source, list(overlays or ()), given)
    else:
        from jointre.preflight import load_checked

        config = faults.attempt(partial(load_checked, use=use), source, list(overlays or ()), given)
    faults.raise_all(INVALID)
    assert config is not None
    for notice in config.notices:
        note(notice)
    return config


def reader_overrides(reader: str | None) -> dict[str, Any]:
    """Return the overrides that ``--reader`` stands for.

    Raises:
        UsageError: there is no such reader, or it does not take the arguments.
    """
    if reader is None:
        return {}
    from jointre.readers.named import NamedReader

    return NamedReader.parse(reader).overrides


def overrides_left(context: typer.Context, faults: FaultList) -> dict[str, Any]:
    """Return the overrides among the arguments that are not the command's own; add faults about the rest."""
    options = [name for parameter in context.command.params for name in parameter.opts]
    return parse_overrides(context.args, options, faults)
