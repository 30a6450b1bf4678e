"""Commands that plugins add to ``jointre``, by their entry points in the group ``jointre_commands``.

An entry point is the name of the command and a Typer app, or a function as Typer takes it. It is imported when the
command is used, and for nothing else.
"""

import sys
from contextlib import redirect_stdout
from importlib.metadata import EntryPoint
from typing import Any

import typer
from typer.core import TyperCommand
from typer.main import get_command

from jointre.errors import Fault, RegistryError
from jointre.registry import entry_points_of, group_of, package_of, reason_of

GROUP = group_of("commands")


def plugin_commands() -> dict[str, EntryPoint]:
    """Return the commands of installed plugins by name, without importing them; the first of a name counts."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points_of("commands"):
        found.setdefault(point.name, point)
    return found


class PluginCommand(TyperCommand):
    """Stands for the command of a plugin in the list of commands, until it is used."""

    def __init__(self, point: EntryPoint) -> None:
        summary = point.dist.metadata.json.get("summary") if point.dist else ""
        text = f"{summary or 'A command of a plugin'} ({package_of(point)})."
        super().__init__(point.name, help=text, short_help=text)
        self.point = point

    def load(self) -> Any:
        """Return the command itself.

        Raises:
            RegistryError: it cannot be imported, or is not a command.
        """
        command, fault = load_command(self.point)
        if fault is not None:
            raise RegistryError("the command of a plugin cannot be used", [fault])
        return command


def load_command(point: EntryPoint) -> tuple[Any, Fault | None]:
    """Return the command of an entry point; None and the reason if it cannot be loaded."""
    package = package_of(point)
    try:
        with redirect_stdout(sys.stderr):
            thing = point.load()
        if not isinstance(thing, typer.Typer):
            if not callable(thing) or isinstance(thing, type):
                raise TypeError(f"{point.value} is neither a Typer app nor a function")
            app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            app.command(point.name)(thing)
            thing = app
        command = get_command(thing)
        command.name = point.name
        return command, None
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        what = f"the command {point.name} of the plugin {package} cannot be loaded: {reason_of(error, point)}"
        return None, Fault(what, remedy=f"correct or uninstall {package}")
