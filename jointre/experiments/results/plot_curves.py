"""Learning curves: figures on the dev corpus by epoch, the mean of each row and how far its runs spread."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from jointre.errors import Fault, UsageError
from jointre.experiments.results.curves import Curve, read_curves
from jointre.experiments.results.plot_panels import Styled, plot_panels
from jointre.experiments.results.summary import Summary

BAND, FEW = 0.14, 4


def plot_curves(summary: Summary, path: Path) -> None:
    """A panel a group and figure: the mean over the runs of each row, a band of ± one sample standard deviation.

    Raises:
        UsageError: no run has logged any of the figures by epoch.
        DataError: a log cannot be read.
    """
    curves: dict[str, list[Curve]] = {}
    for curve in read_curves(summary.runs):
        curves.setdefault(curve.run.variant, []).append(curve)
    wanted = dict.fromkeys(figure.partition("@")[0] for figure in summary.figures)
    every = [curve for of in curves.values() for curve in of]
    figures = [figure for figure in wanted if any(curve.of(figure) for curve in every)]
    if not figures:
        fault = Fault(
            f"no run has logged {' or '.join(wanted)} by epoch",
            remedy="training.eval_every = 1 and the logger jointre.jsonl.v1 write the curves; --metric names figures",
        )
        raise UsageError("there are no learning curves", [fault])

    def draw(panel: Any, figure: str, rows: Styled) -> None:
        alpha = BAND if len(rows) <= FEW else BAND / 2
        for row, title, style in rows:
            runs = [curve.of(figure) for curve in curves.get(row.row.name, ())]
            if any(runs):
                _line(panel, runs, title, style, alpha)
        panel.xaxis.get_major_locator().set_params(integer=True)

    runs = "runs (seeds and folds)" if summary.facts.folds else "seeds"
    note = f"Lines: mean over {runs}; bands: ± sample standard deviation. Where runs differ in length, over those "
    note += "that have reached the epoch."
    plot_panels(replace(summary, corpus="dev"), figures, path, draw, "epoch", note)


def _line(
    panel: Any, curves: Sequence[Mapping[int, float]], title: str, style: dict[str, Any], alpha: float
) -> None:
    epochs = sorted(set().union(*curves))
    values = [[100 * curve[epoch] for curve in curves if epoch in curve] for epoch in epochs]
    means = [fmean(of) for of in values]
    marker = {"marker": "o", "markersize": 3.5} if len(epochs) < 3 else {}
    panel.plot(epochs, means, linewidth=1.8, label=title, **style, **marker)
    spreads = [stdev(of) if len(of) > 1 else 0.0 for of in values]
    if any(spreads):
        low = [mean - sd for mean, sd in zip(means, spreads, strict=True)]
        high = [mean + sd for mean, sd in zip(means, spreads, strict=True)]
        panel.fill_between(epochs, low, high, color=style["color"], alpha=alpha, linewidth=0)
