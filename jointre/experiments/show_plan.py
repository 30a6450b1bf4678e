"""Print the plan of an experiment: its variants, what each changes, and the status of each run."""

import json
from collections import Counter
from contextlib import suppress
from itertools import groupby

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from jointre.console import number_of, show
from jointre.experiments.load import owners, trainers
from jointre.experiments.progress import name_of
from jointre.experiments.run import Prepared
from jointre.experiments.spec import Experiment, Run, Variant
from jointre.experiments.state import State


def show_plan(prepared: Prepared, console: Console) -> None:
    """Print the variants by group, then the runs; as plain text if the console is not a terminal."""
    show(lambda screen: _print(prepared, screen), console)


def _print(prepared: Prepared, console: Console) -> None:
    experiment, shared = prepared.loaded.experiment, owners(prepared.loaded.experiment)
    trained = trainers(experiment)
    console.print(Text(experiment.title, "bold"))
    console.print(_facts(experiment, str(prepared.folder)))
    for group, variants in groupby(experiment.variants, lambda variant: variant.group):
        console.print()
        if group:
            console.print(Text(group, "bold"))
        for variant in variants:
            runs = [(run, state) for run, state in prepared.asked if run.variant == shared[variant.name]]
            _print_variant(variant, shared[variant.name], trained[variant.name], runs, console)
    console.print()
    console.print(Text("runs", "bold"))
    console.print(_runs(prepared.asked))
    left = sum(state.to_run for _, state in prepared.asked)
    console.print(f"\n{left} of {number_of(len(prepared.asked), 'run')} to do", highlight=False)


def _facts(experiment: Experiment, folder: str) -> Table:
    facts = {
        "scored on": ", ".join(experiment.score),
        "seeds": ", ".join(map(str, experiment.seeds)),
        "folds": str(experiment.folds or ""),
        "folder": folder,
    }
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value:
            table.add_row(name, Text(value))
    return table


def _print_variant(
    variant: Variant, owner: str, trainer: str, runs: list[tuple[Run, State]], console: Console
) -> None:
    """Print a line with title, name and status, and a line for each key that the variant changes.

    ``owner`` is the variant whose runs it uses, ``trainer`` the one that trains its weights.
    """
    counts = Counter(state.status for _, state in runs)
    status = ", ".join(f"{number} {label}" for label, number in counts.items())
    if owner != variant.name:
        status = f"shares the runs of {owner}"
    elif status:
        status = f"runs: {status}"
        status += f", with the weights of {trainer}" if trainer != variant.name else ""
    name = "" if variant.title == variant.name else f"  [{variant.name}]"
    line = Text.assemble(variant.title, (f"{name}  {status}".rstrip(), "dim"))
    console.print(Padding(line, (0, 0, 0, 2)))
    start = [f"the config {variant.start}"] if variant.start else []
    if variant.pretrain is not None:
        at = "" if variant.update is None else f", update {variant.update}"
        start.append(f"starts from the pre-training {variant.pretrain}{at}")
    for change in [*start, *(_change(variant, key) for key in variant.changes)] or ["the base config"]:
        console.print(Padding(Text(change, "cyan", overflow="fold"), (0, 0, 0, 4)))


def _change(variant: Variant, key: str) -> str:
    """Return ``KEY = VALUE``; only the key if it was removed or its value is a section."""
    with suppress(KeyError):
        value = variant.config[key]
        if not isinstance(value, dict):
            return f"{key} = {json.dumps(value)}"
    return key


def _runs(states: list[tuple[Run, State]]) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_column(overflow="fold")
    for run, state in states:
        differs = "; ".join(f"{fault.where}: {fault.what}" for fault in state.faults)
        table.add_row(f"  {name_of(run)}", Text(str(state)), Text(differs or state.reason))
    return table
