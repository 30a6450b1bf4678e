"""The table of a pre-training: what each objective learned."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from jointre.pretraining.evaluate import Learned


def show_learned(learned: Mapping[str, Learned], console: Console) -> None:
    """Loss, accuracy and the accuracy of chance (x100) of each objective, and on how many items."""
    table = Table(box=None, pad_edge=False)
    table.add_column("objective")
    for name in ("loss", "accuracy", "chance", "items"):
        table.add_column(name, justify="right")
    for name, each in learned.items():
        figures = (
            f"{each.loss:.4f}",
            f"{100 * each.accuracy:.2f}",
            f"{100 * each.chance:.2f}",
            f"{each.items}",
        )
        table.add_row(name, *figures)
    console.print(table)
