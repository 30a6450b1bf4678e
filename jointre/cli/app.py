"""The application: its commands, and the messages for errors."""

import os
import sys
import traceback
import warnings
from typing import Annotated, Any, TextIO

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from jointre import signals
from jointre.about import __version__
from jointre.attribution import JOINTRE, blames_the_system, failure_of
from jointre.cli.annotate import annotate_cmd
from jointre.cli.attention import attention_cmd
from jointre.cli.compare import compare_cmd
from jointre.cli.config_diff import config_diff
from jointre.cli.config_list import config_list
from jointre.cli.console import err, note, state
from jointre.cli.convert import convert_cmd
from jointre.cli.debug_config import debug_config
from jointre.cli.debug_data import debug_data
from jointre.cli.debug_model import debug_model
from jointre.cli.docs import docs_cmd
from jointre.cli.evaluate import evaluate_cmd
from jointre.cli.experiment import experiment
from jointre.cli.export import export_cmd
from jointre.cli.import_cmd import import_sinet, import_spert
from jointre.cli.init_config import fill_config, init_config
from jointre.cli.init_labels import init_labels
from jointre.cli.init_plugin import init_plugin
from jointre.cli.options import HELP, OVERRIDES, PLAIN
from jointre.cli.plugins import plugins_cmd
from jointre.cli.predict import predict_cmd
from jointre.cli.pretrain import pretrain_cmd
from jointre.cli.registry_cmd import registry_cmd
from jointre.cli.split import split_cmd
from jointre.cli.train import train_cmd
from jointre.cli.tune import tune_cmd
from jointre.errors import Fault, JointreError, UsageError
from jointre.nearest import did_you_mean
from jointre.plugin.commands import PluginCommand, plugin_commands
from jointre.registry import registry

# Respect the user's setting if any of these is set. By default OpenMP threads spin while they wait, which takes cores
# from other processes: next to another run, two threads on two cores were nine times as slow.
SPINNING = {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"}

INTERRUPTED = 130
LIST = "list the commands with jointre --help, the plugins with jointre plugins"


class Interrupted(Exception):
    """A signal has ended the command."""


class Commands(TyperGroup):
    """The commands of jointre, then those of plugins; without this class Typer ends at an interruption without a
    message.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands; those of jointre cannot be replaced."""
        own = super().list_commands(ctx)
        return [*own, *sorted(plugin_commands().keys() - set(own))]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command; for one of a plugin a stand-in, which imports nothing."""
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        point = plugin_commands().get(cmd_name)
        return None if point is None else PluginCommand(point)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that is to run, and import it if it is that of a plugin.

        Raises:
            UsageError: no command has that name.
        """
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            known = did_you_mean(args[0], self.list_commands(ctx), cutoff=0.7)
            fault = Fault("is not a command of jointre or of an installed plugin", args[0], known or LIST)
            raise UsageError("command not found", [fault])
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.load() if isinstance(command, PluginCommand) else command, rest

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise Interrupted from error
        except Exception as error:
            if signals.received and not isinstance(error, typer.Exit):
                raise Interrupted from error  # a library has turned it into an error of its own
            raise


app = typer.Typer(cls=Commands, context_settings=HELP, **{**PLAIN, "add_completion": True})
init = typer.Typer(
    help="Write a config, a types file or a plugin to start from.\n\nExample: jointre init config my.cfg",
    **PLAIN,
)
configs = typer.Typer(help="List or compare configs.\n\nExample: jointre config list", **PLAIN)
debug = typer.Typer(
    help="Check a config, its data or its model before training.\n\nExample: jointre debug data quickstart",
    **PLAIN,
)
importing = typer.Typer(
    help="Convert a model of another program.\n\n"
    "Example: jointre import spert save/final_model models/conll04 --types types.json",
    **PLAIN,
)

app.command("train", **OVERRIDES)(train_cmd)
app.command("pretrain", **OVERRIDES)(pretrain_cmd)
app.command("evaluate")(evaluate_cmd)
app.command("tune")(tune_cmd)
app.command("predict")(predict_cmd)
app.command("export")(export_cmd)
app.command("attention")(attention_cmd)
app.command("annotate")(annotate_cmd)
app.command("convert")(convert_cmd)
app.command("split")(split_cmd)
app.add_typer(experiment, name="experiment")
app.command("compare")(compare_cmd)
app.add_typer(init, name="init")
app.add_typer(configs, name="config")
app.add_typer(debug, name="debug")
app.command("registry")(registry_cmd)
app.command("plugins")(plugins_cmd)
app.command("docs")(docs_cmd)
app.add_typer(importing, name="import")
init.command("config")(init_config)
init.command("fill-config")(fill_config)
init.command("labels")(init_labels)
init.command("plugin")(init_plugin)
configs.command("diff", **OVERRIDES)(config_diff)
configs.command("list")(config_list)
debug.command("config", **OVERRIDES)(debug_config)
debug.command("data", **OVERRIDES)(debug_data)
debug.command("model", **OVERRIDES)(debug_model)
importing.command("spert")(import_spert)
importing.command("sinet")(import_sinet)


def _version(value: bool) -> None:
    if value:
        print(__version__)
        raise typer.Exit


@app.callback()
def jointre(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", callback=_version)] = False,
) -> None:
    """Joint entity and relation extraction: train, score and use models described by config files.

    Example: jointre train quickstart
    """


def main() -> None:
    """Run a command. Exit codes: 0 done, 1 failed, 2 refused, 130 interrupted."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    if not SPINNING & os.environ.keys():
        os.environ["OMP_WAIT_POLICY"] = "passive"
    signals.install()
    warnings.showwarning = _show_warning
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # a second one, during the message about the first
        code = INTERRUPTED
    signals.uninstall()
    sys.exit(code)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Print a warning as a notice, without its place in the code."""
    note(f"warning: {message}")


def run(arguments: list[str]) -> int:
    """Run a command with these arguments and return its exit code."""
    shown = ""
    state.quiet = state.verbose = False
    state.arguments = list(arguments)
    signals.received.clear()
    try:
        return int(app(arguments, prog_name="jointre", standalone_mode=False) or 0)
    except typer.Exit as stop:
        return stop.exit_code
    except (Interrupted, KeyboardInterrupt, typer.Abort):
        _say(signals.INTERRUPTED)
        return INTERRUPTED
    except TyperException as error:
        if error.format_message():  # without one the help was shown
            command = getattr(getattr(error, "ctx", None), "command_path", "jointre")
            _say(f"error: {error.format_message()}\n\nFor its arguments and options: {command} --help")
        return 2
    except JointreError as error:
        if state.verbose:
            _say(traceback.format_exc())
        shown = str(error)
        _say(f"error: {shown}")
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (Exception, SystemExit) as error:
        return _failed(error)
    finally:
        _name_broken_plugins(shown)


def _failed(error: BaseException) -> int:
    """Print what failed and in whose code; return the exit code."""
    failure = failure_of(error)
    if isinstance(error, SystemExit) and failure.owner == JOINTRE:
        raise error
    if state.verbose:
        _say("".join(traceback.format_exception(error)))
    hint = "" if state.verbose or failure.owner == JOINTRE else "; --verbose shows the traceback"
    _say(f"error: {error if blames_the_system(error) else f'{failure}{hint}'}")
    return 1


def _name_broken_plugins(shown: str) -> None:
    """Print each plugin that could not be loaded, unless an error has named it; commands run without it."""
    problems = {problem.what: problem for part in registry.all() for problem in part.problems}
    for what, problem in problems.items():
        if what not in shown:
            note(f"left out: {problem}")


def _say(text: str) -> None:
    err().print(text, highlight=False, markup=False, soft_wrap=True)
