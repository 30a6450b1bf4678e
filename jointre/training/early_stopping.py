"""Early stopping: which state is the best on the dev corpus, and when to stop."""

from collections.abc import Iterable, Mapping
from math import isnan
from typing import Any

from jointre.config.schema import TrainingSettings
from jointre.errors import UsageError
from jointre.evaluate import metric_values
from jointre.metrics.base import Metric
from jointre.preflight.metrics import summands, unwatchable


class EarlyStopping:
    """Follows ``training.best_metric``, one metric or a sum of several, over the evaluations of a run.

    Of equally good states the latest is kept, because it was trained the most. For ``patience``, an equally good
    state does not count as an improvement.

    Args:
        settings: `[training]`.
        metrics: of the evaluation.
        has_dev: whether there is a dev corpus.

    Raises:
        UsageError: the config asks for the best state or for early stopping, but there is no dev corpus or no such
            metric.
    """

    def __init__(self, settings: TrainingSettings, metrics: Iterable[Metric], has_dev: bool) -> None:
        self.names = summands(settings.best_metric)
        self.patience = settings.patience
        self.best: float | None = None
        self.waited = 0
        faults = list(unwatchable(vars(settings), list(metric_values(metrics)), has_dev))
        if faults:
            raise UsageError("early stopping needs a dev corpus and a known metric", faults)

    def keeps(self, dev: Mapping[str, float]) -> bool:
        """Note an evaluation, and return whether its state should be kept."""
        value = self.value(dev)
        better = self.best is None or value > self.best or isnan(self.best)
        self.waited = 0 if better else self.waited + 1
        if not better and value != self.best:
            return False
        self.best = value
        return True

    def value(self, dev: Mapping[str, float]) -> float:
        """Return the value of ``training.best_metric``."""
        return sum(dev[name] for name in self.names)

    def to_json(self) -> dict[str, Any]:
        """Return the best value, and the number of evaluations since it last improved; JSON-ready."""
        return {"best": self.best, "waited": self.waited}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Continue from what `to_json` returned."""
        self.best, self.waited = data["best"], data["waited"]

    @property
    def given_up(self) -> bool:
        """Whether ``patience`` evaluations have passed without an improvement."""
        return self.patience is not None and self.waited >= self.patience
