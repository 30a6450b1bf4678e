"""Panels of plots that compare rows: a line of panels a group of the table, a panel a figure, one legend a line."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jointre.experiments.results.notes import figure_name, missing_runs
from jointre.experiments.results.plot_style import COLOURS, DASHES, GREY, SOFT, drawn, label
from jointre.experiments.results.summary import Summary, SummaryRow

Styled = Sequence[tuple[SummaryRow, str, dict[str, Any]]]
"""Rows with the title and the style (colour, linestyle) to draw each in."""
Draw = Callable[[Any, str, Styled], None]
LEGEND = 30


def _styled(summary: Summary, rows: Sequence[SummaryRow]) -> Styled:
    """The rows of a group, and the reference row in grey where it stands in another one."""
    styles = [
        (
            row,
            row.row.title,
            {"color": COLOURS[i % len(COLOURS)], "linestyle": DASHES[i // len(COLOURS) % len(DASHES)]},
        )
        for i, row in enumerate(rows)
    ]
    if not any(summary.is_reference(row) for row in rows):
        reference = next(row for row in summary.rows if row.row.name == summary.facts.reference)
        styles.insert(
            0, (reference, f"{reference.row.title} (reference)", {"color": GREY, "linestyle": "--"})
        )
    return styles


def plot_panels(
    summary: Summary,
    figures: Sequence[str],
    path: Path,
    draw: Draw,
    axis: str,
    note: str,
    width: float = 4.2,
) -> None:
    """Draw the panels.

    Args:
        summary: whose rows are compared.
        figures: one panel each.
        path: to write to.
        draw: draws the rows of a group on a panel, labelled with their titles.
        axis: what the x axis shows.
        note: how the numbers came about.
        width: of a panel, in inches.
    """
    groups = [(heading, _styled(summary, rows)) for heading, rows in summary.groups()]
    heights = [max(2.6, 0.5 + _lines(rows)) for _, rows in groups]
    note = " ".join([note, *missing_runs(summary)])
    size = (width * len(figures) + 2.9, sum(heights) + 0.5 * len(groups) + 0.9)
    with drawn(path, *size) as figure:
        options = {"squeeze": False, "sharex": "col", "sharey": "col", "height_ratios": heights}
        panels = figure.subplots(len(groups), len(figures), **options)
        for number, ((heading, rows), line) in enumerate(zip(groups, panels, strict=True)):
            for name, panel in zip(figures, line, strict=True):
                draw(panel, name, rows)
                title = f"{figure_name(name)} ({summary.corpus})"
                panel.set_title(label(f"{heading}: {title}" if heading else title, int(11 * width)))
                panel.tick_params(labelbottom=True)
                if number == len(groups) - 1:
                    told = dict.fromkeys(
                        row.protocols[name] for row in summary.rows if row.protocols.get(name)
                    )
                    panel.set_xlabel(
                        f"{axis}\n{label('; '.join(told), int(14 * width))}", fontsize=8.5, color=SOFT
                    )
            line[0].set_ylabel("x100")
            handles, titles = line[0].get_legend_handles_labels()
            line[-1].legend(
                handles,
                [label(title, LEGEND) for title in titles],
                loc="upper left",
                bbox_to_anchor=(1.01, 1.0),
                fontsize=9,
                borderaxespad=0,
                labelspacing=0.6,
            )
        columns = int(13 * size[0])
        figure.suptitle(label(summary.facts.title, columns - 30), x=0.01, ha="left", fontweight="bold")
        figure.supxlabel(label(note, columns), x=0.01, ha="left", fontsize=8.5, color=SOFT)


def _lines(rows: Styled) -> float:
    """Inches that the legend of a group takes."""
    return sum(0.1 + 0.17 * (label(title, LEGEND).count("\n") + 1) for _, title, _ in rows)
