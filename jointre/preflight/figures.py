"""Figures that [training] names: whether a metric gives them, and whether there is a corpus to take them on."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from jointre.config.load import Config
from jointre.config.resolve import FAILED
from jointre.config.tree import Key, where
from jointre.config.trial import Trial
from jointre.errors import Fault
from jointre.evaluate import figures
from jointre.nearest import did_you_mean


def wrong_figures(config: Config, trial: Trial, faulty: Collection[Key], has_dev: bool) -> Iterator[Fault]:
    """What is wrong with best_metric, patience and tune_threshold.

    Args:
        config: of the figures.
        trial: its objects. Where a metric could not be constructed, no figure is called unknown.
        faulty: keys with a fault that is known already; they are left alone.
        has_dev: whether there is a dev corpus.
    """
    metrics = trial.named("evaluation", "metrics").values()
    known = None if FAILED in metrics else list(figures(metrics))
    section = config.values.get("training")
    given = section if isinstance(section, dict) else {}
    training = {name: value for name, value in given.items() if ("training", name) not in faulty}

    def place(name: str) -> str:
        return where(config.origins, ("training",), name)

    yield from unwatchable(training, known, has_dev, place)
    figure = training.get("tune_threshold")
    if figure is not None and known is not None and figure not in known:
        yield no_figure(figure, known, place("tune_threshold"))
    if figure is not None and not has_dev:
        what = "there is no dev corpus to choose a threshold on"
        yield Fault(what, place("tune_threshold"), "--paths.dev FILE")


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
