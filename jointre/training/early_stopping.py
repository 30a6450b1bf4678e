"""Watching a figure on the dev corpus: which state is best, and when to stop."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from math import isnan
from typing import Any

from jointre.config.schema import TrainingSettings
from jointre.errors import Fault, UsageError
from jointre.evaluate import figures
from jointre.metrics.base import Metric
from jointre.nearest import did_you_mean


class Watch:
    """Keeps the best value of ``training.best_metric``: of a figure, or of the sum of several.

    Of states that are equally good the latest is kept, as it was trained the most; for ``patience`` it is no better.

    Args:
        settings: `[training]`.
        metrics: of the evaluation.
        has_dev: whether there is a dev corpus.

    Raises:
        UsageError: the best state is to be kept, or training may stop early, but there is nothing to watch.
    """

    def __init__(self, settings: TrainingSettings, metrics: Iterable[Metric], has_dev: bool) -> None:
        self.names = summands(settings.best_metric)
        self.patience = settings.patience
        self.best: float | None = None
        self.waited = 0
        faults = list(unwatchable(vars(settings), list(figures(metrics)), has_dev))
        if faults:
            raise UsageError("the training cannot watch its progress", faults)

    def keeps(self, dev: Mapping[str, float]) -> bool:
        """Take note of an evaluation; return whether its state is to be kept."""
        value = self.value(dev)
        better = self.best is None or value > self.best or isnan(self.best)
        self.waited = 0 if better else self.waited + 1
        if not better and value != self.best:
            return False
        self.best = value
        return True

    def value(self, dev: Mapping[str, float]) -> float:
        """Return the figure, or the sum, that is watched."""
        return sum(dev[name] for name in self.names)

    def to_json(self) -> dict[str, Any]:
        """The best value and how long ago it was; `restore` sets them again."""
        return {"best": self.best, "waited": self.waited}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Go on from what `to_json` returned."""
        self.best, self.waited = data["best"], data["waited"]

    @property
    def given_up(self) -> bool:
        """Whether ``patience`` evaluations passed without a better one."""
        return self.patience is not None and self.waited >= self.patience


def summands(metric: str) -> list[str]:
    """The names of the figures that ``training.best_metric`` adds up, mostly one."""
    return [name.strip() for name in metric.split("+")]


def unwatchable(
    training: Mapping[str, Any],
    known: Collection[str] | None,
    has_dev: bool,
    place: Callable[[str], str] = "training.{}".format,
) -> Iterator[Fault]:
    """Why the best state cannot be kept, or training not stop early, if either is asked for.

    Args:
        training: the values of `[training]` that are known.
        known: the figures that the metrics give; None if that is not known.
        has_dev: whether there is a dev corpus.
        place: where a key of `[training]` stands.
    """
    keep, patience = training.get("keep"), training.get("patience")
    if keep != "best" and patience is None:
        return
    if not has_dev:
        yield Fault("there is no dev corpus to watch", "corpora.dev", "--paths.dev FILE")
    if known is not None and "best_metric" in training:
        unknown = [name for name in summands(training["best_metric"]) if name not in known]
        yield from (no_figure(name, known, place("best_metric")) for name in unknown)
    if keep == "last":
        remedy = 'set training.keep = "best", or patience = null'
        yield Fault("patience watches for a best state, but the last is kept", place("patience"), remedy)


def no_figure(name: str, known: Collection[str], place: str) -> Fault:
    """That no metric gives a figure."""
    return Fault(
        f"the metrics give no {name!r}", place, did_you_mean(name, known) or f"known: {', '.join(known)}"
    )
