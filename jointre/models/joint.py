"""JointModel: the only place where components meet."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from jointre.context_encoders.base import SentenceContext
from jointre.data.batch import Batch
from jointre.data.doc import Doc
from jointre.data.host_copies import HostCopies
from jointre.data.labels import Labels
from jointre.data.relation_classes import RelationClasses
from jointre.data.stages import Encoded, EntityOutput, LossTerm, PairDims, Prediction
from jointre.decoders.base import Decoder
from jointre.decoders.independent import IndependentDecoder
from jointre.encoders.base import Encoder, EncoderAccess, EncoderReader, Reading, Source
from jointre.entity_heads.base import EntityHead
from jointre.errors import BuildError, Fault
from jointre.limits import PositiveInt
from jointre.losses.base import Targets
from jointre.models.base import Model, Unreachable, encoder_places
from jointre.models.decode import decode
from jointre.pair_extractors.base import PairExtractor
from jointre.registry import registry
from jointre.relation_heads.base import RelationHead
from jointre.rereaders.base import Rereader
from jointre.samplers.base import PairSampler
from jointre.views.base import ViewMaker, Views, ViewWidths

Found = tuple[Tensor, Tensor, Tensor, Tensor]
SCORES = 2**21
"""The maximum number of scores at once in prediction: pairs times relation types."""


@registry.models("jointre.joint.v1")
class JointModel(Model):
    """Extract entities and relations with one encoder.

    The relation stage is not built if the corpus has no relation types; there is then no rereader either.

    Args:
        encoder, views, context, entity_head, pair_sampler, pair_extractor, relation_head: the stages, in order.
        max_pairs: maximum number of pairs scored at once in prediction; bounds memory and never changes a result. With
            more than a hundred relation types, fewer are scored at once.
        symmetric_merge: how the two directions of a symmetric relation become one. ``max`` orders them by
            (start, end) and keeps the larger score. ``first``, as in SpERT's published code, orders them by start
            alone and keeps the score that comes first.
        decoder: chooses among the entities and relations that were found; null for ``jointre.independent.v1``, which
            keeps all of them.
    """

    def __init__(
        self,
        encoder: Encoder,
        views: ViewMaker,
        entity_head: EntityHead,
        pair_sampler: PairSampler,
        pair_extractor: PairExtractor,
        relation_head: RelationHead,
        context: SentenceContext | None = None,
        max_pairs: PositiveInt = 20000,
        symmetric_merge: Literal["max", "first"] = "max",
        decoder: Decoder | None = None,
        rereader: Rereader | None = None,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.views = views
        self.context = context
        self.entity_head = entity_head
        self.rereader = rereader
        self.pair_sampler = pair_sampler
        self.pair_extractor = pair_extractor
        self.relation_head = relation_head
        self.max_pairs = max_pairs
        self.symmetric_merge = symmetric_merge
        self.decoder = IndependentDecoder() if decoder is None else decoder

    def build(self, source: Source, labels: Labels) -> None:
        """Build the stages in the order of the data flow; each receives the widths of the stage before."""
        self.labels = labels
        if not labels.relations:
            self.rereader = None
        if self.decoder is not None:
            self.decoder.build(labels)
        self.classes = RelationClasses(labels, self.pair_sampler.order)
        readers = {name: part for name, part in self._parts() if isinstance(part, EncoderReader)}
        below = [self.views, *readers.values(), *([] if self.rereader is None else [self.rereader])]
        inner_layers = any(part.inner_layers for part in below)
        self.encoder_dims = self.encoder.build(source, inner_layers, self.views.pooled)
        self.keeps_reading = any(part.inner_layers and part.encoder is None for part in readers.values())
        for name, part in readers.items():
            part.use_encoder(EncoderAccess(self.encoder, self.encoder_dims, source.at(name), labels))
        widths: ViewWidths = self.views.build(self.encoder_dims)
        if self.context is not None:
            self._refuse_padding(self.context)
            widths = self.context.build(widths)
        self.span_dims = self.entity_head.build(widths, labels)
        if labels.relations:
            if self.rereader is not None:
                widths = self.rereader.build(self.encoder, self.encoder_dims, widths, labels)
            self.pair_dims = self.pair_extractor.build(widths, self.span_dims, labels)
            self._refuse_cells(self.pair_dims)
            self._refuse_mirrored()
            self.relation_head.build(self.pair_dims, self.classes)

    def _parts(self) -> Iterator[tuple[str, nn.Module]]:
        """Yield all parts with their names; those of the relation stage only if there is one."""
        for name, part in self.named_modules():
            if self.labels.relations or not name.startswith("pair_extractor"):
                yield name, part

    @property
    def encoders(self) -> Mapping[str, Encoder]:
        """See `Model.encoders`."""
        parts = {name: part for name, part in self._parts() if isinstance(part, Encoder)}
        return encoder_places(parts, self.encoder)

    def pair_width(self) -> int:
        """Return the width H of the pair vectors that the relation head scores."""
        return self.relation_head.encoded(self.pair_dims)

    def make_views(self, batch: Batch) -> Views:
        """Return the views of a batch, with their summaries."""
        return self._views(self.encoder(batch), batch)

    def _views(self, encoded: Encoded, batch: Batch) -> Views:
        views: Views = self.views(encoded, batch)
        views = views if self.context is None else self.context(views, batch)
        _share(batch, views)
        if self.keeps_reading:
            Reading(batch, encoded).keep(views)
        return views

    def _reread(
        self, encoded: Encoded, views: Views, entities: EntityOutput, batch: Batch
    ) -> tuple[Views, EntityOutput]:
        """Return the views of the relation stage, and the entities with the span vectors of these views."""
        if self.rereader is None:
            return views, entities
        sampler = self.pair_sampler
        label = sampler.paired_types(entities, batch) if self.training else entities.predicted
        views = self.rereader(encoded, views, entities, label, batch)
        _share(batch, views)
        Reading(batch, encoded).keep(views)
        return views, replace(entities, features=self.entity_head.features(views, entities.spans))

    def forward(self, batch: Batch) -> Mapping[str, LossTerm]:
        """Return the loss terms of the entity head, and ``relation`` if there are relation types."""
        encoded = self.encoder(batch)
        views = self._views(encoded, batch)
        entities = self.entity_head(views, batch)
        if not self.labels.relations:
            return entities.terms
        views, entities = self._reread(encoded, views, entities, batch)
        pairs = self.pair_sampler.sample(entities, batch, training=True)
        features = self.pair_extractor(views, entities, pairs, batch)
        output = self.relation_head(features, len(pairs))
        relation = self.relation_head.term(output, features, pairs)
        return {**entities.terms, **features.terms, "relation": relation}

    def predict(self, batch: Batch, given: bool = False) -> list[Doc]:
        """See `Model.predict`."""
        views, entities = self._read(batch, given)
        return self._decoded(self.find(views, entities, batch), batch, given)

    def predict_at(self, batch: Batch, thresholds: Sequence[float], given: bool = False) -> list[list[Doc]]:
        """See `Model.predict_at`; every pair is scored once."""
        views, entities = self._read(batch, given)
        return [
            self._decoded(self._kept(batch.to_host(entities.decided()), found), batch, given)
            for found in self._relations(views, entities, batch, thresholds)
        ]

    @property
    def threshold(self) -> float | None:
        """See `Model.threshold`."""
        decision = self.relation_head.decision
        return None if decision.single or not self.labels.relations else decision.threshold

    @threshold.setter
    def threshold(self, value: float | None) -> None:
        assert value is not None
        self.relation_head.decision = replace(self.relation_head.decision, threshold=value)

    def _read(self, batch: Batch, given: bool) -> tuple[Views, EntityOutput]:
        encoded = self.encoder(batch)
        views = self._views(encoded, batch)
        given = given or self.given_only
        entities = self.entity_head.given(views, batch) if given else self.entity_head(views, batch)
        return self._reread(encoded, views, entities, batch)

    def _decoded(self, found: Prediction, batch: Batch, given: bool) -> list[Doc]:
        if self.decoder is not None:
            found = self.decoder(replace(found, given=given or self.given_only))
        return decode(batch.docs, found, self.labels, self.symmetric_merge)

    @property
    def given_only(self) -> bool:
        """See `Model.given_only`."""
        return self.entity_head.given_only

    @property
    def capped(self) -> int:
        """See `Model.capped`."""
        return self.pair_sampler.capped

    def admit(self, docs: Sequence[Doc]) -> list[str]:
        """See `Model.admit`; the entity head decides."""
        return self.entity_head.admit(docs)

    def unreachable(self, doc: Doc) -> Unreachable:
        """See `Model.unreachable`: entities that the entity head leaves out, their relations, and pairs that are never
        scored.
        """
        entities = self.entity_head.unreachable(doc)
        relations = self.pair_sampler.unreachable(doc)
        taken: set[tuple[int, ...]] = set()
        for row, relation in enumerate(doc.relations):
            argument = entities[relation.head] or entities[relation.tail]
            relations[row] = f"argument {argument}" if argument else relations[row]
            pair: tuple[int, ...] = relation.head, relation.tail
            pair = pair if self.pair_sampler.order == "both" else tuple(sorted(pair))
            if self.relation_head.decision.single and pair in taken:
                relations[row] = relations[row] or "a second type on one pair"
            taken.add(pair)
        return Unreachable(entities, relations)

    @property
    def parts(self) -> Mapping[str, Sequence[str]]:
        """See `Model.parts`; the pair encoder is everything before the scores of the relation head."""
        rereader = {"rereader": ("rereader.",)} if self.rereader is not None else {}
        return {
            "encoder": ("encoder.",),
            "views": ("views.", "context."),
            "entity_encoder": tuple(f"entity_head.{name}" for name in self.entity_head.encoding),
            **rereader,
            "pair_encoder": (
                "pair_extractor.",
                *(f"relation_head.{name}" for name in self.relation_head.encoding),
            ),
        }

    def initialized(self, parts: Collection[str]) -> None:
        """See `Model.initialized`; layers that the rereader copied from the encoder are copied again."""
        if self.rereader is not None and "encoder" in parts and "rereader" not in parts:
            self.rereader.follow(self.encoder)

    @property
    def terms(self) -> Collection[str]:
        """See `Model.terms`."""
        return (*self.entity_head.targets, *self.pair_extractor.targets, "relation")

    @property
    def targets(self) -> Mapping[str, Targets]:
        """See `Model.targets`."""
        if not self.labels.relations:
            return self.entity_head.targets
        relation: dict[str, Targets] = {"relation": self.relation_head.decision.takes}
        return {**self.entity_head.targets, **self.pair_extractor.targets, **relation}

    def find(self, views: Views, entities: EntityOutput, batch: Batch) -> Prediction:
        """Return the kept spans, and the relations among them that hold; ``views`` are those of the relation stage.

        A span without a predicted type is kept only if the pair sampler pairs such spans and a relation of the span
        holds. It then gets its likeliest type. The result is on the host.
        """
        found = self._relations(views, entities, batch, [None])[0]
        return self._kept(batch.to_host(entities.decided()), found)

    def _kept(self, entities: EntityOutput, found: Found) -> Prediction:
        """Return the kept spans and the relations that were found among them; everything is on the host."""
        head, tail, label, score = found
        has_type = entities.predicted > 0
        wanted = has_type.clone()
        wanted[head] = wanted[tail] = True
        kept = torch.nonzero(wanted).squeeze(1)
        likeliest, likeliest_score = entities.typed
        return Prediction(
            entities.spans.doc[kept],
            entities.spans.words[kept],
            torch.where(has_type, entities.predicted, likeliest)[kept],
            torch.where(has_type, entities.score, likeliest_score)[kept],
            torch.searchsorted(kept, head),
            torch.searchsorted(kept, tail),
            label,
            score,
            has_type[kept],
        )

    def _refuse_padding(self, context: SentenceContext) -> None:
        if context.reads_padding and not self.encoder.fills_padding:
            what = f"{type(context).__name__} attends to padding, which the encoder leaves out"
            remedy = 'set [model.encoder] packed = "never", or [model.context] mask_padding = true'
            raise BuildError("components do not fit", [Fault(what, remedy=remedy)])

    def _refuse_cells(self, pairs: PairDims) -> None:
        if pairs.cells and not self.relation_head.cells:
            one, other = type(self.relation_head).__name__, type(self.pair_extractor).__name__
            what = f"{one} takes one row per pair, but {other} gives one row per cell"
            remedy = 'set [model.relation_head] @relation_heads = "jointre.kernel.v2"'
            raise BuildError("components do not fit", [Fault(what, remedy=remedy)])

    def _refuse_mirrored(self) -> None:
        head = self.relation_head
        if self.pair_sampler.order == "mirrored" and (not head.decision.single or self.pair_dims.cells):
            what = f'order = "mirrored" needs one class per pair, which {type(head).__name__} does not give'
            remedy = 'set activation = "softmax" in [model.relation_head], or order = "both" in [model.pair_sampler]'
            raise BuildError("components do not fit", [Fault(what, remedy=remedy)])

    def _relations(
        self, views: Views, entities: EntityOutput, batch: Batch, thresholds: Sequence[float | None]
    ) -> list[Found]:
        """Return head, tail, label and score of the relations that hold at each threshold, on the host; None means the
        head's own decision.

        The host waits for the entities, and once for each part of the pairs.
        """
        known = batch.to_host(entities.decided())
        nothing = known.predicted[:0]
        found: list[list[Found]] = [[(nothing, nothing, nothing, known.score[:0])] for _ in thresholds]
        if self.labels.relations:
            size = min(self.max_pairs, max(1, SCORES // len(self.classes)))
            for pairs in self.pair_sampler.chunks(entities, batch, size):
                output = self.relation_head(self.pair_extractor(views, entities, pairs, batch), len(pairs))
                if self.pair_sampler.order == "mirrored":
                    output = self.relation_head.decision.both_ways(output.logits, self.classes.mirror)
                head, tail, probs, holds = batch.to_host((pairs.head, pairs.tail, output.probs, output.holds))
                if self.pair_sampler.order == "mirrored":
                    head, tail = head[::2], tail[::2]
                for threshold, parts in zip(thresholds, found, strict=True):
                    kept = holds if threshold is None else self.relation_head.holds(probs, threshold)
                    row, column = _true(kept)
                    ends = self.classes.directed(head[row], tail[row], column)
                    parts.append((*ends, probs[row, column]))
        return [_joined(parts) for parts in found]


def _share(batch: Batch, views: Views) -> None:
    """Give views what the host knows of the batch, for poolers, which do not see it."""
    for view in views.values():
        view.cache[HostCopies] = batch.copies


def _true(kept: Tensor) -> tuple[Tensor, Tensor]:
    """Return row and column of what is true in [P, K], on the host. NumPy passes over the rest, which is nearly all."""
    flat = torch.from_numpy(np.flatnonzero(kept.numpy()))
    row = torch.div(flat, max(kept.shape[1], 1), rounding_mode="floor")
    return row, flat - row * kept.shape[1]


def _joined(parts: Sequence[Found]) -> Found:
    """Return the relations of all parts of the pairs, by head, tail and label: parts come in any order."""
    head, tail, label, score = (torch.cat(part) for part in zip(*parts, strict=True))
    order = torch.from_numpy(np.lexsort((label, tail, head)))
    return head[order], tail[order], label[order], score[order]
