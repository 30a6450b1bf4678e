"""All spans up to a maximum width, with random negatives in training."""

from typing import Literal

import numpy as np
import torch
from torch import Tensor

from jointre.data.batch import Batch
from jointre.data.doc import Doc
from jointre.data.stages import Spans
from jointre.limits import NonNegativeInt, PositiveInt
from jointre.registry import registry
from jointre.samplers.base import SpanSampler, host_spans


@registry.samplers("jointre.all_spans.v1")
class AllSpans(SpanSampler):
    """SpERT's candidate spans (SpERT, Sections 3 and 3.1).

    In prediction, these are all spans of 1 to ``max_width`` words, by width, then by start. In training, they are every
    gold span, whatever its width, and ``negatives`` others per document, drawn without replacement.

    Args:
        max_width: maximum width of a candidate in words.
        negatives: maximum number of negative spans per document in training; null for all, as in PURE.
        wide_gold: whether gold spans of more than ``max_width`` words are trained on: ``train``, or ``leave_out`` of
            the loss, as in PURE's published code. They are paired in either case.
    """

    def __init__(
        self,
        max_width: PositiveInt = 10,
        negatives: NonNegativeInt | None = 100,
        wide_gold: Literal["train", "leave_out"] = "train",
    ) -> None:
        self.max_width = max_width
        self.negatives = negatives
        self.wide_gold = wide_gold

    def sample(self, batch: Batch, training: bool) -> Spans:
        """See `SpanSampler.sample`."""
        return self._draw(batch) if training else self._enumerate(batch)

    def trained(self, spans: Spans) -> Tensor | None:
        """See `SpanSampler.trained`."""
        if self.wide_gold == "train":
            return None
        return spans.words[:, 1] - spans.words[:, 0] <= self.max_width

    def unreachable(self, doc: Doc) -> list[str | None]:
        """See `SpanSampler.unreachable`: entities of more than ``max_width`` words."""
        reason = f"wider than max_width = {self.max_width} words"
        return [reason if entity.end - entity.start > self.max_width else None for entity in doc.entities]

    def _enumerate(self, batch: Batch) -> Spans:
        longest = batch.word_pieces.shape[1]
        width = torch.arange(1, min(self.max_width, longest) + 1).view(1, -1, 1)
        start = torch.arange(longest).view(1, 1, -1)
        n_words = batch.on_host().n_words.view(-1, 1, 1)
        doc, w, s = torch.nonzero(start + width <= n_words, as_tuple=True)
        return host_spans(batch, doc, torch.stack([s, s + w + 1], dim=1))

    def _draw(self, batch: Batch) -> Spans:
        gold = batch.on_host().gold
        assert gold is not None
        drawn = [self.negative_spans(doc, batch.rng(row)) for row, doc in enumerate(batch.docs)]
        rows = np.repeat(np.arange(len(drawn)), [len(spans) for spans in drawn])
        doc = torch.cat([gold.entity_doc, torch.from_numpy(rows)])
        words = torch.cat([gold.entity_words, torch.from_numpy(np.concatenate(drawn))])
        return host_spans(batch, doc, words)

    def negative_spans(self, doc: Doc, rng: np.random.Generator) -> np.ndarray:
        """Return [min(pool, negatives), 2] spans that are not gold extents, uniformly without replacement."""
        n_words = len(doc.words)
        # spans are numbered by width, then by start; `first` is the number of the first span of each width
        widths = np.arange(1, min(self.max_width, n_words) + 1)
        first = np.concatenate([[0], np.cumsum(n_words + 1 - widths)])
        gold = {entity.extent for entity in doc.entities}
        most = int(first[-1]) if self.negatives is None else self.negatives
        size = min(int(first[-1]), most + len(gold))
        index = rng.choice(first[-1], size=size, replace=False)
        width = np.searchsorted(first, index, side="right")
        start = index - first[width - 1]
        spans = np.stack([start, start + width], axis=1)
        keep = [i for i, (s, e) in enumerate(spans.tolist()) if (s, e) not in gold]
        return spans[keep[:most]]
