"""The lines that a training run prints: one after each epoch, and one at its end about the state that was kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jointre.evaluate import metric_values
from jointre.metrics.base import Metric

MOST = 4
"""Maximum number of values that an epoch line shows of a metric without micro F1."""


def epoch_line(place: str, loss: float, speed: float, dev: Mapping[str, float] | None) -> str:
    """Return the line of an epoch.

    Args:
        place: which epoch, for instance ``3/12``.
        loss: mean over its updates.
        speed: documents per second.
        dev: the scores to show, fractions of 1; None without an evaluation.
    """
    line = f"epoch {place}  loss {loss:.4f}  {speed:.1f} docs/s"
    if dev is None:
        return line
    return f"{line}  dev " + "  ".join(f"{name} {100 * value:.2f}" for name, value in dev.items())


def headline(metrics: Iterable[Metric], watched: Sequence[str] = ()) -> dict[str, float]:
    """Return the scores for an epoch line: micro F1 of each metric that has it, else its first few, and ``watched``."""
    shown: dict[str, float] = {}
    for metric in metrics:
        found = metric_values([metric])
        names = [name for name in found if name.endswith("micro_f")] or list(found)[:MOST]
        shown |= {name: value for name, value in found.items() if name in names or name in watched}
    return shown


@dataclass(frozen=True)
class KeptState:
    """The state that was kept as the model, as a line for the user.

    Args:
        updates: number of updates made when it was kept.
        per_epoch: number of updates per epoch.
        epochs: number of epochs in the config.
        best: whether it is the best state on dev; else it is the last.
        metric: ``training.best_metric``.
        score: value of that metric on dev, a fraction of 1; None if it was not scored.
    """

    updates: int
    per_epoch: int
    epochs: int
    best: bool
    metric: str
    score: float | None

    def __str__(self) -> str:
        epoch, part = divmod(self.updates, self.per_epoch)
        place = f"epoch {epoch}" if not part else f"update {self.updates}, in epoch {epoch + 1}"
        score = "" if self.score is None else f": {self.metric} {100 * self.score:.2f} on dev"
        line = f"kept {place} of {self.epochs}, the {'best' if self.best else 'last'}{score}"
        if self.best and not self.score:
            return f"warning: {self.metric} was 0 in every evaluation, so the latest of equal states is kept\n{line}"
        return line
