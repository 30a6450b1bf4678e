"""Check scores named in [training]: whether a metric computes them, and whether there is a corpus for them."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from jointre.config.load import Config
from jointre.config.resolve import FAILED
from jointre.config.tree import Key, where
from jointre.config.trial import Trial
from jointre.errors import Fault
from jointre.evaluate import metric_values
from jointre.nearest import did_you_mean
from jointre.place import Place, Where


def wrong_metrics(config: Config, trial: Trial, faulty: Collection[Key], has_dev: bool) -> Iterator[Fault]:
    """Report what is wrong with best_metric, patience and tune_threshold.

    Args:
        config: the config.
        trial: its components. If a metric could not be constructed, no score is reported as unknown.
        faulty: keys with a known fault, which are skipped.
        has_dev: whether there is a dev corpus.
    """
    metrics = trial.named("evaluation", "metrics").values()
    known = None if FAILED in metrics else list(metric_values(metrics))
    section = config.values.get("training")
    given = section if isinstance(section, dict) else {}
    training = {name: value for name, value in given.items() if ("training", name) not in faulty}

    def place(name: str) -> Place:
        return where(config.origins, ("training",), name)

    yield from unwatchable(training, known, has_dev, place)
    metric = training.get("tune_threshold")
    if metric is not None and known is not None and metric not in known:
        yield unknown_metric(metric, known, place("tune_threshold"))
    if metric is not None and not has_dev:
        what = "tuning a threshold needs a dev corpus"
        yield Fault(what, place("tune_threshold"), "--paths.dev FILE")


def summands(metric: str) -> list[str]:
    """Return the names of the scores that ``training.best_metric`` adds up, usually one."""
    return [name.strip() for name in metric.split("+")]


def unwatchable(
    training: Mapping[str, Any],
    known: Collection[str] | None,
    has_dev: bool,
    place: Callable[[str], Where] = "training.{}".format,
) -> Iterator[Fault]:
    """Report why the best state cannot be kept, or early stopping is impossible, if either is requested.

    Args:
        training: the known values of `[training]`.
        known: the scores that the metrics compute; None if unknown.
        has_dev: whether there is a dev corpus.
        place: the place of a key of `[training]`.
    """
    keep, patience = training.get("keep"), training.get("patience")
    if keep != "best" and patience is None:
        return
    if not has_dev:
        yield Fault(
            "early stopping and the best checkpoint need a dev corpus", "corpora.dev", "--paths.dev FILE"
        )
    if known is not None and "best_metric" in training:
        unknown = [name for name in summands(training["best_metric"]) if name not in known]
        yield from (unknown_metric(name, known, place("best_metric")) for name in unknown)
    if keep == "last":
        remedy = 'set training.keep = "best", or patience = null'
        yield Fault("patience needs the best state, but the last one is kept", place("patience"), remedy)


def unknown_metric(name: str, known: Collection[str], place: Where) -> Fault:
    """Return the fault that no metric computes a score."""
    return Fault(
        f"no metric computes {name!r}", place, did_you_mean(name, known) or f"known: {', '.join(known)}"
    )
