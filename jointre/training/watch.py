"""Watching a figure on the dev corpus: which state is best, and when to stop."""

from collections.abc import Iterable, Mapping
from typing import Any

from jointre.config.schema import TrainingSettings
from jointre.errors import Fault, UsageError
from jointre.metrics.base import Metric
from jointre.training.evaluate import figures


class Watch:
    """Keeps the best value of ``training.best_metric``.

    Args:
        settings: `[training]`.
        metrics: of the evaluation.
        has_dev: whether there is a dev corpus.

    Raises:
        UsageError: the best state is to be kept, or training may stop early, but there is nothing to watch.
    """

    def __init__(self, settings: TrainingSettings, metrics: Iterable[Metric], has_dev: bool) -> None:
        self.metric = settings.best_metric
        self.patience = settings.patience
        self.best: float | None = None
        self.waited = 0
        if settings.keep == "best" or settings.patience is not None:
            faults = list(_faults(settings, figures(metrics), has_dev))
            if faults:
                raise UsageError("the training cannot watch its progress", faults)

    def improved(self, dev: Mapping[str, float]) -> bool:
        """Take note of an evaluation; whether it is the best so far."""
        if self.best is not None and dev[self.metric] <= self.best:
            self.waited += 1
            return False
        self.best, self.waited = dev[self.metric], 0
        return True

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


def _faults(settings: TrainingSettings, known: Iterable[str], has_dev: bool) -> Iterable[Fault]:
    if not has_dev:
        yield Fault("there is no dev corpus to watch", "corpora.dev", "--paths.dev FILE")
    if settings.best_metric not in known:
        what = f"the metrics give no {settings.best_metric!r}"
        yield Fault(what, "training.best_metric", f"known: {', '.join(known)}")
    if settings.keep == "last":
        remedy = 'set training.keep = "best", or patience = null'
        yield Fault("patience watches for a best state, but the last is kept", "training.patience", remedy)
