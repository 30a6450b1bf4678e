"""Figures that [training] names: whether a metric gives them, and whether there is a corpus to take them on."""

from collections.abc import Collection, Iterator

from jointre.config.load import Config
from jointre.config.resolve import FAILED
from jointre.config.tree import Key, where
from jointre.config.trial import Trial
from jointre.errors import Fault
from jointre.evaluate import figures
from jointre.training.early_stopping import no_figure, unwatchable


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
