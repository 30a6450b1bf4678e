"""Spans as the states of two markers over the text."""

from collections.abc import Sequence

import torch
from torch import nn

from jointre.data.labels import Labels
from jointre.data.stages import SpanDims, SpanFeatures, Spans
from jointre.encoders.base import MASK, EncoderReader
from jointre.limits import PositiveInt, ProperFraction
from jointre.poolers.base import Pooler
from jointre.registry import registry
from jointre.span_extractors.base import SpanExtractor
from jointre.views.base import Views, ViewWidths, view_dims


@registry.span_extractors("jointre.levitated.v1")
class LevitatedSpans(EncoderReader, SpanExtractor):
    """PL-Marker's spans (PL-Marker, Section 3): the states of two levitated markers, and of the span's ends.

    The two markers have the positions of the first and the last piece of the span. They attend to the text and to each
    other; the text attends to no marker, and no span to another one. So spans are not packed in groups here, which the
    published code does for speed: scores do not depend on the groups, and the text is read once. All spans share the
    two markers.

    Args:
        pooler: pools the span from ``view``, in addition to the markers: ``jointre.endpoints.v1`` as published. Null
            for the markers alone.
        prompt: the word whose embedding the second marker starts from; the first then starts from that of the mask.
            Null for embeddings of their own.
        dropout: on the states of the markers.
        pieces: maximum number of markers, with padding, that the encoder reads at once. The parts of a larger training
            batch are read again in the backward pass.
        view: name of the view that ``pooler`` reads.
    """

    inner_layers = True

    def __init__(
        self,
        pooler: Pooler | None = None,
        prompt: str | None = "entity",
        dropout: ProperFraction = 0.1,
        pieces: PositiveInt = 8192,
        view: str = "encoder",
    ) -> None:
        super().__init__()
        self.encoder = None
        self.pooler = pooler
        self.prompt = prompt
        self.dropout = nn.Dropout(dropout)
        self.pieces = pieces
        self.view = view

    def marker_names(self, labels: Labels) -> Sequence[str]:
        """Return the names of the two markers."""
        return ["[E]", "[/E]"]

    def prompts(self) -> Sequence[str]:
        """See `EncoderReader.prompts`."""
        return () if self.prompt is None else (MASK, self.prompt)

    def build(self, views: ViewWidths) -> SpanDims:
        """Return the width of the markers' states and of the pooled span."""
        dims = view_dims(views, self.view, self)
        return SpanDims(2 * self.read_dims.hidden + (self.pooler.build(dims.states) if self.pooler else 0))

    def forward(self, views: Views, spans: Spans) -> SpanFeatures:
        """Return ``pooled``: [first marker; second marker; pooled span]."""
        text = self.reading(views)
        at = torch.stack([spans.pieces[:, 0], spans.pieces[:, 1] - 1], dim=1)
        markers = self.markers.expand(len(spans), -1)
        states = self.reads_with.levitate(text.encoded, text.batch, markers, at, spans.doc, self.pieces)
        pooled = self.dropout(states).flatten(1)
        if self.pooler is not None:
            view = views[self.view]
            pooled = torch.cat([pooled, self.pooler(view, spans.doc, spans.ranges(view.level))], dim=1)
        return SpanFeatures(spans.doc, pooled)
