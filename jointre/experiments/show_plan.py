"""The plan of an experiment in the terminal: rows, what they change, how far their runs are."""

from collections import Counter
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from jointre.experiments.load import owners
from jointre.experiments.progress import name_of
from jointre.experiments.run import Prepared
from jointre.experiments.spec import Run, Variant
from jointre.experiments.state import State


def show_plan(prepared: Prepared, console: Console) -> None:
    """Print the rows by groups, then the runs."""
    experiment, shared = prepared.loaded.experiment, owners(prepared.loaded.experiment)
    folds = f", {experiment.folds} folds" if experiment.folds else ""
    seeds = ", ".join(map(str, experiment.seeds))
    console.print(Text(experiment.title, "bold"))
    console.print(
        Text(f"scored on {', '.join(experiment.score)}; seeds {seeds}{folds}; in {prepared.folder}\n")
    )
    for group, rows in groupby(experiment.variants, lambda row: row.group):
        if group:
            console.print(Text(group, "bold"))
        for row in rows:
            runs = [(run, state) for run, state in prepared.asked if run.variant == shared[row.name]]
            console.print(_row(row, shared[row.name], runs), soft_wrap=True)
    console.print()
    console.print(_runs(prepared.asked))
    left = sum(state.to_run for _, state in prepared.asked)
    console.print(f"\n{left} of {len(prepared.asked)} runs would be run", highlight=False)


def _row(row: Variant, owner: str, runs: list[tuple[Run, State]]) -> Text:
    changes = ", ".join(row.changes) or "the base itself"
    where = f" (runs of {owner})" if owner != row.name else ""
    counts = Counter(state.status for _, state in runs)
    told = ", ".join(f"{number} {status}" for status, number in counts.items())
    return Text.assemble(
        f"  {row.title}", (f"  [{row.name}]{where}  {told}\n", "dim"), (f"    {changes}", "cyan")
    )


def _runs(states: list[tuple[Run, State]]) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0), show_header=False)
    for run, state in states:
        told = "; ".join(f"{fault.where}: {fault.what}" for fault in state.faults)
        lines = [line for line in state.error.splitlines() if not line.lstrip().startswith("->")]
        last = (lines or [""])[-1].strip()
        table.add_row(name_of(run), str(state), told or last)
    return table
