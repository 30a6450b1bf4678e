"""``jointre config diff``: compare two configs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from jointre.cli.completion import config_names
from jointre.cli.config_argument import config_from
from jointre.cli.console import note, out, print_json
from jointre.cli.options import Code, Json, Quiet, Verbose, With
from jointre.config import Config, load_config
from jointre.config.diff import Difference, Side, collapsed, differences
from jointre.errors import ConfigError

COLUMN = 44  # where the origins start at most, so that they line up


def config_diff(
    context: typer.Context,
    old: Annotated[
        str,
        typer.Argument(
            metavar="A",
            help="Config file, built-in config, or model or run folder.",
            autocompletion=config_names,
        ),
    ],
    new: Annotated[
        str,
        typer.Argument(metavar="B", help="Config to compare with it.", autocompletion=config_names),
    ],
    overlays: With = None,
    every: Annotated[
        bool, typer.Option("--all", help="Show every key of replaced blocks, defaults included.")
    ] = False,
    code: Code = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Compare two configs, key by key, with the file and line of each value.

    A block whose function differs is one line; --all shows its keys. Overlays and overrides apply to B.

    Example: jointre config diff spert/conll04 sinet/conll04
    """
    first, second = _both(context, old, new, overlays)
    found = differences(first, second)
    names = first.name, " --with ".join([second.name, *(overlays or ())])
    if as_json:
        print_json(context, _facts(names, found))
        return
    shown = found if every else collapsed(found)
    console = out()
    for line in _lines(names, shown, console.width):
        console.print(line, soft_wrap=True)
    if shown:
        note(_count(len(shown), len(found) - len(shown)))


def _count(shown: int, hidden: int) -> str:
    """Say how many differences there are; ``hidden`` can be negative where null stands for a block."""
    more = f"; --all shows {hidden} more in replaced blocks" if hidden > 0 else ""
    return f"\n{shown} {'keys differ' if shown > 1 else 'key differs'}{more}"


def _both(context: typer.Context, old: str, new: str, overlays: list[str] | None) -> tuple[Config, Config]:
    """Load both configs; errors in either of them are reported together."""
    loaded: list[Config] = []
    refused: list[ConfigError] = []
    for load in (lambda: load_config(_of(old)), lambda: config_from(context, _of(new), overlays)):
        try:
            loaded.append(load())
        except ConfigError as error:
            refused.append(error)
    if refused:
        faults = dict.fromkeys(fault for error in refused for fault in error.faults)
        title = refused[0].title if len(refused) == 1 else "both configs are invalid"
        raise ConfigError(title, faults)
    return loaded[0], loaded[1]


def _of(source: str) -> str:
    """Return the config of a model or run folder, anything else unchanged."""
    inside = (Path(source) / name for name in ("config.cfg", "model/config.cfg"))
    return next((str(file) for file in inside if file.is_file()), source)


def _lines(names: tuple[str, str], found: list[Difference], room: int) -> Iterator[Text]:
    """Yield the lines of a diff: each section, then the lines of A and of B with their origins."""
    if not found:
        yield Text(f"no difference: {names[0]} and {names[1]}")
        return
    yield Text(f"--- {names[0]}", "bold red")
    yield Text(f"+++ {names[1]}", "bold green")
    sides = [side for item in found for side in (item.old, item.new) if side]
    width = min(COLUMN, max(len(side.line) for side in sides))
    section: tuple[str, ...] = ()
    for item in found:
        if item.key[:-1] != section:
            section = item.key[:-1]
            yield Text(f"\n[{'.'.join(section)}]", "bold")
        for sign, side, colour in (("-", item.old, "red"), ("+", item.new, "green")):
            if side:
                yield from _row(f"{sign} {side.line}", colour, side, width, room)


def _row(line: str, colour: str, side: Side, width: int, room: int) -> Iterator[Text]:
    """Yield a line followed by its origin, or with it below if there is no room."""
    place = f"  # {'default' if side.origin.kind == 'default' else side.origin.place}"
    if max(len(line), width + 2) + len(place) <= room:
        yield Text.assemble((f"{line:{width + 2}}", colour), (place, "dim"))
    else:
        yield Text(line, colour)
        yield Text("  " + place, "dim")


def _facts(names: tuple[str, str], found: list[Difference]) -> dict[str, Any]:
    rows = [{"key": ".".join(item.key), "a": _side(item.old), "b": _side(item.new)} for item in found]
    return {"a": names[0], "b": names[1], "differences": rows}


def _side(side: Side | None) -> dict[str, Any] | None:
    return (
        None
        if side is None
        else {"value": side.value, "kind": side.origin.kind, "place": str(side.origin.place)}
    )
