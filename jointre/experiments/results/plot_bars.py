"""Draw ablation bars: the difference of each variant of an experiment to the reference."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jointre.experiments.results.notes import less_is_better, metric_name, missing_runs, spread, what
from jointre.experiments.results.plot_style import COLOURS, INK, SOFT, drawn, jitter, label, protocols_of
from jointre.experiments.results.summary import Cell, Summary, VariantSummary

BETTER, WORSE = COLOURS[0], COLOURS[1]
ACROSS = 3
TITLE, LINE, JITTER, NARROWEST = 34, 0.21, 0.22, 2.0


@dataclass(frozen=True)
class Slot:
    """A line of the plot: a heading or a variant, and its position in inches from the top."""

    text: str
    place: float
    variant: VariantSummary | None = None


def plot_bars(summaries: Sequence[Summary], path: Path) -> None:
    """Draw a panel for each corpus and metric: bars from the mean of the reference to that of each variant, x100.

    Whiskers show the sample standard deviation, dots the values. The axis need not begin at 0, because the length of a
    bar is a difference.
    """
    _, height = _slots(summaries[0])
    metrics = summaries[0].metrics
    lines = [metrics[i : i + ACROSS] for i in range(0, len(metrics), ACROSS)]
    across = max(map(len, lines))
    panel_rows = [(number, line) for number in range(len(summaries)) for line in lines]
    size = (2.9 + 4.0 * across, 0.9 + (height + 1.0) * len(panel_rows))
    with drawn(path, *size) as figure:
        panels = figure.subplots(len(panel_rows), across, squeeze=False)
        for (number, line), axes in zip(panel_rows, panels, strict=True):
            summary = summaries[number]
            for place, panel in enumerate(axes):
                if place >= len(line):
                    panel.set_visible(False)
                    continue
                _panel(panel, summary, line[place], _slots(summary)[0], height, place == 0)
        figure.suptitle(
            label(summaries[0].experiment.title, 42 * across + 20), x=0.01, ha="left", fontweight="bold"
        )
        figure.supxlabel(_below(summaries[0], across), x=0.01, ha="left", fontsize=8.5, color=SOFT)


def _below(summary: Summary, across: int) -> str:
    reference, unit = summary.reference.variant.title, summary.unit
    text = f"Bars reach from the mean of {reference} (line) to the mean of the variant; dots: {unit}s; "
    text += f"whiskers and ±: sample standard deviation over {unit}s. {what(summary)}, x100."
    return "\n".join(label(line, 60 * across + 25) for line in (text, *missing_runs(summary)))


def _slots(summary: Summary) -> tuple[list[Slot], float]:
    """Return the lines of a panel from the top, and the height of all in inches."""
    slots: list[Slot] = []
    at = 0.0
    for heading, variants in summary.groups():
        if heading:
            at += 0.1 if slots else 0.0
            slots.append(Slot(label(heading, TITLE), at + LINE / 2))
            at += 1.3 * LINE
        for variant in variants:
            text = label(variant.variant.title, TITLE)
            tall = LINE * text.count("\n") + 0.34
            slots.append(Slot(text, at + tall / 2, variant))
            at += tall
    return slots, at


def _panel(
    panel: Any, summary: Summary, metric: str, slots: Sequence[Slot], height: float, first: bool
) -> None:
    base = summary.reference.cells[metric].spread.mean
    for slot in slots:
        if slot.variant is not None:
            _bar(panel, slot.place, slot.variant.cells[metric], base, summary.n, less_is_better(metric))
    if base is not None:
        panel.axvline(100 * base, color=INK, linewidth=1.0, zorder=1.5)
    panel.set_ylim(height, 0)
    panel.set_yticks([slot.place for slot in slots], [slot.text for slot in slots] if first else [])
    panel.tick_params(axis="y", length=0)
    if first:
        for text, slot in zip(panel.get_yticklabels(), slots, strict=True):
            text.set_fontweight("normal" if slot.variant else "bold")
    panel.grid(axis="y", visible=False)
    panel.spines["left"].set_visible(False)
    _limits(panel, [variant.cells[metric] for variant in summary.variants])
    panel.set_title(label(f"{metric_name(metric)} ({summary.corpus})", 46))
    panel.set_xlabel(label("; ".join(protocols_of(summary, metric)), 56), fontsize=8.5, color=SOFT)


def _bar(panel: Any, at: float, cell: Cell, base: float | None, most: int, less: bool) -> None:
    text = spread(cell.spread.mean, cell.spread.sd) if cell.spread.n else "no value yet"
    text += f" (n={cell.spread.n})" if 0 < cell.spread.n < most else ""
    panel.annotate(
        text, (1.02, at), xycoords=("axes fraction", "data"), va="center", fontsize=9, annotation_clip=False
    )
    if cell.spread.mean is None:
        return
    mean = 100 * cell.spread.mean
    start = mean if base is None else 100 * base
    colour = BETTER if mean == start or (mean < start) == less else WORSE
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
    """Set the range of the x axis to all that is drawn, but at least so wide that noise does not look like a result."""
    ends = [value for cell in cells for value in cell.spread.values.values()]
    for cell in cells:
        if cell.spread.mean is not None and cell.spread.sd is not None:
            ends += [cell.spread.mean - cell.spread.sd, cell.spread.mean + cell.spread.sd]
    if ends:
        low, high = 100 * min(ends), 100 * max(ends)
        room = max(0.06 * (high - low), (NARROWEST - (high - low)) / 2)
        panel.set_xlim(low - room, high + room)
