"""Pairs of single words, one for each entity, with embeddings of the entities' labels."""

from typing import Literal

import torch
from torch import Tensor, nn

from jointre.context_encoders.base import PairContext
from jointre.data.batch import Batch
from jointre.data.labels import Labels
from jointre.data.stages import EntityOutput, PairDims, PairFeatures, Pairs, SpanDims, Spans
from jointre.limits import OptionalSize
from jointre.pair_extractors.base import PairExtractor
from jointre.registry import registry
from jointre.views.base import Views, ViewWidths, no_summary, view_dims


@registry.pair_extractors("jointre.endpoint_pairs.v1")
class EndpointPairs(PairExtractor):
    """Giorgi et al.'s pairs (Giorgi et al., Eq. 3): the state of one word of each entity, and an embedding of its
    label.

    The label is the one that the pair sampler passes on (`Pairs.label`): predicted or gold.

    Args:
        token: the word that represents an entity, its ``last`` or its ``first``; on a view of word pieces, the first
            piece of this word.
        label_dim: size of the label embedding, N(0, 1); 0 leaves it out (Giorgi et al., Table 2, row b).
        context: the component for the surroundings of the pair, or null for none.
        summary: whether the sentence vector of the view is part of the features.
        view: name of the view to read.
    """

    def __init__(
        self,
        token: Literal["last", "first"] = "last",
        label_dim: OptionalSize = 128,
        context: PairContext | None = None,
        summary: bool = False,
        view: str = "encoder",
    ) -> None:
        super().__init__()
        self.token = token
        self.label_dim = label_dim
        self.context = context
        self.summary = summary
        self.view = view

    def build(self, views: ViewWidths, spans: SpanDims, labels: Labels) -> PairDims:
        """Return the widths. A side is [state; label embedding]; class 0, no entity, has an embedding, too."""
        dims = view_dims(views, self.view, self)
        if self.summary and dims.summary is None:
            raise no_summary(self.view)
        if self.label_dim:
            self.labels = nn.Embedding(len(labels.entities) + 1, self.label_dim)
        context = self.context.build(views) if self.context is not None else None
        return PairDims(dims.states + self.label_dim, context, dims.summary if self.summary else None)

    def forward(self, views: Views, entities: EntityOutput, pairs: Pairs, batch: Batch) -> PairFeatures:
        """See `PairExtractor.forward`; R = P."""
        used, head, tail = self.sides(entities, pairs, batch)
        side = self._states(views, entities.spans[used], batch)
        if self.label_dim:
            side = torch.cat([side, self.labels(pairs.label.index_select(0, used))], dim=1)
        contexts = self.contexts(views, entities, pairs, batch)
        pair = torch.arange(len(pairs), device=pairs.head.device)
        summary, doc = (views[self.view].summary, pairs.doc) if self.summary else (None, None)
        return PairFeatures(side, head, tail, contexts, pair, summary, doc)

    def _states(self, views: Views, spans: Spans, batch: Batch) -> Tensor:
        """Return [K, V], the state of each span's word."""
        view = views[self.view]
        word = spans.words[:, 1] - 1 if self.token == "last" else spans.words[:, 0]
        unit = word if view.level == "word" else batch.word_pieces[spans.doc, word, 0]
        length, width = view.states.shape[1:]
        return view.states.reshape(-1, width).index_select(0, spans.doc * length + unit)
