"""Pairs of a subject that is marked in the text and objects that are marked over it."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn

from jointre.data.batch import Batch, bare_batch
from jointre.data.host_copies import HostCopies
from jointre.data.labels import Labels
from jointre.data.stages import EntityOutput, LossTerm, PairDims, PairFeatures, Pairs, SpanDims, Spans
from jointre.encoders.base import MASK, Encoder, EncoderReader
from jointre.limits import PositiveInt, ProperFraction
from jointre.losses.base import Targets
from jointre.nn.init import init_normal
from jointre.nn.markers import bounded, cut_around, in_parts, insert
from jointre.pair_extractors.base import PairExtractor
from jointre.registry import registry
from jointre.views.base import Views, ViewWidths


class Objects(NamedTuple):
    """What is read: S texts with two inserted markers each, and N levitated objects over them.

    Args:
        doc: [S] batch row of each text.
        gaps: [S, 2] the pieces before which its markers are inserted.
        subject: [N] the text of each object.
        ends: [N, 2] the first and the last piece of each object, in the text without markers.
    """

    doc: Tensor
    gaps: Tensor
    subject: Tensor
    ends: Tensor


@registry.pair_extractors("jointre.subject_pairs.v1")
class SubjectPairs(EncoderReader, PairExtractor):
    """PL-Marker's pairs (PL-Marker, Section 3): solid markers around the head, levitated markers of the tail.

    For each head, the text is read once with two markers inserted around it. Each tail has two markers at the positions
    of its first and its last piece there. They attend to the text and to each other; the text attends to the markers of
    the head, but not to those of a tail. A side is the states of its two markers. Entities are marked without types.

    If the text and its markers are longer than the encoder accepts, the pieces nearest to the head are read, and a tail
    that is not among them has the position of the nearest one.

    In training, the types of the tails are classified from their markers, too: the loss term ``object``. Every gold
    entity is then also a tail of itself, and of a text in which no head is marked.

    Args:
        encoder: reads the marked text; null for the encoder of the model.
        types: whether there is the loss term ``object``.
        self_object: whether that term has a row for each entity as tail of itself.
        free_text: whether that term has a row for each entity over the text without a head.
        prompt: whether the markers start from the embeddings of the mask and the words "subject" and "object".
        dropout: on the states of the markers.
        pieces: maximum number of pieces, with padding, that the encoder reads at once; at least one text. The parts of
            a larger training batch are read again in the backward pass.
    """

    inner_layers = True

    def __init__(
        self,
        encoder: Encoder | None = None,
        types: bool = True,
        self_object: bool = True,
        free_text: bool = True,
        prompt: bool = False,
        dropout: ProperFraction = 0.1,
        pieces: PositiveInt = 8192,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.context = None
        self.types = types
        self.self_object = self_object
        self.free_text = free_text
        self.prompt = prompt
        self.dropout = nn.Dropout(dropout)
        self.pieces = pieces
        self.targets: Mapping[str, Targets] = {"object": "classes"} if types else {}

    def marker_names(self, labels: Labels) -> Sequence[str]:
        """Return the names of the four markers."""
        return ["[S]", "[/S]", "[O]", "[/O]"]

    def prompts(self) -> Sequence[str]:
        """See `EncoderReader.prompts`."""
        return (MASK, "subject", MASK, "object") if self.prompt else ()

    def build(self, views: ViewWidths, spans: SpanDims, labels: Labels) -> PairDims:
        """Make ``classifier`` [E, 2D] ~ N(0, 0.02) for the term ``object``; return the width of a side, 2D."""
        width = 2 * self.read_dims.hidden
        if self.types:
            self.classifier = nn.Linear(width, len(labels.entities) + 1)
            init_normal(self.classifier)
        return PairDims(width)

    def forward(self, views: Views, entities: EntityOutput, pairs: Pairs, batch: Batch) -> PairFeatures:
        """See `PairExtractor.forward`; R = P, and each row has a tail of its own."""
        typed, n_pairs = self.types and self.training, len(pairs)
        # what is read is laid out on the host, which knows the pairs
        gold = entities.gold_rows if typed else None
        spans, head, tail, gold = batch.to_host((entities.spans, pairs.head, pairs.tail, gold))
        if gold is not None and self.self_object:
            head, tail = torch.cat([head, gold]), torch.cat([tail, gold])
        heads, head = torch.unique(head, return_inverse=True)
        objects = Objects(spans.doc[heads], spans.pieces[heads], head, _ends(spans.pieces[tail]))
        if gold is not None and self.free_text:
            objects, tail = _with_free_texts(objects, tail, spans, gold, batch.on_host().mask.sum(1))
        subjects, tails = self._read(objects, batch)
        head, tail, row = batch.to_device((head, tail, torch.arange(n_pairs)))
        terms = {}
        if typed:
            assert entities.gold is not None
            terms["object"] = LossTerm(self.classifier(tails), entities.gold[tail], entities.spans.doc[tail])
        return PairFeatures(subjects, head[:n_pairs], row, (), row, tail_side=tails[:n_pairs], terms=terms)

    def _read(self, objects: Objects, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return [S, 2D] and [N, 2D], the states of the markers of subjects and objects, which are on the host."""
        length = batch.on_host().mask.sum(1)[objects.doc]
        lengths = length.tolist()
        width, device = 2 * self.read_dims.hidden, batch.ids.device
        order, found = list[int](), list[Tensor]()
        subjects, tails = [torch.zeros(0, width, device=device)], [torch.zeros(0, width, device=device)]
        parts = list(in_parts([size + 2 for size in lengths], self.pieces))
        read = bounded(partial(self._read_part, batch.copies), len(parts))
        for rows in parts:
            place = torch.full_like(objects.doc, -1)
            place[rows] = torch.arange(len(rows))
            own = torch.nonzero(place[objects.subject] >= 0).squeeze(1)
            subject = place[objects.subject[own]]
            doc, *chosen = batch.to_device(
                (objects.doc[rows], length[rows], objects.gaps[rows], subject, objects.ends[own])
            )
            states = read(batch.ids[doc, : lengths[rows[0]]], *chosen)
            for result, part in zip((subjects, tails), states, strict=True):
                result.append(part)
            order += rows
            found.append(own)
        at = torch.tensor(order, dtype=torch.int64).argsort()
        own = torch.cat([objects.subject[:0], *found]).argsort()
        at, own = batch.to_device((at, own))
        return torch.cat(subjects).index_select(0, at), torch.cat(tails).index_select(0, own)

    def _read_part(
        self, copies: HostCopies, text: Tensor, length: Tensor, gaps: Tensor, subject: Tensor, ends: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return [R, 2D] and [n, 2D] from the pieces [R, T] of R texts, their lengths, and their n objects."""
        mask = torch.arange(text.shape[1], device=text.device) < length.unsqueeze(1)
        limit = self.reads_with.max_length
        if limit is not None and text.shape[1] + 2 > limit:
            edges = torch.stack([gaps[:, 0], gaps[:, 1] - 1], dim=1).clamp(max=text.shape[1] - 1)
            text, mask, kept = cut_around(text, length, edges, limit - 2)
            gaps = torch.searchsorted(kept, gaps)
            ends = torch.searchsorted(kept[subject], ends).clamp(max=text.shape[1] - 1)
        marked = insert(text, mask, self.markers[:2].expand(len(text), -1), gaps)
        read = bare_batch(marked.ids, marked.mask, copies)
        encoded = self.reads_with(read)
        states = encoded.layers[-1]
        subjects = states.gather(1, marked.places.unsqueeze(2).expand(-1, -1, states.shape[2]))
        moved = ends + (ends.unsqueeze(2) >= gaps[subject].unsqueeze(1)).sum(2)
        markers = self.markers[2:].expand(len(ends), -1)
        tails = self.reads_with.levitate(encoded, read, markers, moved, subject, self.pieces)
        return self.dropout(subjects).flatten(1), self.dropout(tails).flatten(1)


def _ends(pieces: Tensor) -> Tensor:
    """Return [N, 2], the first and the last piece of ranges with exclusive ends."""
    return torch.stack([pieces[:, 0], pieces[:, 1] - 1], dim=1)


def _with_free_texts(
    objects: Objects, tail: Tensor, spans: Spans, gold: Tensor, length: Tensor
) -> tuple[Objects, Tensor]:
    """Add a text for each document with gold entities, with both markers at its end and these entities as objects.

    Args:
        objects: N objects.
        tail: [N] the candidate that each of them is.
        spans: the candidates.
        gold: [G] the candidates that are gold entities.
        length: [B] the number of pieces of each document.
    """
    docs, place = torch.unique(spans.doc[gold], return_inverse=True)
    tail = torch.cat([tail, gold])
    free = Objects(
        torch.cat([objects.doc, docs]),
        torch.cat([objects.gaps, length[docs].unsqueeze(1).expand(-1, 2)]),
        torch.cat([objects.subject, len(objects.doc) + place]),
        torch.cat([objects.ends, _ends(spans.pieces[gold])]),
    )
    return free, tail
