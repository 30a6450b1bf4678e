"""`jointre debug model`."""

from typing import TYPE_CHECKING, Annotated

import typer

from jointre.cli.console import note, out, print_json, result
from jointre.cli.next_step import next_step
from jointre.cli.options import Code, ConfigName, Json, Quiet, Verbose, With
from jointre.console import number_of

if TYPE_CHECKING:
    from jointre.config import Config
    from jointre.inspection.cost import Cost
    from jointre.inspection.model import Part


def debug_model(
    context: typer.Context,
    config: ConfigName,
    overlays: With = None,
    code: Code = None,
    cost: Annotated[
        bool,
        typer.Option(
            "--cost", help="Measure FLOPs, seconds and memory per sentence, on the dev or training corpus."
        ),
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show the components of a model with their widths and parameter counts, and its cost. No weights are loaded.

    Example: jointre debug model quickstart
    """
    from jointre.cli.config_argument import config_from

    loaded = config_from(context, config, overlays, use="debug")
    from jointre.inspection.model import EXAMPLE, parts_of

    parts, labels = parts_of(loaded)
    measured = _measured(loaded) if cost else None
    for notice in measured.notices() if measured else ():
        note(notice)
    if as_json:
        facts = {"labels": labels.to_json(), "components": [vars(part) for part in parts]}
        print_json(context, {**facts, **({"cost": measured.to_json()} if measured else {})})
        return
    _show(parts)
    if measured:
        _show_cost(measured)
    origin = "stand-ins, as paths.train is not set" if labels is EXAMPLE else "from the training corpus"
    note(f"types: {len(labels.entities)} of entities, {len(labels.relations)} of relations ({origin})")
    note(f"next: {next_step(context, 'train', config, keep=['overlays', 'code'], overrides=True)}")


def _measured(config: "Config") -> "Cost":
    from jointre.inspection.cost import cost_of

    return cost_of(config)


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


def _show_cost(cost: "Cost") -> None:
    from rich.table import Table

    result(f"\nCost per sentence ({cost.sentences} sentences of {cost.words:.1f} words on average)\n")
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    where = f"{cost.device}, {number_of(cost.threads, 'thread')}"
    batches = f"in batches of {cost.batch_pieces} pieces"
    table.add_row("parameters", f"{cost.parameters / 1e6:.2f} M", "")
    table.add_row(
        "FLOPs", f"{cost.flops / 1e9:.2f} G", f"of these {cost.encoder_flops / 1e9:.2f} G in the encoder"
    )
    table.add_row("time", f"{1000 * cost.seconds_alone:.2f} ms", f"one at a time ({where})")
    table.add_row("", f"{1000 * cost.seconds_batched:.2f} ms", f"{batches} ({where})")
    table.add_row("peak memory", f"{cost.memory / 1e6:.1f} MB", f"parameters and tensors, {batches}")
    out().print(table)
