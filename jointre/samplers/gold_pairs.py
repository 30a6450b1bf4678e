"""Which gold entities candidates are, and which relations hold between them; found on the host."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from jointre.data.batch import Gold
from jointre.data.views import Pairs, Spans

Match = Literal["span", "last_word"]


def gold_entities(spans: Spans, label: Tensor, gold: Gold, match: Match) -> np.ndarray:
    """[N] int64 the gold entity, as a row of the batch's, that each span with its ``label`` [N] is; -1 for none."""
    known: dict[Sequence[int], int] = {}
    for row, key in enumerate(_keys(gold.entity_doc, gold.entity_words, gold.entity_label, match)):
        known.setdefault(key, row)
    return np.array(
        [known.get(key, -1) for key in _keys(spans.doc, spans.words, label, match)], dtype=np.int64
    )


def _keys(doc: Tensor, words: Tensor, label: Tensor, match: Match) -> list[tuple[int, ...]]:
    columns = [doc, words[:, 1], label] if match == "last_word" else [doc, words[:, 0], words[:, 1], label]
    return list(map(tuple, torch.stack(columns, dim=1).tolist()))


def gold_relations(found: np.ndarray, pairs: Pairs, gold: Gold) -> np.ndarray:
    """[P, K] float32, 1 where a relation holds; ``found`` as `gold_entities` gives it."""
    columns: dict[tuple[int, int], list[int]] = {}
    ends = zip(gold.relation_head.tolist(), gold.relation_tail.tolist(), strict=True)
    for end, column in zip(ends, gold.relation_label.tolist(), strict=True):
        columns.setdefault(end, []).append(column)
    targets = np.zeros((len(pairs), len(gold.labels.relations)), dtype=np.float32)
    places = zip(
        found[pairs.head.cpu().numpy()].tolist(), found[pairs.tail.cpu().numpy()].tolist(), strict=True
    )
    for row, place in enumerate(places):
        targets[row, columns.get(place, [])] = 1.0
    return targets
