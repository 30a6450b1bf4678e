"""Draw a metric by bucket of a breakdown, such as sentence length: grouped bars (SpERT, Figure 3)."""

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
    """Draw a panel for each group and metric: in each bucket a bar for each variant.

    Whiskers show the sample standard deviation, dots the values.

    Raises:
        UsageError: if the runs were not scored by this breakdown, or it has none of the metrics.
    """
    metrics = list(dict.fromkeys(split_name(metric)[0] for metric in summary.metrics))
    buckets = {metric: _buckets(summary, metric, by) for metric in metrics}
    metrics = [metric for metric in metrics if buckets[metric]]
    if not metrics:
        raise UsageError("there is nothing to plot", [_nothing(summary, by)])
    parts = [flat_name(metric, by, bucket) for metric in metrics for bucket in buckets[metric]]
    table = _with_metrics(summary, [*metrics, *parts])
    cells = {variant.variant.name: variant.cells for variant in table.variants}
    most = max(len(of) for of in buckets.values())
    across = 1 + max(len(variants) for _, variants in summary.groups())

    def draw(panel: Any, metric: str, variants: Styled) -> None:
        width = GROUP / len(variants)
        for place, (variant, title, style) in enumerate(variants):
            spreads = [cells[variant.variant.name][flat_name(metric, by, b)].spread for b in buckets[metric]]
            offset = (place - (len(variants) - 1) / 2) * width
            _bars(panel, spreads, offset, width, style, title)
        panel.set_xticks(range(len(buckets[metric])), [label(bucket, 14) for bucket in buckets[metric]])
        panel.set_xlim(-0.6, len(buckets[metric]) - 0.4)
        panel.set_ylim(bottom=0)
        panel.grid(axis="x", visible=False)

    note = f"Bars: mean over {summary.unit}s; whiskers: ± sample standard deviation; dots: {summary.unit}s. "
    note += "No bar: nothing to score in that bucket."
    width = max(4.2, 0.9 + most * max(0.55, 0.17 * across))
    plot_panels(table, metrics, path, draw, by, note, width)


def _with_metrics(summary: Summary, metrics: Sequence[str]) -> Summary:
    """Return the summary of the same corpus with other metrics."""
    tables = summarise(summary.experiment, summary.runs, metrics)
    return next(table for table in tables if table.corpus == summary.corpus)


def _buckets(summary: Summary, metric: str, by: str) -> list[str]:
    """Return the buckets in which any run has the metric, in the order of the runs."""
    names = (name for run in summary.runs for name in run.metrics.get(summary.corpus, {}))
    parts = (split_name(name) for name in dict.fromkeys(names))
    return [bucket for name, breakdown, bucket in parts if (name, breakdown) == (metric, by)]


def _nothing(summary: Summary, by: str) -> Fault:
    names = {name for run in summary.runs for name in run.metrics.get(summary.corpus, {})}
    known = sorted({split_name(name)[1] for name in names} - {""})
    if by in known:
        what = f"{by} has none of these metrics: {', '.join(summary.metrics)}"
        has = sorted({split_name(name)[0] for name in names if split_name(name)[1] == by})
        return Fault(what, "--by", f"choose another --metric: {', '.join(has)}")
    near = nearest_name(by, known)
    remedy = f"did you mean {near!r}?" if near else f"choose from: {', '.join(known)}"
    if not known:
        remedy = f"add {by!r} to `by` in [experiment] and repeat jointre experiment run"
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
