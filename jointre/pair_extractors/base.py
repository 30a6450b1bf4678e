"""PairExtractor: the contract of everything that gives pairs of spans their features."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from jointre.component import Component
from jointre.context_encoders.base import PairContext
from jointre.data.batch import Batch
from jointre.data.labels import Labels
from jointre.data.stages import Column, EntityOutput, PairDims, PairFeatures, Pairs, SpanDims
from jointre.losses.base import Targets
from jointre.nn.ranges import distinct
from jointre.views.base import Views, ViewWidths


class PairExtractor(Component):
    """Features of candidate pairs: one row per side, one row per context, and indices.

    ``context`` is the component for the surroundings of the pair, or None. ``targets`` is the kind of targets of each
    of its own loss terms (`PairFeatures.terms`).
    """

    context: PairContext | None
    targets: Mapping[str, Targets] = {}

    @abstractmethod
    def build(self, views: ViewWidths, spans: SpanDims, labels: Labels) -> PairDims:
        """Return the widths of a side and of the context."""

    def __call__(self, views: Views, entities: EntityOutput, pairs: Pairs, batch: Batch) -> PairFeatures:
        """Return the features of P pairs, with the types of their entities; see `forward`."""
        features: PairFeatures = super().__call__(views, entities, pairs, batch)
        return replace(features, types=pairs.label[torch.stack([pairs.head, pairs.tail], dim=1)])

    @abstractmethod
    def forward(self, views: Views, entities: EntityOutput, pairs: Pairs, batch: Batch) -> PairFeatures:
        """Return the features of P pairs. It is called once for each part of the pairs of a batch; whatever reads the
        sentence again is a `jointre.rereaders.base.Rereader`.
        """

    def sides(self, entities: EntityOutput, pairs: Pairs, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Return [K], the candidates whose features are made, and [P], the rows of head and tail among them.

        In training these are all candidates, which are few.
        """
        if self.training:
            return batch.to_device(torch.arange(len(entities.spans))), pairs.head, pairs.tail
        used, place = distinct(torch.cat(batch.to_host((pairs.head, pairs.tail))), len(entities.spans))
        head, tail = place.view(2, -1)
        return batch.to_device((used, head, tail))

    def contexts(self, views: Views, entities: EntityOutput, pairs: Pairs, batch: Batch) -> Sequence[Column]:
        """Return the parts of the context, each vector once with [P] the row of each pair; nothing without a
        context.
        """
        return () if self.context is None else self.context.distinct(views, entities.spans, pairs, batch)
