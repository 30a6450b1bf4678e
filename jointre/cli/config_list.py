"""``jointre config list``: the configs, overlays and experiments that come with jointre."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from jointre.cli.console import note, result
from jointre.cli.options import Json, Quiet, Verbose
from jointre.config.built_in import built_in_configs, experiments
from jointre.config.source import whole_names
from jointre.printable import dump_json

if TYPE_CHECKING:
    from importlib.abc import Traversable


def config_list(as_json: Json = False, quiet: Quiet = False, verbose: Verbose = False) -> None:
    """List the configs, overlays and experiments that come with jointre.

    Example: jointre config list
    """
    groups = {
        "configs": _described(whole_names(), built_in_configs()),
        "overlays": _described(whole_names(False), built_in_configs()),
        "experiments": _described(experiments(), experiments()),
    }
    if as_json:
        result(dump_json(groups, indent=2))
        return
    for title, members in groups.items():
        result(f"{title}:")
        for name, purpose in members.items():
            result(f"  {name}\n      {purpose}")
    note("next: jointre train CONFIG --with OVERLAY   or   jointre experiment list EXPERIMENT")


def _described(names: Iterable[str], files: "Mapping[str, Traversable]") -> dict[str, str]:
    """Return each name with the first line of its file, which describes it."""
    return {name: files[name].read_text(encoding="utf8").partition("\n")[0].lstrip("# ") for name in names}
