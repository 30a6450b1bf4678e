"""Measure documents, entities, and distances between the arguments of relations."""

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jointre.data.doc import Doc, Relation
from jointre.inspection.findings import Case, place


@dataclass(frozen=True)
class Distribution:
    """The distribution of whole numbers; all percentiles are numbers that occur.

    Args:
        minimum, median, percentile_90, percentile_99, maximum: of the numbers.
        longest: the place of the first maximum.
        histogram: how often each number occurs, in ascending order.
    """

    minimum: int
    median: int
    percentile_90: int
    percentile_99: int
    maximum: int
    longest: Case
    histogram: dict[int, int]


@dataclass(frozen=True)
class Sizes:
    """The sizes of one corpus; None if there is nothing to measure.

    Args:
        words: words per document.
        pieces: word pieces per document, special pieces included; None without a tokenizer.
        widths: words per entity.
        distances: words between the two arguments of a relation; 0 if they touch or overlap.
    """

    words: Distribution | None
    pieces: Distribution | None
    widths: Distribution | None
    distances: Distribution | None


def sizes(split: str, docs: Sequence[Doc], pieces: Sequence[int] | None = None) -> Sizes:
    """Return the sizes of a corpus; ``pieces`` is the number of word pieces of each document."""
    entities, widths, relations, distances, words = (array("q") for _ in range(5))
    for number, doc in enumerate(docs):
        words.append(len(doc.words))
        entities.extend([number] * len(doc.entities))
        widths.extend(entity.end - entity.start for entity in doc.entities)
        relations.extend([number] * len(doc.relations))
        distances.extend(_distance(doc, relation) for relation in doc.relations)
    every = range(len(docs))
    return Sizes(
        _distribution(split, docs, every, words),
        None if pieces is None else _distribution(split, docs, every, pieces),
        _distribution(split, docs, entities, widths),
        _distribution(split, docs, relations, distances),
    )


def _distance(doc: Doc, relation: Relation) -> int:
    return max(doc.entities[relation.head].gap(doc.entities[relation.tail]), 0)


def _distribution(
    split: str, docs: Sequence[Doc], at: Sequence[int], values: Sequence[int]
) -> Distribution | None:
    """Return the distribution of ``values``, each of which belongs to the document with the number in ``at``."""
    if not values:
        return None
    low, half, high, higher, top = np.percentile(values, [0, 50, 90, 99, 100], method="inverted_cdf").tolist()
    row = int(np.argmax(values))
    longest = place(split, at[row], docs[at[row]])
    return Distribution(low, half, high, higher, top, longest, dict(sorted(Counter(values).items())))
