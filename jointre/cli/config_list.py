"""``jointre config list``: the configs, overlays and experiments that come with jointre."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import typer

from jointre.cli.console import note, print_json, result
from jointre.cli.options import Json, Quiet, Verbose
from jointre.config.built_in import built_in_configs, experiments
from jointre.config.source import whole_names

if TYPE_CHECKING:
    from importlib.abc import Traversable


def config_list(
    context: typer.Context, as_json: Json = False, quiet: Quiet = False, verbose: Verbose = False
) -> None:
    """List the configs, overlays and experiments that come with jointre.

    Example: jointre config list
    """
    groups = {
        "configs": _described(whole_names(), built_in_configs()),
        "overlays": _described(whole_names(False), built_in_configs()),
        "experiments": _described(experiments(), experiments()),
    }
    if as_json:
        print_json(context, groups)
        return
    for title, members in groups.items():
        result(f"{title}:")
        for member in members:
            result(f"  {member['name']}\n      {member['purpose']}")
    note("next: jointre train quickstart")


def _described(names: Iterable[str], files: "Mapping[str, Traversable]") -> list[dict[str, str]]:
    """Return each name with the first line of its file, which describes it."""
    lines = {name: files[name].read_text(encoding="utf8").partition("\n")[0] for name in names}
    return [{"name": name, "purpose": line.lstrip("# ")} for name, line in lines.items()]
