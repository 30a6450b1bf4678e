"""A pair extractor for jointre that reads the text again, once per pair, with markers around both entities."""

from collections.abc import Sequence

import torch
from jointre.data.batch import Batch, bare_batch
from jointre.data.labels import Labels
from jointre.data.stages import EntityOutput, PairDims, PairFeatures, Pairs, SpanDims
from jointre.encoders.base import Encoder, EncoderReader
from jointre.limits import PositiveInt
from jointre.nn.markers import bounded, cut_around, in_parts, insert
from jointre.pair_extractors.base import PairExtractor
from jointre.views.base import Views, ViewWidths
from torch import Tensor

MARKERS = ("[H]", "[/H]", "[T]", "[/T]")


class MarkerPairs(EncoderReader, PairExtractor):
    """Describes a pair by the states of the two start markers and of the first piece, read for this pair alone.

    Each text is read as ``[H] Ada [/H] left [T] Rome [/T] .`` by the model's encoder or one of its own. A text that is
    longer than the encoder accepts loses the pieces that are farthest from both entities.

    Args:
        encoder: reads the marked text; null for the encoder of the model.
        pieces: maximum number of pieces, with padding, that are read at once.
    """

    def __init__(self, encoder: Encoder | None = None, pieces: PositiveInt = 4096) -> None:
        super().__init__()
        self.encoder = encoder
        self.context = None
        self.pieces = pieces

    def marker_names(self, labels: Labels) -> Sequence[str]:
        """See `EncoderReader.marker_names`."""
        return MARKERS

    def build(self, views: ViewWidths, spans: SpanDims, labels: Labels) -> PairDims:
        """See `PairExtractor.build`."""
        hidden = self.read_dims.hidden
        return PairDims(side=hidden, context=hidden)

    def forward(self, views: Views, entities: EntityOutput, pairs: Pairs, batch: Batch) -> PairFeatures:
        """See `PairExtractor.forward`; pairs are read in parts of similar length."""
        ranges = entities.spans.pieces[torch.stack([pairs.head, pairs.tail], dim=1)]
        length = batch.mask.sum(1)[pairs.doc]
        lengths = length.tolist()
        parts = list(in_parts([size + len(MARKERS) for size in lengths], self.pieces))
        read = bounded(self._read, len(parts))
        found = [torch.zeros(0, 3, self.read_dims.hidden, device=length.device)]
        found += [
            read(batch.ids[pairs.doc[rows], : lengths[rows[0]]], length[rows], ranges[rows]) for rows in parts
        ]
        order = torch.tensor([row for rows in parts for row in rows], dtype=torch.int64, device=length.device)
        first, head, tail = torch.cat(found).index_select(0, order.argsort()).unbind(1)
        row = torch.arange(len(pairs), device=length.device)
        return PairFeatures(head, row, row, [(first, row)], row, tail_side=tail)

    def _read(self, text: Tensor, length: Tensor, ranges: Tensor) -> Tensor:
        """Return [R, 3, D], the states of the first piece and of both start markers.

        Args:
            text: [R, T] the pieces of R texts. length: [R] how many there are.
            ranges: [R, 2, 2] the pieces of head and tail.
        """
        mask = torch.arange(text.shape[1], device=text.device) < length.unsqueeze(1)
        first, last = ranges[:, :, 0], ranges[:, :, 1] - 1
        limit = self.reads_with.max_length
        if limit is not None and text.shape[1] + len(MARKERS) > limit:
            edges = torch.cat([first, last], dim=1)
            text, mask, kept = cut_around(text, length, edges, limit - len(MARKERS))
            first, last = torch.searchsorted(kept, edges).split(2, dim=1)
        # markers of one gap keep this order: those that close an entity come before those that open one
        names = self.markers[[1, 3, 0, 2]].expand(len(text), -1)
        marked = insert(text, mask, names, torch.cat([last + 1, first], dim=1))
        states = self.reads_with(bare_batch(marked.ids, marked.mask)).layers[-1]
        places = torch.cat([torch.zeros_like(first[:, :1]), marked.places[:, 2:]], dim=1)
        return states.gather(1, places.unsqueeze(2).expand(-1, -1, states.shape[2]))
