"""Pairs whose entities are marked in the text, which an encoder then reads again."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from jointre.data.batch import Batch, bare_batch
from jointre.data.labels import Labels
from jointre.data.stages import EntityOutput, PairDims, PairFeatures, Pairs, SpanDims
from jointre.encoders.base import Encoder, EncoderReader, Reading
from jointre.limits import PositiveInt
from jointre.nn.markers import bounded, cut_around, in_parts, insert
from jointre.pair_extractors.base import PairExtractor
from jointre.registry import registry
from jointre.views.base import Views, ViewWidths

MARKERS = ("S", "/S", "O", "/O")


@registry.pair_extractors("jointre.marked_pairs.v1")
class MarkedPairs(EncoderReader, PairExtractor):
    """PURE's pairs (PURE, Section 3.2): the states of two markers, read for this pair alone.

    The text is read once for each ordered pair, as ``[S:Person] Ada [/S:Person] left [O:Place] Rome [/O:Place] .``. A
    pair is the state of the marker before its head and that of the marker before its tail. The types are those that the
    pair sampler passes on (`Pairs.label`): gold or predicted. Where one entity ends and the other begins, the marker of
    the end comes first. Where both begin or both end, that of the head does.

    If the text and its markers are longer than the encoder accepts, the pieces nearest to the two entities are read.

    PURE's approximation (PURE, Section 3.4) levitates the markers: the text is read once without them, and each marker
    has the position of the piece next to it. It attends to the text and to the markers of its pair.

    Args:
        encoder: reads the marked text; null for the encoder of the model.
        typed: whether there are markers for each entity type; if not, four markers serve all types.
        form: ``inserted`` or ``levitated`` markers.
        pieces: maximum number of pieces, with padding, that the encoder reads at once; at least one sequence. The parts
            of a larger training batch are read again in the backward pass, so that memory does not grow with pairs.
    """

    def __init__(
        self,
        encoder: Encoder | None = None,
        typed: bool = True,
        form: Literal["inserted", "levitated"] = "inserted",
        pieces: PositiveInt = 8192,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.context = None
        self.typed = typed
        self.form = form
        self.inner_layers = form == "levitated"
        self.pieces = pieces

    def marker_names(self, labels: Labels) -> Sequence[str]:
        """Return four names for each class of entities, the first for spans without a type; without types four."""
        kinds = ["", *(f":{label}" for label in labels.entities)] if self.typed else [""]
        return [f"[{marker}{kind}]" for kind in kinds for marker in MARKERS]

    def build(self, views: ViewWidths, spans: SpanDims, labels: Labels) -> PairDims:
        """Return the width of a side: that of the encoder's states."""
        return PairDims(self.read_dims.hidden)

    def forward(self, views: Views, entities: EntityOutput, pairs: Pairs, batch: Batch) -> PairFeatures:
        """See `PairExtractor.forward`; R = P, and each row has sides of its own."""
        sides = torch.stack([pairs.head, pairs.tail], dim=1)
        ranges = entities.spans.pieces[sides]
        markers = self._marker_ids(pairs.label[sides])
        if self.form == "inserted":
            states = self._inserted(ranges, markers, pairs.doc, batch)
        else:
            states = self._levitated(ranges, markers, pairs.doc, self.reading(views, batch))
        row = torch.arange(len(pairs), device=pairs.head.device)
        return PairFeatures(states[:, 0], row, row, (), row, tail_side=states[:, 1])

    def _marker_ids(self, label: Tensor) -> Tensor:
        """Return [P, 4], the markers of pairs from the classes [P, 2] of their entities."""
        label = label if self.typed else torch.zeros_like(label)
        return self.markers.view(-1, 2, 2)[label, torch.arange(2, device=label.device)].flatten(1)

    def _levitated(self, ranges: Tensor, markers: Tensor, doc: Tensor, text: Reading) -> Tensor:
        """Return [P, 2, D], the states of the start markers; see `_inserted` for the arguments."""
        at = torch.stack([ranges[:, :, 0], ranges[:, :, 1] - 1], dim=2).flatten(1)
        states = self.reads_with.levitate(text.encoded, text.batch, markers, at, doc, self.pieces)
        return states[:, ::2]

    def _inserted(self, ranges: Tensor, markers: Tensor, doc: Tensor, batch: Batch) -> Tensor:
        """Return [P, 2, D], the states of the markers before head and tail, read in parts of similar length.

        Args:
            ranges: [P, 2, 2] the pieces of head and tail.
            markers: [P, 4] their marker pieces.
            doc: [P] batch row.
            batch: the text.
        """
        length = batch.mask.sum(1)[doc]
        lengths = batch.on_host().mask.sum(1)[batch.to_host(doc)].tolist()
        states, order = [ranges.new_zeros(0, 2, self.read_dims.hidden, dtype=torch.float32)], list[int]()
        parts = list(in_parts([size + len(MARKERS) for size in lengths], self.pieces))
        read = bounded(self._read, len(parts))
        for part in parts:
            rows = batch.to_device(torch.tensor(part))
            text = batch.ids[doc[rows], : lengths[part[0]]]
            states.append(read(text, length[rows], ranges[rows], markers[rows]))
            order += part
        place = batch.to_device(torch.tensor(order, dtype=torch.int64).argsort())
        return torch.cat(states).index_select(0, place)

    def _read(self, text: Tensor, length: Tensor, ranges: Tensor, markers: Tensor) -> Tensor:
        """Return [R, 2, D] from the pieces [R, T] of R texts, their lengths [R], and the arguments of `_inserted`."""
        mask = torch.arange(text.shape[1], device=text.device) < length.unsqueeze(1)
        first, last = ranges[:, :, 0], ranges[:, :, 1] - 1
        limit = self.reads_with.max_length
        if limit is not None and text.shape[1] + len(MARKERS) > limit:
            edges = torch.cat([first, last], dim=1)
            text, mask, kept = cut_around(text, length, edges, limit - len(MARKERS))
            first, last = torch.searchsorted(kept, edges).split(2, dim=1)
        # in the order in which markers of one gap stand: /S, /O, S, O
        gaps = torch.cat([last + 1, first], dim=1)
        head, head_end, tail, tail_end = markers.unbind(1)
        marked = insert(text, mask, torch.stack([head_end, tail_end, head, tail], dim=1), gaps)
        states = self.reads_with(bare_batch(marked.ids, marked.mask)).layers[-1]
        at = marked.places[:, 2:].unsqueeze(2).expand(-1, -1, states.shape[2])
        return states.gather(1, at)
