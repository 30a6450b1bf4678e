"""The gold annotation of a batch as tags, made on the host, and messages for gold that cannot be tagged."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from jointre.data.batch import Batch
from jointre.data.doc import Doc
from jointre.data.overlaps import Keep, Overlap, without_overlaps
from jointre.data.report import CorpusError
from jointre.data.tags import TagSpace
from jointre.errors import Fault
from jointre.samplers.base import to_device

KEEPS: dict[str, Keep] = {"keep_outer": "outer", "keep_inner": "inner"}


@dataclass(frozen=True)
class GoldTags:
    """Gold annotation as tags.

    Args:
        padded: [B, W] int64 tag ids; O in documents without a loss and beyond the last word.
        rows: [N] int64, the words that have a loss, as rows of the flat batch [B * W].
    """

    padded: Tensor
    rows: Tensor


def gold_tags(batch: Batch, space: TagSpace, overlap: Overlap) -> GoldTags:
    """Return the tags of a batch with gold; documents that ``overlap`` leaves out have no rows.

    Raises:
        CorpusError: entities overlap and ``overlap`` is ``refuse``.
    """
    assert batch.gold is not None
    label = {name: number for number, name in enumerate(batch.gold.labels.entities, start=1)}
    width = batch.word_pieces.shape[1]
    tags = np.zeros((len(batch), width), dtype=np.int64)
    rows = [np.zeros(0, dtype=np.int64)]
    for number, doc in enumerate(batch.docs):
        kept = taggable(doc, overlap)
        if len(kept) < len(doc.entities) and overlap not in KEEPS:
            admit([doc], overlap)
            continue
        spans = [(e.start, e.end, label[e.label]) for e in (doc.entities[row] for row in kept)]
        tags[number, : len(doc.words)] = space.encode(spans, len(doc.words))
        rows.append(number * width + np.arange(len(doc.words)))
    return GoldTags(to_device(tags, batch), to_device(np.concatenate(rows), batch))


def taggable(doc: Doc, overlap: Overlap) -> list[int]:
    """Return the rows of the entities that can be tagged together."""
    return without_overlaps(doc.entities, KEEPS.get(overlap, "first"))


def admit(docs: Sequence[Doc], overlap: Overlap, key: str = "model.entity_head.overlap") -> list[str]:
    """Refuse training documents with overlapping entities, or report how many are left out.

    Args:
        docs: the documents.
        overlap: see `WordTagger`.
        key: where a config sets it, for the message.

    Raises:
        CorpusError: one fault per document, if ``overlap`` is ``refuse``.
    """
    if overlap in KEEPS:
        return []
    lost = ((number, len(doc.entities) - len(taggable(doc, overlap))) for number, doc in enumerate(docs))
    touched = {number: count for number, count in lost if count}
    if not touched:
        return []
    share = f"{len(touched)} of {len(docs)} training documents"
    if overlap == "drop_sentence":
        return [f"{share} have overlapping entities and no entity loss"]
    faults = [_fault(docs[number], count) for number, count in touched.items()]
    title = f"a tagger gives each word one tag, but entities overlap in {share}"
    remedy = f'{key} = "keep_outer", "keep_inner" or "drop_sentence"'
    raise CorpusError(f"{title}: set {remedy}", faults)


def _fault(doc: Doc, count: int) -> Fault:
    return Fault(f"{count} of {len(doc.entities)} entities overlap others", doc.where or doc.id)
