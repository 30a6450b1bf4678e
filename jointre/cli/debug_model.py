"""`jointre debug model`."""

from typing import TYPE_CHECKING

import typer

from jointre.cli.console import note, out, print_json
from jointre.cli.next_step import next_step
from jointre.cli.options import Code, ConfigName, Json, Quiet, Verbose, With

if TYPE_CHECKING:
    from jointre.inspection.model import Part


def debug_model(
    context: typer.Context,
    config: ConfigName,
    overlays: With = None,
    code: Code = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show the components of a model with their widths and parameter counts. No weights are loaded.

    Example: jointre debug model quickstart
    """
    from jointre.cli.config_argument import config_from

    loaded = config_from(context, config, overlays, use="debug")
    from jointre.inspection.model import EXAMPLE, parts_of

    parts, labels = parts_of(loaded)
    if as_json:
        print_json(context, {"labels": labels.to_json(), "components": [vars(part) for part in parts]})
        return
    _show(parts)
    origin = "stand-ins, as paths.train is not set" if labels is EXAMPLE else "from the training corpus"
    note(f"types: {len(labels.entities)} of entities, {len(labels.relations)} of relations ({origin})")
    note(f"next: {next_step(context, 'train', config, keep=['overlays', 'code'], overrides=True)}")


def _show(parts: "list[Part]") -> None:
    from rich.table import Table

    table = Table("component", "function", "widths", title="", box=None, pad_edge=False)
    table.add_column("parameters", justify="right")
    table.add_column("trained", justify="right")
    for part in parts:
        table.add_row(
            "  " * part.depth + part.name,
            part.function,
            part.widths,
            f"{part.parameters:,}",
            f"{part.trained:,}",
        )
    out().print(table)
