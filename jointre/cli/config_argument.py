"""From what stands on the command line to a loaded config."""

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
    """What was refused in steps that do not depend on each other, to be raised at once."""

    def attempt(self, step: Callable[..., T], *arguments: object) -> T | None:
        """What a step gives, or None with its error noted."""
        try:
            return step(*arguments)
        except RefusedError as error:
            self.append(error)
            return None

    def raise_all(self) -> None:
        """Raise the only error as it is, or one with the faults of all."""
        if len(self) == 1:
            raise self[0]
        if self:
            faults = [fault for error in self for fault in error.faults or [Fault(error.title)]]
            raise UsageError("the command is refused", faults)


def config_from(
    context: typer.Context,
    source: str,
    overlays: Sequence[str] | None,
    overrides: Mapping[str, Any] | None = None,
    refusals: Refusals | None = None,
    use: "Use | None" = None,
    reader: str | None = None,
) -> Config:
    """Load the config with the overrides left on the command line, show its notices.

    Args:
        context: of the command.
        source, overlays, overrides: as `load_config` takes them.
        refusals: what is wrong with the command already, to be told together with what is wrong here.
        reader: the value of ``--reader``; an override of a single corpus wins over it.
        use: what the config is for; the preflight for it is then part of the loading.

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
    """The overrides among what a command did not understand as its own; the rest goes to the refusals."""
    options = [name for parameter in context.command.params for name in parameter.opts]
    faults: list[Fault] = []
    given = parse_overrides(context.args, options, faults)
    if faults:
        refusals.append(UsageError("the command line is not understood", faults))
    return given
