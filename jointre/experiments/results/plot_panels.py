"""Draw panels that compare variants: a line of panels with a legend per group, a panel per metric."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jointre.experiments.results.notes import metric_name, missing_runs
from jointre.experiments.results.plot_style import COLOURS, DASHES, GREY, SOFT, drawn, label, protocols_of
from jointre.experiments.results.summary import Summary, VariantSummary

Styled = Sequence[tuple[VariantSummary, str, dict[str, Any]]]
"""Variants, each with its title and its style (colour, linestyle)."""
Draw = Callable[[Any, str, Styled], None]
LEGEND = 30


def _styled(summary: Summary, variants: Sequence[VariantSummary]) -> Styled:
    """Return the variants of a group, preceded by the reference in grey if it is in another group."""
    styles = [
        (
            variant,
            variant.variant.title,
            {"color": COLOURS[i % len(COLOURS)], "linestyle": DASHES[i // len(COLOURS) % len(DASHES)]},
        )
        for i, variant in enumerate(variants)
    ]
    if not any(map(summary.is_reference, variants)):
        title = f"{summary.reference.variant.title} (reference)"
        styles.insert(0, (summary.reference, title, {"color": GREY, "linestyle": "--"}))
    return styles


def plot_panels(
    summary: Summary,
    metrics: Sequence[str],
    path: Path,
    draw: Draw,
    axis: str,
    note: str,
    width: float = 4.2,
    unit: str = "x100",
) -> None:
    """Draw the panels.

    Args:
        summary: the variants to compare.
        metrics: one panel each.
        path: file to write.
        draw: draws the variants of a group on a panel, labelled with their titles.
        axis: label of the x axis.
        note: text below the panels that says what the numbers are.
        width: width of a panel in inches.
        unit: label of the y axis.
    """
    groups = [(heading, _styled(summary, variants)) for heading, variants in summary.groups()]
    heights = [max(2.6, 0.5 + _legend_height(variants)) for _, variants in groups]
    note = " ".join([note, *missing_runs(summary)])
    size = (width * len(metrics) + 2.9, sum(heights) + 0.5 * len(groups) + 0.9)
    with drawn(path, *size) as figure:
        options = {"squeeze": False, "sharex": "col", "sharey": "col", "height_ratios": heights}
        panels = figure.subplots(len(groups), len(metrics), **options)
        for (heading, variants), line in zip(groups, panels, strict=True):
            for metric, panel in zip(metrics, line, strict=True):
                draw(panel, metric, variants)
                title = f"{metric_name(metric)} ({summary.corpus})"
                panel.set_title(label(f"{heading}: {title}" if heading else title, int(11 * width)))
                panel.tick_params(labelbottom=True)
            line[0].set_ylabel(unit)
            _add_legend(line)
        for metric, panel in zip(metrics, panels[-1], strict=True):
            protocol = label("; ".join(protocols_of(summary, metric)), int(14 * width))
            panel.set_xlabel(f"{axis}\n{protocol}", fontsize=8.5, color=SOFT)
        columns = int(13 * size[0])
        figure.suptitle(label(summary.experiment.title, columns - 30), x=0.01, ha="left", fontweight="bold")
        figure.supxlabel(label(note, columns), x=0.01, ha="left", fontsize=8.5, color=SOFT)


def _add_legend(line: Sequence[Any]) -> None:
    """Add the legend of a line of panels to the right of the last panel."""
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


def _legend_height(variants: Styled) -> float:
    """Return the height of the legend of a group in inches."""
    return sum(0.1 + 0.17 * (label(title, LEGEND).count("\n") + 1) for _, title, _ in variants)
