"""SpanSampler and PairSampler: the contracts of the registry ``samplers``.

Randomness comes only from ``batch.rng(row)``, so a run can be repeated with any number of workers.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator

import numpy as np
import torch

from jointre.data.batch import Batch
from jointre.data.doc import Doc
from jointre.data.relation_classes import Order
from jointre.data.stages import EntityOutput, Pairs, Spans
from jointre.limits import Limited
from jointre.schedules.base import Schedule

ENTITIES, TAGS, MARKS = 1, 2, 3


class SpanSampler(Limited, ABC):
    """Chooses candidate spans."""

    @abstractmethod
    def sample(self, batch: Batch, training: bool) -> Spans:
        """Return the candidates of a batch.

        In training, the first G rows are the gold entities of the batch in their order, whatever their width; outside
        training gold is never read. The rows of a document are in its order of enumeration.
        """

    def trained(self, spans: Spans) -> torch.Tensor | None:
        """Return [N] bool, where the spans are, which candidates of training have a loss; None for all of them."""
        return None

    def unreachable(self, doc: Doc) -> list[str | None]:
        """Return for each entity of ``doc`` why its span is not a candidate outside training; None if it is one."""
        return [None] * len(doc.entities)


class PairSampler(Limited, ABC):
    """Chooses ordered candidate pairs.

    Attributes:
        order: whether two spans are paired in ``both`` orders, or once, in the order of the ``text``: by start, then by
            end; in ``mirrored`` order, the same pair in the other order follows. `RelationClasses` defines what is then
            scored for a pair, and the columns of its targets.
        untyped: whether spans without a predicted type are paired in prediction.
        exact: whether pairs with a target always have gold spans.
        capped: number of documents in which spans were not paired because there were too many.
    """

    order: Order = "both"
    untyped: bool = False
    exact: bool = True
    capped: int = 0

    @abstractmethod
    def sample(self, entities: EntityOutput, batch: Batch, training: bool) -> Pairs:
        """Return pairs among the rows of ``entities.spans``; with ``targets`` in training.

        What is laid out on the host is sent with ``batch.to_device``, so that later stages need not read it back.
        """

    def paired_types(self, entities: EntityOutput, batch: Batch) -> torch.Tensor:
        """Return [N] int64, in training, the class of each candidate that may be in a pair; 0 for the others.

        It does not depend on which pairs are drawn. In prediction this is ``entities.predicted``.
        """
        assert entities.gold is not None
        return entities.gold

    def chunks(self, entities: EntityOutput, batch: Batch, size: int) -> Iterator[Pairs]:
        """Return the pairs of prediction, at most ``size`` at a time, in any order of the parts and in them.

        In mirrored order, a pair is followed by its other order, so that a part has at least two.
        """
        pairs = self.sample(entities, batch, training=False)
        return (pairs.slice(start, start + size) for start in range(0, len(pairs), size))

    def unreachable(self, doc: Doc) -> list[str | None]:
        """Return for each relation of ``doc`` why its pair is never scored even if both entities are found; None if it
        can be.
        """
        return [None] * len(doc.relations)


def to_device(drawn: np.ndarray, batch: Batch) -> torch.Tensor:
    """Return what was drawn on the host as a tensor on the batch's device, without waiting for a GPU."""
    return batch.to_device(torch.from_numpy(drawn))


def taught(teacher: Schedule | None, batch: Batch, draw: int) -> torch.Tensor:
    """Return [B] bool, the sentences that follow a teacher in this step, drawn at random.

    Args:
        teacher: schedule for the share of such sentences; None for none.
        batch: the sentences, and their place in training.
        draw: what the draw is for, `ENTITIES` or `TAGS`; these draws are independent.
    """
    share = 0.0 if teacher is None else teacher(batch.progress)
    drawn = [batch.rng(row).spawn(draw + 1)[draw].random() < share for row in range(len(batch))]
    return to_device(np.array(drawn, dtype=bool), batch)


def drawn_per_span(spans: Spans, batch: Batch, draw: int) -> torch.Tensor:
    """Return [N] float32 in [0, 1), a number for each span.

    It is a function of (seed, epoch, document) and of the extent of the span alone, so it does not depend on which
    other spans there are. Of two spans of a document with different extents, the numbers are independent.

    Args:
        spans: N spans.
        batch: their documents.
        draw: what the draw is for; draws with other numbers are independent.
    """
    drawn = np.zeros((2, len(batch), 1 + max(len(doc.words) for doc in batch.docs)), dtype=np.float32)
    for row, doc in enumerate(batch.docs):
        rng = batch.rng(row).spawn(draw + 1)[draw]
        drawn[:, row, : len(doc.words) + 1] = rng.random((2, len(doc.words) + 1))
    start, end = to_device(drawn, batch)
    return (start[spans.doc, spans.words[:, 0]] + end[spans.doc, spans.words[:, 1]]) % 1.0


def make_spans(batch: Batch, doc: torch.Tensor, words: torch.Tensor) -> Spans:
    """Return spans with their piece ranges from ``doc`` [N] and ``words`` [N, 2]; no span may be empty.

    The rows and the batch are on one device.
    """
    start = batch.word_pieces[doc, words[:, 0], 0]
    end = batch.word_pieces[doc, words[:, 1] - 1, 1]
    return Spans(doc, words, torch.stack([start, end], dim=1))


def host_spans(batch: Batch, doc: torch.Tensor, words: torch.Tensor) -> Spans:
    """Return spans on the device of the batch from rows on the host, which then knows them."""
    return batch.to_device(make_spans(batch.on_host(), doc, words))


def best_rows(
    rows: torch.Tensor, doc: torch.Tensor, score: torch.Tensor, most: int, n_docs: int
) -> tuple[torch.Tensor, int]:
    """Return the ``most`` rows of each document with the highest scores; of equal scores the first.

    Args:
        rows: [K] int64, ascending.
        doc, score: [K], of these rows. Everything is on the host.
        most: maximum number of rows per document.
        n_docs: number of documents.

    Returns:
        The rows that are kept, ascending, and the number of documents that lost some.
    """
    order = _best_first(doc, score)
    first, count = _first_places(doc, most, n_docs)
    return rows[order[first].sort().values], int((count > most).sum())


def best_of_known(spans: Spans, score: torch.Tensor, most: int, batch: Batch) -> Spans:
    """Return the ``most`` spans of each document with the highest scores, in their order, without waiting for a GPU.

    The host knows the spans, but not their scores [N], so it does not know which are returned.
    """
    first, _ = _first_places(batch.to_host(spans.doc), most, len(batch))
    order = _best_first(spans.doc, score)
    return spans[order[batch.to_device(first)].sort().values]


def _best_first(doc: torch.Tensor, score: torch.Tensor) -> torch.Tensor:
    """Return the rows by document, then by falling score."""
    order = torch.argsort(score, descending=True, stable=True)
    return order[torch.argsort(doc[order], stable=True)]


def _first_places(doc: torch.Tensor, most: int, n_docs: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the first ``most`` places of each document, if its rows follow each other; and the number of its rows."""
    count = torch.bincount(doc, minlength=n_docs)
    first = (torch.cumsum(count, 0) - count).repeat_interleave(count)
    return torch.nonzero(torch.arange(len(doc)) - first < most).squeeze(1), count
