"""Match candidates with gold entities, and find the relations between them; on the host."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from jointre.data.batch import Gold
from jointre.data.relation_classes import Order, RelationClasses
from jointre.data.stages import Pairs, Spans

Match = Literal["span", "last_word", "extent"]


def gold_entities(spans: Spans, label: Tensor, gold: Gold, match: Match) -> np.ndarray:
    """Return [N] int64, the gold entity (a row of ``gold``) that each span with its ``label`` [N] is; -1 for none."""
    known: dict[Sequence[int], int] = {}
    for row, key in enumerate(_keys(gold.entity_doc, gold.entity_words, gold.entity_label, match)):
        known.setdefault(key, row)
    return np.array(
        [known.get(key, -1) for key in _keys(spans.doc, spans.words, label, match)], dtype=np.int64
    )


def _keys(doc: Tensor, words: Tensor, label: Tensor, match: Match) -> list[tuple[int, ...]]:
    start, end = words.unbind(1)
    columns = {
        "span": [doc, start, end, label],
        "last_word": [doc, end, label],
        "extent": [doc, start, end],
    }
    return list(map(tuple, torch.stack(columns[match], dim=1).tolist()))


def gold_relations(
    found: np.ndarray, pairs: Pairs, gold: Gold, order: Order = "both", same: np.ndarray | None = None
) -> np.ndarray:
    """Return [P, C] float32, 1 where a relation holds, with the columns of `RelationClasses`.

    Args:
        found: the result of `gold_entities`.
        pairs: P pairs.
        gold: of the batch.
        order: as in `PairSampler`.
        same: [G], the gold entity that each gold entity counts as, if two have the same extent; None for itself.
    """
    columns = _columns(gold, order, same)
    targets = np.zeros((len(pairs), len(RelationClasses(gold.labels, order))), dtype=np.float32)
    for row, place in enumerate(_places(found, pairs)):
        targets[row, columns.get(place, [])] = 1.0
    return targets


def missed_relations(found: np.ndarray, pairs: Pairs, gold: Gold) -> tuple[np.ndarray, np.ndarray]:
    """Return [M] documents and [M, K] targets of related pairs of gold entities that are not among ``pairs``."""
    columns = _columns(gold, "both", None)
    paired = set(_places(found, pairs))
    places = [place for place in columns if place not in paired]
    targets = np.zeros((len(places), len(gold.labels.relations)), dtype=np.float32)
    for row, place in enumerate(places):
        targets[row, columns[place]] = 1.0
    heads = np.array([head for head, _ in places], dtype=np.int64)
    return gold.entity_doc.numpy()[heads], targets


def _places(found: np.ndarray, pairs: Pairs) -> list[tuple[int, int]]:
    """Return the gold entities (rows of the batch) that head and tail of each pair are; -1 for none."""
    head, tail = (found[side.numpy()].tolist() for side in (pairs.head, pairs.tail))
    return list(zip(head, tail, strict=True))


def _columns(gold: Gold, order: Order, same: np.ndarray | None) -> dict[tuple[int, int], list[int]]:
    """Return the columns of the relations that hold for each related pair of gold entities."""
    classes = RelationClasses(gold.labels, order)
    columns: dict[tuple[int, int], list[int]] = {}
    sides = (side.numpy() for side in (gold.relation_head, gold.relation_tail))
    ends = zip(*((side if same is None else same[side]).tolist() for side in sides), strict=True)
    for (head, tail), relation in zip(ends, gold.relation_label.tolist(), strict=True):
        for end, swapped in (((head, tail), False), ((tail, head), True)):
            column = classes.column(relation, swapped)
            if column is not None:
                columns.setdefault(end, []).append(column)
    return columns
