"""Explain why a model predicts no entities or no relations, and suggest what to change."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from torch import Tensor

from jointre.data.doc import Doc
from jointre.inspection.reach import unreachable
from jointre.metrics.base import Metric
from jointre.models.base import Model
from jointre.models.joint import JointModel
from jointre.predict import Predictor

LOOKED_AT = 200
"""Number of documents whose scores are examined."""


@dataclass(frozen=True)
class Trained:
    """How long a model was trained, as far as that is known.

    Args:
        updates: number of updates.
        epochs: number of passes over the corpus.
        losses: mean of each loss term in the last epoch.
        tuned: whether the threshold was just tuned on the corpus.
    """

    updates: int | None = None
    epochs: int | None = None
    losses: Mapping[str, float] = field(default_factory=dict)
    tuned: bool = False


def missing(metrics: Mapping[str, Metric], scores: Mapping[str, Any]) -> set[str]:
    """Return "entities", "relations" or both, if gold has some and the predictions have none.

    Args:
        metrics: by name.
        scores: what `Metric.to_json` returned, by metric.
    """
    counts = [(metric.unit, scores.get(name, {}).get("counts", {})) for name, metric in metrics.items()]
    return {unit for unit, count in counts if unit and count.get("gold") and count.get("predicted") == 0}


def explain(
    predictor: Predictor, docs: Sequence[Doc], lacking: set[str], corpus: str, trained: Trained
) -> list[str]:
    """Return three lines: what is missing and by how much, what the model can predict at all, and what to change.

    Args:
        predictor: of the model.
        docs: the corpus with its gold.
        corpus: its name.
        lacking: what `missing` returned; not empty.
        trained: what is known about its training.
    """
    highest = _highest(predictor, docs[:LOOKED_AT])
    reachable = _reachable(predictor, docs)
    what = " and no ".join(sorted(lacking))
    return [
        f"warning: the model predicts no {what} on {corpus}{_scores(highest, lacking, predictor.model)}",
        f"  {_reach(reachable)}{_training(trained)}",
        f"  -> {_remedy(lacking, reachable, highest, predictor.model, trained)}",
    ]


@dataclass
class _Highest:
    """The highest probabilities of an entity type and of a relation type (perhaps between gold entities)."""

    entity: float | None = None
    relation: float | None = None
    between_gold: bool = False


def _highest(predictor: Predictor, docs: Sequence[Doc]) -> _Highest:
    """Predict once more; if there is no pair to score, predict between gold entities."""
    found, model = _Highest(), predictor.model
    if not isinstance(model, JointModel):
        return found
    with _watched(model, found):
        _run(replace(predictor, skipped=[]), docs)
        if found.relation is None and model.labels.relations:
            found.between_gold = True
            _run(replace(predictor, skipped=[], given=True), docs)
    return found


def _run(predictor: Predictor, docs: Sequence[Doc]) -> None:
    for _ in predictor(docs):
        pass


@contextmanager
def _watched(model: JointModel, found: _Highest) -> Iterator[None]:
    def note(name: str, read: Callable[[Any], Tensor]) -> Callable[..., None]:
        def hook(module: object, given: object, output: Any) -> None:
            scores = read(output)
            if scores.numel():
                before = getattr(found, name) or 0.0
                setattr(found, name, max(before, float(scores.max())))

        return hook

    hooks = [
        model.entity_head.register_forward_hook(note("entity", lambda output: output.typed[1])),
        model.relation_head.register_forward_hook(note("relation", lambda output: output.probs)),
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _scores(highest: _Highest, lacking: set[str], model: Model) -> str:
    """Compare the highest scores with what they would have to exceed."""
    parts = []
    if highest.entity is not None and "entities" in lacking:
        parts.append(f"the highest score of an entity type is {highest.entity:.2f}, below no entity")
    if highest.relation is not None:
        between = " between gold entities" if highest.between_gold else ""
        least = "below no relation" if model.threshold is None else f"the threshold {model.threshold:.2f}"
        parts.append(f"the highest score of a relation{between} is {highest.relation:.2f}, {least}")
    return f": {', '.join(parts)}" if parts else ""


Reachable = Mapping[str, tuple[int, int]]


def _reachable(predictor: Predictor, docs: Sequence[Doc]) -> Reachable:
    """Count the gold entities and relations that the model can predict at all, and all of them."""
    found = [unreachable(doc, predictor.model, predictor.segmenter) for doc in docs]
    entities = list(chain.from_iterable(each.entities for each in found))
    relations = list(chain.from_iterable(each.relations for each in found))
    return {
        "entities": (entities.count(None), len(entities)),
        "relations": (relations.count(None), len(relations)),
    }


def _reach(reachable: Reachable) -> str:
    shares = (f"{within} of {total} gold {name}" for name, (within, total) in reachable.items() if total)
    return f"within reach: {', '.join(shares)}"


def _training(trained: Trained) -> str:
    updates = "" if trained.updates is None else f"; trained for {trained.updates} updates"
    losses = ", ".join(f"{name} {value:.4f}" for name, value in trained.losses.items() if name != "loss")
    return f"{updates}; last loss: {losses}" if losses else updates


def _remedy(
    lacking: set[str], reachable: Reachable, highest: _Highest, model: Model, trained: Trained
) -> str:
    if any(not reachable[name][0] for name in lacking if name in reachable):
        return "the model cannot predict this gold; find out why with: jointre debug data CONFIG"
    now = "" if trained.epochs is None else f" (now {trained.epochs})"
    longer = f"train longer: more training.epochs{now}, or a higher training.optimizer.lr"
    threshold, score = model.threshold, highest.relation
    if "entities" in lacking or trained.tuned or threshold is None or score is None or score < threshold / 2:
        return longer
    return f"tune the threshold on a dev corpus: jointre tune MODEL DEV_DATA; or {longer}"
