"""Watching a figure on the dev corpus: which state is best, and when to stop."""

from collections.abc import Iterable, Mapping
from math import isnan
from typing import Any

from jointre.config.schema import TrainingSettings
from jointre.errors import UsageError
from jointre.evaluate import figures
from jointre.metrics.base import Metric
from jointre.preflight.figures import summands, unwatchable


class EarlyStopping:
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
