"""Measure how the time outside the encoder grows with the words and entities of a document."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from benchmarks.heads import count, set_counts
from benchmarks.options import Sizes
from benchmarks.replay import remembering
from benchmarks.subject import Subject
from benchmarks.timing import Clock, Row, measure, slope
from jointre.data.doc import Doc

LENGTH = 512
ENTITIES = 10
WORDS_AN_ENTITY = 10


def measure_growth(subject: Subject, sizes: Sizes) -> dict[str, Any]:
    """Measure milliseconds per document outside the encoder: by words (entities fixed or in proportion), by entities.

    The encoder's states are computed once and kept, so only the rest of the prediction is timed. Each document yields
    half as many relations as entities. All points run in turn. On a CPU, exponents are those of its time.
    """
    fixed = [(words, ENTITIES) for words in sizes.words]
    dense = [(words, words // WORDS_AN_ENTITY) for words in sizes.words]
    by_entities = [(LENGTH, n) for n in sizes.entities]
    before = _biases(subject)
    with remembering(subject.model.encoder):
        points = [_Point(subject, *at, sizes.copies) for at in (*fixed, *dense, *by_entities)]
        measured = measure([[point.predict] for point in points], sizes.effort, subject.device)
    _set_biases(subject, before)
    rows = iter([point.row(row) for point, row in zip(points, measured, strict=True)])
    words, words_dense, entities = (list(islice(rows, len(part))) for part in (fixed, dense, by_entities))
    return {
        "words": words,
        "words_dense": words_dense,
        "entities": entities,
        "words_exponent": _exponent(words[-3:], "words"),
        **_pairs(entities),
    }


class _Point:
    """Copies of one document in one batch, with heads that predict a given number of entities in each."""

    def __init__(self, subject: Subject, words: int, entities: int, copies: int) -> None:
        self.subject = subject
        self.words = words
        self.docs = [Doc(list(subject.corpus.joined(words).words)) for _ in range(copies)]
        budget = copies * 8 * words
        self.predictor = subject.predictor(budget)
        set_counts(subject, self.docs, entities * copies, entities // 2 * copies, budget)
        self.biases = _biases(subject)
        self.found = count(list(self.predictor(self.docs)))

    def predict(self) -> None:
        """Run one pass."""
        _set_biases(self.subject, self.biases)
        list(self.predictor(self.docs))

    def row(self, row: Row) -> dict[str, Any]:
        """Return the predicted counts and the time per copy."""
        n = len(self.docs)
        clock: Clock = "cpu" if self.subject.device.type == "cpu" else "wall"
        return {
            "words": self.words,
            "entities": self.found.entities / n,
            "pairs": self.found.pairs / n,
            "relations": self.found.relations / n,
            "milliseconds": 1e3 * row.seconds(clock).median / n,
            "range": row.seconds(clock).range,
            "wall_milliseconds": 1e3 * row.seconds("wall").median / n,
            "tries": row.tries,
        }


def _biases(subject: Subject) -> list[Tensor]:
    return [head.classifier.bias.detach().clone() for head in (subject.entity_head, subject.relation_head)]


@torch.no_grad()
def _set_biases(subject: Subject, biases: Sequence[Tensor]) -> None:
    for head, bias in zip((subject.entity_head, subject.relation_head), biases, strict=True):
        head.classifier.bias.copy_(bias)


def _exponent(points: Sequence[dict[str, Any]], of: str) -> float:
    return slope([point[of] for point in points], [point["milliseconds"] for point in points])


def _pairs(points: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return exponent and cost of a pair, from the extra time of the three documents with the most pairs."""
    base = points[0]
    beyond = [{**p, "milliseconds": p["milliseconds"] - base["milliseconds"]} for p in points[-3:]]
    last = beyond[-1]
    return {
        "pairs_exponent": _exponent(beyond, "pairs"),
        "microseconds_a_pair": 1e3 * last["milliseconds"] / (last["pairs"] - base["pairs"]),
    }
