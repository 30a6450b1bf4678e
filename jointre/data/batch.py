"""Encoding (one tokenised document) and Batch (several, padded, with their gold as flat tensors)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from jointre.data.doc import Doc
from jointre.data.encoding import Encoding
from jointre.data.host_copies import HostCopies
from jointre.data.labels import Labels
from jointre.data.progress import START, Progress
from jointre.data.windows import Windows, stack_windows

NO_DOC = Doc([])
T = TypeVar("T")
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Gold:
    """The annotation of a batch: G entities and M relations as flat rows, document after document.

    Args:
        entity_doc: [G]; entity_words: [G, 2]; entity_label: [G] class index (from 1).
        relation_head, relation_tail: [M] rows of the entities; relation_label: [M] column index.
        labels: the label set that the indices refer to.
    """

    entity_doc: Tensor
    entity_words: Tensor
    entity_label: Tensor
    relation_head: Tensor
    relation_tail: Tensor
    relation_label: Tensor
    labels: Labels


@dataclass(frozen=True)
class Batch:
    """Tokenised documents, padded and on the device.

    Args:
        docs: the documents, in row order.
        ids: [B, T] int64. mask: [B, T] bool.
        word_pieces: [B, W, 2] int64 piece range of each word; (0, 0) beyond the last.
        n_words: [B] int64.
        padded: whether any row is shorter than T; known without asking the device.
        gold: annotation, or None for prediction.
        seeds: one list of integers per document, the seed of `rng`: (seed, epoch, document).
        windows: what the encoder reads instead of ``ids`` if a document is longer than its limit; None if every
            document fits. All other stages use whole documents.
        progress: the progress of training, for components that change over time.
        host: the same batch on the host; None if this one is there.
        copies: what the host knows of this batch and of what was made from it.
    """

    docs: tuple[Doc, ...]
    ids: Tensor
    mask: Tensor
    word_pieces: Tensor
    n_words: Tensor
    padded: bool = True
    gold: Gold | None = None
    seeds: tuple[tuple[int, ...], ...] = ()
    windows: Windows | None = None
    progress: Progress = START
    host: "Batch | None" = field(default=None, compare=False, repr=False)
    copies: HostCopies = field(default_factory=lambda: HostCopies(CPU), compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.docs)

    def rng(self, row: int) -> np.random.Generator:
        """Return a new generator for document ``row``; it is the same for the same seed, epoch and document."""
        return np.random.default_rng(self.seeds[row])

    def to(self, device: torch.device) -> "Batch":
        """Return the batch on ``device``, without waiting for it."""
        if self.ids.device.type == device.type:
            return self
        copies = HostCopies(device)
        parts = (self.ids, self.mask, self.word_pieces, self.n_words, self.gold, self.windows)
        ids, mask, word_pieces, n_words, gold, windows = copies.to_device(parts)
        return replace(
            self,
            ids=ids,
            mask=mask,
            word_pieces=word_pieces,
            n_words=n_words,
            gold=gold,
            windows=windows,
            host=self,
            copies=copies,
        )

    def on_host(self) -> "Batch":
        """Return the same batch on the host; it is known there."""
        return self if self.host is None else self.host

    def to_host(self, data: T) -> T:
        """Return something that belongs to the batch on the host; see `HostCopies.to_host`."""
        return self.copies.to_host(data)

    def to_device(self, data: T) -> T:
        """Return something of the host on the device of the batch; see `HostCopies.to_device`."""
        return self.copies.to_device(data)


def collate(
    encodings: Sequence[Encoding],
    pad_id: int,
    labels: Labels | None = None,
    seeds: Sequence[tuple[int, ...]] = (),
    pieces_at_once: int = 4096,
) -> Batch:
    """Pad encodings to one batch; with ``labels`` it includes the annotation as `Gold`.

    ``pieces_at_once`` is for long documents; see `Windows`.
    """
    n_pieces = max(len(encoding.ids) for encoding in encodings)
    n_words = [len(encoding.words) for encoding in encodings]
    ids = np.full((len(encodings), n_pieces), pad_id, dtype=np.int64)
    mask = np.zeros((len(encodings), n_pieces), dtype=bool)
    word_pieces = np.zeros((len(encodings), max(n_words), 2), dtype=np.int64)
    for row, encoding in enumerate(encodings):
        ids[row, : len(encoding.ids)] = encoding.ids
        mask[row, : len(encoding.ids)] = True
        word_pieces[row, : n_words[row]] = encoding.words
    docs = tuple(encoding.doc for encoding in encodings)
    return Batch(
        docs,
        torch.from_numpy(ids),
        torch.from_numpy(mask),
        torch.from_numpy(word_pieces),
        torch.tensor(n_words),
        any(len(encoding.ids) < n_pieces for encoding in encodings),
        None if labels is None else gold_of(docs, labels),
        tuple(seeds),
        stack_windows(encodings, pad_id, pieces_at_once),
    )


def bare_batch(ids: Tensor, mask: Tensor, copies: HostCopies | None = None) -> Batch:
    """Return sequences of pieces [R, T] without words as a batch, for an encoder to read."""
    none = ids.new_zeros(len(ids), 0, 2)
    copies = HostCopies(ids.device) if copies is None else copies
    return Batch((NO_DOC,) * len(ids), ids, mask, none, none.sum((1, 2)), copies=copies)


def gold_of(docs: Sequence[Doc], labels: Labels) -> Gold:
    """Return the annotation of documents as flat tensors."""
    entity_class = {label: index for index, label in enumerate(labels.entities, start=1)}
    relation_class = {label: index for index, label in enumerate(labels.relations)}
    entities: list[tuple[int, int, int, int]] = []
    relations: list[tuple[int, int, int]] = []
    for row, doc in enumerate(docs):
        first = len(entities)
        entities += [(row, e.start, e.end, entity_class[e.label]) for e in doc.entities]
        relations += [(first + r.head, first + r.tail, relation_class[r.label]) for r in doc.relations]
    e = torch.tensor(entities, dtype=torch.int64).reshape(-1, 4)
    r = torch.tensor(relations, dtype=torch.int64).reshape(-1, 3)
    return Gold(e[:, 0], e[:, 1:3], e[:, 3], r[:, 0], r[:, 1], r[:, 2], labels)
