"""Check names in a config that must match other names, and find names that nothing uses."""

from collections.abc import Collection, Iterable, Iterator

from jointre.config.interpolate import VARIABLE
from jointre.config.load import Config
from jointre.config.source import default_source
from jointre.config.tree import walk, where
from jointre.config.trial import Trial
from jointre.errors import Fault
from jointre.models.base import Model
from jointre.nearest import did_you_mean

CORPORA = ("train", "dev", "test")


def unknown_names(config: Config, trial: Trial, initialized: bool) -> Iterator[Fault]:
    """Report names of losses, weights and parts that neither the model nor the objectives know.

    Args:
        config: the config.
        trial: its components.
        initialized: whether ``[initialize]`` is used.
    """
    model = trial.objects.get(("model",))
    if isinstance(model, Model):
        yield from unknown_terms(config, model.terms)
    objectives = trial.named("pretraining", "objectives")
    weights = trial.named("pretraining", "weights")
    yield from _unknown(config, "pretraining.weights", weights, objectives, "objective")
    settings = config.values.get("initialize")
    if isinstance(model, Model) and initialized and isinstance(settings, dict) and settings.get("weights"):
        for part in settings["parts"] if isinstance(settings.get("parts"), list) else ():
            if part not in model.parts:
                place = where(config.origins, ("initialize",), "parts")
                yield Fault(f"the model has no part {part!r}", place, _choices(part, model.parts))


def unknown_terms(config: Config, terms: Collection[str]) -> Iterator[Fault]:
    """Report names in ``[training.losses]`` and ``[training.loss_weights]`` that are not loss terms of the model.

    The names in default.cfg are accepted, because not every model has all of them.
    """
    for kind in ("losses", "loss_weights") if terms else ():
        blocks = config.values["training"].get(kind)
        given = [name for name, block in blocks.items() if block] if isinstance(blocks, dict) else []
        usual = default_source().tree["training"][kind]
        names = [name for name in given if name not in usual]
        yield from _unknown(config, f"training.{kind}", names, terms, "loss term")


def _unknown(
    config: Config, section: str, names: Iterable[str], known: Collection[str], kind: str
) -> Iterator[Fault]:
    for name in names:
        if name not in known:
            place = where(config.origins, (*section.split("."), name))
            yield Fault(f"unknown {kind}: {name!r}", place, _choices(name, known))


def _choices(name: str, known: Collection[str]) -> str:
    return did_you_mean(name, known) or f"available: {', '.join(known) or 'none'}"


def unused_names(config: Config) -> Iterator[str]:
    """Return notices about entries of [paths] that nothing refers to, and corpora that nothing reads."""
    usual = default_source().tree["paths"]
    texts = [str(value) for _, value in walk(config.tree) if not isinstance(value, dict)]
    used = {match[1] for text in texts for match in VARIABLE.finditer(text)}
    for name in config.tree["paths"]:
        if name not in usual and f"paths.{name}" not in used:
            near = did_you_mean(name, usual)
            place = where(config.origins, ("paths",), name)
            yield f"{place}: nothing refers to it{'; ' if near else ''}{near}"
    for name in config.tree["corpora"]:
        if near := "" if name in CORPORA else did_you_mean(name, CORPORA):
            yield f"{where(config.origins, ('corpora', name))}: training reads train and dev; {near}"
