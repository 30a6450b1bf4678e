"""Draw learning curves: dev scores by epoch, as the mean and spread of the runs of each variant."""

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
    """Draw a panel for each group and metric: per variant, the mean of its runs ± the sample standard deviation.

    Raises:
        UsageError: if no run has logged any of the metrics by epoch.
        DataError: if a log cannot be read.
    """
    curves: dict[str, list[Curve]] = {}
    for curve in read_curves(summary.runs):
        curves.setdefault(curve.run.variant, []).append(curve)
    wanted = dict.fromkeys(metric.partition("@")[0] for metric in summary.metrics)
    every = [curve for of in curves.values() for curve in of]
    metrics = [metric for metric in wanted if any(curve.of(metric) for curve in every)]
    if not metrics:
        fault = Fault(
            f"no run has logged {' or '.join(wanted)} by epoch",
            remedy="train with training.eval_every = 1 and the logger jointre.jsonl.v1, or choose another --metric",
        )
        raise UsageError("there are no learning curves", [fault])

    def draw(panel: Any, metric: str, variants: Styled) -> None:
        alpha = BAND if len(variants) <= FEW else BAND / 2
        for variant, title, style in variants:
            runs = [curve.of(metric) for curve in curves.get(variant.variant.name, ())]
            if any(runs):
                _line(panel, runs, title, style, alpha)
        panel.xaxis.get_major_locator().set_params(integer=True)

    runs = "runs (seeds and folds)" if summary.experiment.folds else "seeds"
    note = (
        f"Lines: mean over {runs}; bands: ± sample standard deviation. If runs differ in length, the values "
    )
    note += "of an epoch are those of the runs that reached it."
    plot_panels(replace(summary, corpus="dev"), metrics, path, draw, "epoch", note)


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
