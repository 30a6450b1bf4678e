"""``jointre config diff``: what differs between two configs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from jointre.cli.completion import config_names
from jointre.cli.config_argument import config_from
from jointre.cli.console import note, out
from jointre.cli.options import Code, Json, Quiet, Verbose, With
from jointre.config import Config, load_config
from jointre.config.diff import Difference, Side, differences
from jointre.errors import ConfigError

NARROWEST = 44  # where the origins stand at the least, so that they line up over the sections


def config_diff(
    context: typer.Context,
    old: Annotated[
        str,
        typer.Argument(
            metavar="A",
            help="A config file, a shipped name, or a model or run folder.",
            autocompletion=config_names,
        ),
    ],
    new: Annotated[
        str, typer.Argument(metavar="B", help="What to compare with it.", autocompletion=config_names)
    ],
    overlays: With = None,
    code: Code = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Compare two configs over the defaults, key by key, with where each value comes from.

    Overlays and overrides (--section.key=value) are laid over B.

    Example: jointre config diff spert/conll04 spert/conll04 --with ablations/spert/pooling_mean
    """
    first, second = _both(context, old, new, overlays)
    found = differences(first, second)
    names = first.name, " --with ".join([second.name, *(overlays or ())])
    if as_json:
        print(json.dumps(_facts(names, found), indent=2))
        return
    console = out()
    for line in _lines(names, found, console.width):
        console.print(line, soft_wrap=True)
    if found:
        note(f"\n{len(found)} {'keys differ' if len(found) > 1 else 'key differs'}")


def _both(context: typer.Context, old: str, new: str, overlays: list[str] | None) -> tuple[Config, Config]:
    """Both configs; what is wrong with either of them comes together."""
    loaded: list[Config] = []
    refused: list[ConfigError] = []
    for load in (lambda: load_config(_of(old)), lambda: config_from(context, _of(new), overlays)):
        try:
            loaded.append(load())
        except ConfigError as error:
            refused.append(error)
    if refused:
        faults = dict.fromkeys(fault for error in refused for fault in error.faults)
        title = refused[0].title if len(refused) == 1 else "both configs are refused"
        raise ConfigError(title, faults)
    return loaded[0], loaded[1]


def _of(source: str) -> str:
    """The config of a model or run folder; anything else as it is."""
    inside = (Path(source) / name for name in ("config.cfg", "model/config.cfg"))
    return next((str(file) for file in inside if file.is_file()), source)


def _lines(names: tuple[str, str], found: list[Difference], room: int) -> Iterator[Text]:
    """As a diff: the section, then what A has and what B has, each with its origin, below it if there is no room."""
    if not found:
        yield Text(f"no difference: {names[0]} and {names[1]}")
        return
    yield Text(f"--- {names[0]}", "bold red")
    yield Text(f"+++ {names[1]}", "bold green")
    sides = [side for item in found for side in (item.old, item.new) if side]
    width = min(NARROWEST, max(len(side.line) for side in sides))
    section: tuple[str, ...] = ()
    for item in found:
        if item.key[:-1] != section:
            section = item.key[:-1]
            yield Text(f"\n[{'.'.join(section)}]", "bold")
        for sign, side, colour in (("-", item.old, "red"), ("+", item.new, "green")):
            if side:
                yield from _row(f"{sign} {side.line}", colour, side, width, room)


def _row(line: str, colour: str, side: Side, width: int, room: int) -> Iterator[Text]:
    place = f"  # {side.origin.kind} {side.origin.place}".rstrip()
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
        None if side is None else {"value": side.value, "kind": side.origin.kind, "place": side.origin.place}
    )
