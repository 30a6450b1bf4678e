"""Load the config that a command line names."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from jointre.cli.console import note
from jointre.cli.overrides import parse_overrides
from jointre.config import Config, load_config
from jointre.errors import Fault, RefusedError, UsageError

if TYPE_CHECKING:
    from jointre.preflight import Use

T = TypeVar("T")


class Refusals(list[RefusedError]):
    """Errors of steps that do not depend on each other, raised together."""

    def attempt(self, step: Callable[..., T], *arguments: object) -> T | None:
        """Return the result of a step; or add its error and return None."""
        try:
            return step(*arguments)
        except RefusedError as error:
            self.append(error)
            return None

    def raise_all(self) -> None:
        """Raise the only error unchanged, or one error with the faults of all."""
        if len(self) == 1:
            raise self[0]
        if self:
            faults = [fault for error in self for fault in error.faults or [Fault(error.title)]]
            raise UsageError("invalid command", faults)


def config_from(
    context: typer.Context,
    source: str,
    overlays: Sequence[str] | None,
    overrides: Mapping[str, Any] | None = None,
    refusals: Refusals | None = None,
    use: "Use | None" = None,
    reader: str | None = None,
) -> Config:
    """Load the config with the overrides of the command line, and show its notices.

    Args:
        context: the context of the command.
        source, overlays, overrides: as `load_config` takes them.
        refusals: errors that are known already, to be reported together with the ones found here.
        use: the use of the config; loading then includes the preflight for it.
        reader: the value of ``--reader``; an override of a single corpus wins over it.

    Raises:
        RefusedError: with everything that is wrong with the command line and the config.
    """
    refusals = Refusals() if refusals is None else refusals
    read = refusals.attempt(reader_overrides, reader) or {}
    given = {**read, **overrides_left(context, refusals), **(overrides or {})}
    if use is None:
        config = refusals.attempt(load_config, source, list(overlays or ()), given)
    else:
        from jointre.preflight import load_checked

        config = refusals.attempt(partial(load_checked, use=use), source, list(overlays or ()), given)
    refusals.raise_all()
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


def overrides_left(context: typer.Context, refusals: Refusals) -> dict[str, Any]:
    """Return the overrides among the arguments that are not the command's own; add errors about the rest."""
    options = [name for parameter in context.command.params for name in parameter.opts]
    faults: list[Fault] = []
    given = parse_overrides(context.args, options, faults)
    if faults:
        refusals.append(UsageError("invalid command line", faults))
    return given
