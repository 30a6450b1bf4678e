"""Print the plan of an experiment: its variants, what each changes, and the status of each run."""

from collections import Counter
from itertools import groupby

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from jointre.console import number_of
from jointre.experiments.load import owners
from jointre.experiments.progress import name_of
from jointre.experiments.run import Prepared
from jointre.experiments.spec import Experiment, Run, Variant
from jointre.experiments.state import State


def show_plan(prepared: Prepared, console: Console) -> None:
    """Print the variants by group, then the runs."""
    experiment, shared = prepared.loaded.experiment, owners(prepared.loaded.experiment)
    console.print(Text(experiment.title, "bold"))
    console.print(_facts(experiment, str(prepared.folder)))
    for group, variants in groupby(experiment.variants, lambda variant: variant.group):
        console.print()
        if group:
            console.print(Text(group, "bold"))
        for variant in variants:
            runs = [(run, state) for run, state in prepared.asked if run.variant == shared[variant.name]]
            _show_variant(variant, shared[variant.name], runs, console)
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


def _show_variant(variant: Variant, owner: str, runs: list[tuple[Run, State]], console: Console) -> None:
    """Print a line with title, name and status, and a line for each key that the variant changes."""
    counts = Counter(state.label for _, state in runs)
    status = ", ".join(f"{number} {name}" for name, number in counts.items())
    if owner != variant.name:
        status = f"shares the runs of {owner}"
    name = "" if variant.title == variant.name else f"  [{variant.name}]"
    line = Text.assemble(variant.title, (name, "dim"), (f"  {status}" if status else "", "dim"))
    console.print(Padding(line, (0, 0, 0, 2)))
    changes = [f"changes {key}" for key in variant.changes] or ["the base config"]
    for change in changes:
        console.print(Padding(Text(change, "cyan", overflow="fold"), (0, 0, 0, 4)))


def _runs(states: list[tuple[Run, State]]) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_column(overflow="fold")
    for run, state in states:
        differs = "; ".join(f"{fault.where}: {fault.what}" for fault in state.faults)
        table.add_row(f"  {name_of(run)}", Text(str(state)), Text(differs or state.reason))
    return table
