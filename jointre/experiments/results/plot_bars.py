"""Ablation bars: how far each row of an experiment lies from the reference row."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jointre.experiments.results.notes import figure_name, missing_runs, spread, what
from jointre.experiments.results.plot_style import COLOURS, INK, SOFT, drawn, jitter, label
from jointre.experiments.results.summary import Cell, Summary, SummaryRow

BETTER, WORSE = COLOURS[0], COLOURS[1]
ACROSS = 3
TITLE, LINE, JITTER, NARROWEST = 34, 0.21, 0.22, 2.0


@dataclass(frozen=True)
class Slot:
    """A line of the plot: a heading or a row, and where it stands, in inches from the top."""

    text: str
    place: float
    row: SummaryRow | None = None


def plot_bars(summaries: Sequence[Summary], path: Path) -> None:
    """One panel a corpus and figure: bars from the mean of the reference row to that of each row, x100.

    Whiskers are the sample standard deviation, dots the single values. The axis need not begin at 0, as the
    length of a bar is a difference.
    """
    _, height = _slots(summaries[0])
    figures = summaries[0].figures
    lines = [figures[i : i + ACROSS] for i in range(0, len(figures), ACROSS)]
    across = max(map(len, lines))
    rows = [(number, line) for number in range(len(summaries)) for line in lines]
    size = (2.9 + 4.0 * across, 0.9 + (height + 1.0) * len(rows))
    with drawn(path, *size) as figure:
        panels = figure.subplots(len(rows), across, squeeze=False)
        for (number, line), axes in zip(rows, panels, strict=True):
            summary = summaries[number]
            for place, panel in enumerate(axes):
                if place >= len(line):
                    panel.set_visible(False)
                    continue
                _panel(panel, summary, line[place], _slots(summary)[0], height, place == 0)
        figure.suptitle(
            label(summaries[0].facts.title, 42 * across + 20), x=0.01, ha="left", fontweight="bold"
        )
        figure.supxlabel(_below(summaries[0], across), x=0.01, ha="left", fontsize=8.5, color=SOFT)


def _below(summary: Summary, across: int) -> str:
    reference, unit = summary.facts.row(summary.facts.reference).title, summary.unit
    text = f"Bars reach from the mean of {reference} (line) to the mean of the row; dots: {unit}s; "
    text += f"whiskers and ±: sample standard deviation over {unit}s. {what(summary)}, x100."
    return "\n".join(label(line, 60 * across + 25) for line in (text, *missing_runs(summary)))


def _slots(summary: Summary) -> tuple[list[Slot], float]:
    """The lines of a panel from the top, and the height of all in inches."""
    slots: list[Slot] = []
    at = 0.0
    for heading, rows in summary.groups():
        if heading:
            at += 0.1 if slots else 0.0
            slots.append(Slot(label(heading, TITLE), at + LINE / 2))
            at += 1.3 * LINE
        for row in rows:
            text = label(row.row.title, TITLE)
            tall = LINE * text.count("\n") + 0.34
            slots.append(Slot(text, at + tall / 2, row))
            at += tall
    return slots, at


def _panel(
    panel: Any, summary: Summary, figure: str, slots: Sequence[Slot], height: float, first: bool
) -> None:
    reference = next(row for row in summary.rows if row.row.name == summary.facts.reference).cells[figure]
    base = reference.spread.mean
    for slot in slots:
        if slot.row is not None:
            _row(panel, slot, slot.row, figure, base, summary.n)
    if base is not None:
        panel.axvline(100 * base, color=INK, linewidth=1.0, zorder=1.5)
    panel.set_ylim(height, 0)
    panel.set_yticks([slot.place for slot in slots], [slot.text for slot in slots] if first else [])
    panel.tick_params(axis="y", length=0)
    if first:
        for text, slot in zip(panel.get_yticklabels(), slots, strict=True):
            text.set_fontweight("normal" if slot.row else "bold")
    panel.grid(axis="y", visible=False)
    panel.spines["left"].set_visible(False)
    _limits(panel, [row.cells[figure] for row in summary.rows])
    panel.set_title(label(f"{figure_name(figure)} ({summary.corpus})", 46))
    told = dict.fromkeys(row.protocols[figure] for row in summary.rows if row.protocols.get(figure))
    panel.set_xlabel(label("; ".join(told), 56), fontsize=8.5, color=SOFT)


def _row(panel: Any, slot: Slot, row: SummaryRow, figure: str, base: float | None, most: int) -> None:
    cell, at = row.cells[figure], slot.place
    text = spread(cell.spread.mean, cell.spread.sd) if cell.spread.n else "no value yet"
    text += f" (n={cell.spread.n})" if 0 < cell.spread.n < most else ""
    panel.annotate(
        text, (1.02, at), xycoords=("axes fraction", "data"), va="center", fontsize=9, annotation_clip=False
    )
    if cell.spread.mean is None:
        return
    mean = 100 * cell.spread.mean
    start = mean if base is None else 100 * base
    colour = BETTER if mean >= start else WORSE
    panel.barh(at, mean - start, left=start, height=0.2, color=colour, alpha=0.45, zorder=2)
    if cell.spread.sd is not None:
        panel.errorbar(mean, at, xerr=100 * cell.spread.sd, color=INK, capsize=3, linewidth=1.2, zorder=4)
    panel.plot([mean], [at], "|", color=INK, markersize=11, markeredgewidth=2, zorder=4)
    values = [100 * value for value in cell.spread.values.values()]
    panel.scatter(
        values,
        [at + step for step in jitter(len(values), JITTER)],
        s=13,
        color=colour,
        edgecolor="white",
        linewidth=0.5,
        zorder=5,
    )


def _limits(panel: Any, cells: Sequence[Cell]) -> None:
    """From the smallest to the largest of all that is drawn, and never so near that noise looks like a result."""
    ends = [value for cell in cells for value in cell.spread.values.values()]
    for cell in cells:
        if cell.spread.mean is not None and cell.spread.sd is not None:
            ends += [cell.spread.mean - cell.spread.sd, cell.spread.mean + cell.spread.sd]
    if ends:
        low, high = 100 * min(ends), 100 * max(ends)
        room = max(0.06 * (high - low), (NARROWEST - (high - low)) / 2)
        panel.set_xlim(low - room, high + room)
