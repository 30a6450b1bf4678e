"""A second reading by copies of the encoder's top layers, in which entities are marked by type."""

from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor, nn

from jointre.data.batch import Batch
from jointre.data.labels import Labels
from jointre.data.stages import Encoded, EncoderDims, EntityOutput, Spans, View, ViewDims
from jointre.encoders.base import Encoder
from jointre.errors import BuildError, Fault
from jointre.limits import LayerCount, ProperFraction
from jointre.nn.init import INITIALIZER_RANGE
from jointre.nn.words import word_states
from jointre.registry import registry
from jointre.rereaders.base import Rereader
from jointre.samplers.base import MARKS, drawn_per_span
from jointre.views.base import Views, ViewWidths, view_dims


@registry.rereaders("jointre.typed_layers.v1")
class TypedLayers(Rereader):
    """Copies of the encoder's highest layers read the states below them once more, with entities marked by type.

    To each piece of an entity the learned vector of its type is added, and to its first piece another vector. Vectors
    of nested and overlapping entities add up, in an order that never matters. The result replaces the states of one
    view, of pieces or of first pieces of words; if that view has a summary, it becomes the new state of position 0. So
    the relation stage sees types early, as with PURE's typed markers, for ``layers`` more layers per sentence.

    Each window of a long document is read with the states that whole documents have: those of the window where a word
    has the most context.

    Args:
        layers: number of layers that are copied. The copies start with the encoder's weights and are trained
            separately, even if those of the encoder are frozen.
        drop: share of the entities that are not marked in training, drawn again in each epoch. Entities with the same
            words are dropped together.
        marks: whether entities are marked; false shows what the additional layers bring by themselves.
        marked: what is marked in training: the entities ``found``, which are those that the pair sampler pairs, with
            their labels; or the ``gold`` entities. In prediction, all predicted or given entities are marked.
        view: name of the view that is replaced. It must be as wide as the encoder.
    """

    inner_layers = True

    def __init__(
        self,
        layers: LayerCount = 2,
        drop: ProperFraction = 0.15,
        marks: bool = True,
        marked: Literal["found", "gold"] = "found",
        view: str = "encoder",
    ) -> None:
        super().__init__()
        self.layers = layers
        self.drop = drop
        self.marks = marks
        self.marked = marked
        self.view = view

    def build(self, encoder: Encoder, dims: EncoderDims, views: ViewWidths, labels: Labels) -> ViewWidths:
        """Copy the layers as ``upper``, and make ``vectors`` [E + 1, D], N(0, 0.02): one per entity type, and that of
        the first piece. Widths stay as they are.
        """
        self._refuse(view_dims(views, self.view, self), dims)
        self.upper = encoder.upper_layers(self.layers)
        if self.marks:
            vectors = torch.empty(len(labels.entities) + 1, dims.hidden)
            self.vectors = nn.Parameter(nn.init.normal_(vectors, std=INITIALIZER_RANGE))
        return views

    def forward(
        self, encoded: Encoded, views: Views, entities: EntityOutput, label: Tensor, batch: Batch
    ) -> Views:
        """See `Rereader.forward`."""
        states = encoded.layers[-1 - self.layers]
        if self.marks:
            label = self._marked(entities, label, batch)
            counts = mark_counts(entities.spans, label, batch, len(self.vectors) - 1)
            states = states + counts.to(self.vectors.dtype) @ self.vectors
        states = self.upper(states, batch)
        view = views[self.view]
        summary = None if view.summary is None else states[:, 0]
        if view.level == "word":
            states = word_states(View(states, batch.mask, "piece"), batch, "first") * view.mask.unsqueeze(2)
        return {**views, self.view: replace(view, states=states, summary=summary)}

    def follow(self, encoder: Encoder) -> None:
        """See `Rereader.follow`."""
        self.upper.load_state_dict(encoder.upper_layers(self.layers).state_dict())

    def depths(self) -> list[list[nn.Parameter]]:
        """See `Rereader.depths`."""
        return self.upper.depths()

    def _marked(self, entities: EntityOutput, label: Tensor, batch: Batch) -> Tensor:
        """Return [N], the class that each candidate is marked with; 0 for none."""
        if not self.training:
            return label
        if self.marked == "gold":
            assert entities.gold is not None
            label = entities.gold
        return label.masked_fill(drawn_per_span(entities.spans, batch, MARKS) < self.drop, 0)

    def _refuse(self, own: ViewDims, dims: EncoderDims) -> None:
        faults = [
            Fault(f"{what} of view {self.view!r} is {width} wide, but the encoder's states are {dims.hidden}")
            for what, width in (("a state", own.states), ("the summary", own.summary))
            if width not in (None, dims.hidden)
        ]
        if faults:
            faults[-1] = replace(faults[-1], remedy="[model.rereader] view: name another one")
            raise BuildError("components do not fit", faults)


def mark_counts(spans: Spans, label: Tensor, batch: Batch, n_types: int) -> Tensor:
    """Return [B, T, n_types + 1] int64: how many spans of each type cover a piece, and how many begin at it.

    Args:
        spans: N spans.
        label: [N] int64, their types from 1 on; spans with 0 do not count.
        batch: their documents.
        n_types: number of entity types.
    """
    n_docs, width = batch.ids.shape
    start, end = spans.pieces.unbind(1)
    one = torch.ones_like(label)
    steps = label.new_zeros(n_docs, width + 1, n_types + 1)
    steps.index_put_((spans.doc, start, label), one, accumulate=True)
    begun = steps[:, :-1, 1:].sum(2, keepdim=True)
    steps.index_put_((spans.doc, end, label), -one, accumulate=True)
    return torch.cat([steps.cumsum(1)[:, :-1, 1:], begun], dim=2)
