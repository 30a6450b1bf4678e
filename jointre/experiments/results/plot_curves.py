"""Draw curves of variants, as mean and spread of their runs: dev scores and losses by epoch, scores by threshold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from jointre.errors import Fault, UsageError
from jointre.experiments.results.curves import Curve, read_curves, read_losses, read_thresholds
from jointre.experiments.results.plot_panels import Styled, plot_panels
from jointre.experiments.results.read import ExperimentRecord, VariantRecord
from jointre.experiments.results.summary import Summary, summarise
from jointre.experiments.spec import RunResult

BAND, FEW = 0.14, 4
LOGGER = "train with training.eval_every = 1 and the logger jointre.jsonl.v1, or choose another --metric"
TUNED = "train with training.tune_threshold = METRIC, or run jointre tune on the model of each run"


@dataclass(frozen=True)
class Look:
    """What the axes of a plot of curves show.

    Args:
        axis: label of the x axis.
        factor: what values are multiplied with.
        corpus: what the values are of, for the titles.
        whole: whether the x axis has only whole numbers.
        length: what is said of runs of different length.
    """

    axis: str
    factor: float
    corpus: str
    whole: bool = False
    length: str = ""


SHORTER = " If runs differ in length, the values of an epoch are those of the runs that reached it."


def plot_curves(summary: Summary, path: Path) -> None:
    """Draw a panel for each group and metric: per variant, the mean dev score of its runs by epoch, with its spread.

    Raises:
        UsageError: if no run has logged any of the metrics by epoch.
        DataError: if a log cannot be read.
    """
    curves = read_curves(summary.runs)
    wanted = list(dict.fromkeys(metric.partition("@")[0] for metric in summary.metrics))
    known = _names(curves)
    metrics = [metric for metric in wanted if metric in known]
    if not metrics:
        fault = Fault(f"no run has logged {' or '.join(wanted)} by epoch", remedy=LOGGER)
        raise UsageError("there are no learning curves", [fault])
    _plot(summary, curves, metrics, path, Look("epoch", 100, "dev", whole=True, length=SHORTER))


def plot_losses(summary: Summary, path: Path) -> None:
    """Draw a panel for each group and loss: the sum, and each term of training or objective of pre-training.

    Raises:
        UsageError: if no run has logged losses.
        DataError: if a log cannot be read.
    """
    curves = read_losses(summary.runs)
    losses = _names(curves)
    if not losses:
        fault = Fault("no run has logged losses by epoch", remedy="train with the logger jointre.jsonl.v1")
        raise UsageError("there are no losses", [fault])
    _plot(summary, curves, losses, path, Look("epoch", 1, "train", length=SHORTER))


def plot_thresholds(summary: Summary, path: Path) -> None:
    """Draw a panel for each group and tuned metric: dev scores by threshold of the relation head.

    Raises:
        UsageError: if no run has tuned its threshold.
        DataError: if a model cannot be read.
    """
    curves = read_thresholds(summary.runs)
    metrics = _names(curves)
    if not metrics:
        fault = Fault("no run has stored scores by threshold", remedy=TUNED)
        raise UsageError("there are no threshold curves", [fault])
    _plot(summary, curves, metrics, path, Look("threshold of the relation head", 100, "dev"))


def single_run(folder: Path) -> Summary:
    """Return a run folder of ``train`` or ``pretrain`` as the summary of an experiment with one run."""
    name = folder.resolve().name
    record = ExperimentRecord(
        name=name,
        title=name,
        variants=(VariantRecord("run", name, "", (), "run"),),
        seeds=(0,),
        score=("dev",),
        metrics=(),
        by=(),
        reference="run",
        folds=0,
    )
    run = RunResult("run", 0, None, folder, 0.0, {"dev": {}}, {"dev": {}}, {})
    (summary,) = summarise(record, [run])
    return summary


def _names(curves: Sequence[Curve]) -> list[str]:
    """Return the names of all values, in the order in which they occur."""
    return list(
        dict.fromkeys(name for curve in curves for values in curve.points.values() for name in values)
    )


def _plot(summary: Summary, curves: Sequence[Curve], names: Sequence[str], path: Path, look: Look) -> None:
    of: dict[str, list[Curve]] = {}
    for curve in curves:
        of.setdefault(curve.run.variant, []).append(curve)

    def draw(panel: Any, name: str, variants: Styled) -> None:
        alpha = BAND if len(variants) <= FEW else BAND / 2
        for variant, title, style in variants:
            runs = [curve.of(name) for curve in of.get(variant.variant.name, ())]
            if any(runs):
                _line(panel, runs, title, style, alpha, look.factor)
        if look.whole:
            panel.xaxis.get_major_locator().set_params(integer=True)

    runs = "runs (seeds and folds)" if summary.experiment.folds else "seeds"
    note = f"Lines: mean over {runs}; bands: ± sample standard deviation.{look.length}"
    unit = "x100" if look.factor == 100 else "loss"
    plot_panels(replace(summary, corpus=look.corpus), names, path, draw, look.axis, note, unit=unit)


def _line(
    panel: Any,
    curves: Sequence[Mapping[float, float]],
    title: str,
    style: dict[str, Any],
    alpha: float,
    factor: float,
) -> None:
    places = sorted(set().union(*curves))
    values = [[factor * curve[place] for curve in curves if place in curve] for place in places]
    means = [fmean(of) for of in values]
    marker = {"marker": "o", "markersize": 3.5} if len(places) < 3 else {}
    panel.plot(places, means, linewidth=1.8, label=title, **style, **marker)
    spreads = [stdev(of) if len(of) > 1 else 0.0 for of in values]
    if any(spreads):
        low = [mean - sd for mean, sd in zip(means, spreads, strict=True)]
        high = [mean + sd for mean, sd in zip(means, spreads, strict=True)]
        panel.fill_between(places, low, high, color=style["color"], alpha=alpha, linewidth=0)
