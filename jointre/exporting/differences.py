"""Compare two models that should be the same: their states, their predictions, and their scores."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from jointre.config import Config, resolve
from jointre.data.doc import Doc
from jointre.errors import Fault, RefusedError
from jointre.evaluate import metric_values, score
from jointre.metrics.base import Metric
from jointre.predict import Predictor
from jointre.registry import registry

SCORES = {"entities": "entities_micro_f", "strict": "strict_micro_f"}
"""The metrics that show whether a model has become worse, and the score that is compared."""


class DifferenceError(RefusedError):
    """Two models that should be the same differ too much."""

    exit_code = 1


@dataclass(frozen=True)
class Sameness:
    """How much two models differ on some documents.

    Args:
        corpus: name of the documents.
        documents: number of documents.
        same: number of documents in which both predict the same entities and relations, whatever their scores.
        difference: the largest difference between two hidden states, over all that the encoder returns.
        largest: the largest hidden state of the first model.
    """

    corpus: str
    documents: int
    same: int
    difference: float
    largest: float

    def __str__(self) -> str:
        states = f"hidden states differ by at most {self.difference:.2g} (the largest is {self.largest:.2g})"
        same = f"{self.same} of {self.documents} documents have the same predictions"
        return f"{self.corpus}: {states}; {same}"


def compare(before: Predictor, after: Predictor, docs: Sequence[Doc], corpus: str) -> Sameness:
    """Predict documents with two models of the same tokenizer and batches, and compare states and predictions."""
    with _states(before) as first:
        one = list(before(docs))
    with _states(after) as second:
        two = list(after(docs))
    differences = [float((a - b).abs().max()) for a, b in zip(first, second, strict=True) if len(a)]
    largest = [float(a.abs().max()) for a in first if len(a)]
    same = sum(_found(a) == _found(b) for a, b in zip(one, two, strict=True))
    return Sameness(corpus, len(docs), same, max(differences, default=0.0), max(largest, default=0.0))


@contextmanager
def _states(predictor: Predictor) -> Iterator[list[Tensor]]:
    """Collect what the encoder returns for real pieces."""
    found: list[Tensor] = []

    def keep(_: nn.Module, given: Any, output: Any) -> None:
        pooled = [] if output.pooled is None else [output.pooled]
        found.extend([*(layer[given[0].mask] for layer in output.layers), *pooled])

    handle = predictor.model.encoder.register_forward_hook(keep)
    try:
        yield found
    finally:
        handle.remove()


def _found(doc: Doc) -> tuple[list[Any], list[Any]]:
    entities = [(entity.extent, entity.label) for entity in doc.entities]
    return entities, [(relation.head, relation.tail, relation.label) for relation in doc.relations]


@dataclass(frozen=True)
class Losses:
    """F1 of two models on a corpus, by metric: before and after, between 0 and 1."""

    corpus: str
    scores: Mapping[str, tuple[float, float]]

    def lines(self) -> list[str]:
        """Return one line per metric, x100."""
        return [
            f"{self.corpus}: {name} F1 {100 * before:.2f} -> {100 * after:.2f} ({100 * (after - before):+.2f})"
            for name, (before, after) in self.scores.items()
        ]

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        scores = {name: {"before": before, "after": after} for name, (before, after) in self.scores.items()}
        return {"corpus": self.corpus, "f": scores}

    def refuse(self, most: float, remedy: str) -> None:
        """Refuse a model that lost more than ``most`` points of F1 x100 by any metric.

        Raises:
            DifferenceError: with each metric that lost more.
        """
        faults = [
            Fault(f"{name} F1 fell from {100 * before:.2f} to {100 * after:.2f}", self.corpus)
            for name, (before, after) in self.scores.items()
            if 100 * (before - after) > most
        ]
        if faults:
            faults[-1] = Fault(faults[-1].what, self.corpus, remedy)
            raise DifferenceError(f"the scores fall by more than {most:g} points", faults)


def watched(config: Config) -> dict[str, Metric]:
    """Return the metrics of a config that `SCORES` names, with their defaults if the config has none of the name."""
    given = resolve(config, "evaluation").metrics
    return {name: given.get(name) or registry.metrics.get(f"jointre.{name}.v1")() for name in SCORES}


def losses(
    before: Sequence[Doc],
    after: Sequence[Doc],
    docs: Sequence[Doc],
    corpus: str,
    metrics: Mapping[str, Metric],
    given: bool,
) -> Losses:
    """Score what two models predict for a corpus; ``metrics`` then hold the scores of the second.

    Args:
        before, after: the predictions.
        docs: the corpus.
        corpus: its name.
        metrics: see `watched`.
        given: whether the predictions were given the entities.
    """
    found = []
    for predicted in (before, after):
        score(docs, predicted, metrics, given)
        values = metric_values(metrics.values())
        found.append({name: values[key] for name, key in SCORES.items()})
    first, second = found
    return Losses(corpus, {name: (first[name], second[name]) for name in SCORES})
