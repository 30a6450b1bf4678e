"""A score by bucket of a breakdown, for instance by sentence length: grouped bars (SpERT, Figure 3)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jointre.breakdowns.flat import flat_name, split_name
from jointre.errors import Fault, UsageError
from jointre.experiments.results.plot_panels import Styled, plot_panels
from jointre.experiments.results.plot_style import INK, jitter, label
from jointre.experiments.results.summary import Spread, Summary, summarise
from jointre.nearest import nearest_name

GROUP = 0.82


def plot_buckets(summary: Summary, by: str, path: Path) -> None:
    """A panel a group and figure: a bar a row in each bucket, whiskers of one sample standard deviation, dots a value.

    Raises:
        UsageError: the runs were not scored by this breakdown, or it has none of the figures.
    """
    figures = list(dict.fromkeys(split_name(figure)[0] for figure in summary.figures))
    buckets = {figure: _buckets(summary, figure, by) for figure in figures}
    figures = [figure for figure in figures if buckets[figure]]
    if not figures:
        raise UsageError("there is nothing to plot", [_nothing(summary, by)])
    parts = [flat_name(figure, by, bucket) for figure in figures for bucket in buckets[figure]]
    table = _of(summary, [*figures, *parts])
    cells = {row.row.name: row.cells for row in table.rows}
    most = max(len(of) for of in buckets.values())
    across = 1 + max(len(rows) for _, rows in summary.groups())

    def draw(panel: Any, figure: str, rows: Styled) -> None:
        width = GROUP / len(rows)
        for place, (row, title, style) in enumerate(rows):
            spreads = [cells[row.row.name][flat_name(figure, by, b)].spread for b in buckets[figure]]
            offset = (place - (len(rows) - 1) / 2) * width
            _bars(panel, spreads, offset, width, style, title)
        panel.set_xticks(range(len(buckets[figure])), [label(bucket, 14) for bucket in buckets[figure]])
        panel.set_xlim(-0.6, len(buckets[figure]) - 0.4)
        panel.set_ylim(bottom=0)
        panel.grid(axis="x", visible=False)

    note = f"Bars: mean over {summary.unit}s; whiskers: ± sample standard deviation; dots: {summary.unit}s. "
    note += "No bar: nothing to score in that bucket."
    width = max(4.2, 0.9 + most * max(0.55, 0.17 * across))
    plot_panels(table, figures, path, draw, by, note, width)


def _of(summary: Summary, figures: Sequence[str]) -> Summary:
    """The same table with other columns."""
    tables = summarise(summary.facts, summary.runs, figures)
    return next(table for table in tables if table.corpus == summary.corpus)


def _buckets(summary: Summary, figure: str, by: str) -> list[str]:
    """The buckets that any run has a figure of, in the order of the runs."""
    names = (name for run in summary.runs for name in run.figures.get(summary.corpus, {}))
    parts = (split_name(name) for name in dict.fromkeys(names))
    return [bucket for name, breakdown, bucket in parts if (name, breakdown) == (figure, by)]


def _nothing(summary: Summary, by: str) -> Fault:
    names = {name for run in summary.runs for name in run.figures.get(summary.corpus, {})}
    known = sorted({split_name(name)[1] for name in names} - {""})
    if by in known:
        what = f"{by} has none of these figures: {', '.join(summary.figures)}"
        has = sorted({split_name(name)[0] for name in names if split_name(name)[1] == by})
        return Fault(what, "--by", f"--metric names others; it has: {', '.join(has)}")
    near = nearest_name(by, known)
    remedy = f"did you mean {near!r}?" if near else f"they were scored by: {', '.join(known)}"
    if not known:
        remedy = f"set by = [{by!r}] in [experiment] and run it in another folder"
    return Fault(f"the runs were not scored by {by!r}", "--by", remedy)


def _bars(
    panel: Any, spreads: Sequence[Spread], offset: float, width: float, style: Mapping[str, Any], title: str
) -> None:
    places = [(bucket + offset, spread) for bucket, spread in enumerate(spreads) if spread.mean is not None]
    at, means = [place for place, _ in places], [100 * (spread.mean or 0.0) for _, spread in places]
    colour, hatch = style["color"], "" if style["linestyle"] in ("-", "--") else "///"
    look = {"color": colour, "alpha": 0.55, "hatch": hatch, "edgecolor": "white", "linewidth": 0}
    panel.bar(at, means, width=0.88 * width, label=title if places else None, **look)
    for place, spread in places:
        values = [100 * value for value in spread.values.values()]
        dots = [place + step for step in jitter(len(values), 0.5 * width)]
        panel.scatter(dots, values, s=8, color=colour, edgecolor="white", linewidth=0.4, zorder=4)
    if whiskers := [
        (x, y, 100 * spread.sd) for x, y, (_, spread) in zip(at, means, places, strict=True) if spread.sd
    ]:
        x, y, deviations = zip(*whiskers, strict=True)
        thin = {"color": INK, "capsize": min(3, 14 * width), "linewidth": 1, "linestyle": "none"}
        panel.errorbar(x, y, yerr=deviations, zorder=5, **thin)
