"""Rereader: the contract of everything that reads the sentence again once its entities are found."""

from abc import abstractmethod

from torch import Tensor, nn

from jointre.component import Component
from jointre.data.batch import Batch
from jointre.data.labels import Labels
from jointre.data.stages import Encoded, EncoderDims, EntityOutput
from jointre.encoders.base import Encoder
from jointre.views.base import Views, ViewWidths


class Rereader(Component):
    """Makes the views of the relation stage, which may depend on the entities.

    It is called once per batch, before any pair is made. The views that it returns are read by the pair extractor, and
    by the extractor of the entity head, which makes the span vectors of the relation stage again. So it may replace
    the states and summaries of views and add views, but existing views keep their widths and levels.

    ``inner_layers`` says whether it reads layers below the last; only then does the encoder return them.
    """

    inner_layers: bool = False

    @abstractmethod
    def build(self, encoder: Encoder, dims: EncoderDims, views: ViewWidths, labels: Labels) -> ViewWidths:
        """Make parameters; return the widths of the views of the relation stage.

        Args:
            encoder: built, with the widths ``dims``; its layers may be copied, but it is left unchanged.
            views: the widths of the views that the entity head reads.
            labels: the entity and relation types.
        """

    @abstractmethod
    def forward(
        self, encoded: Encoded, views: Views, entities: EntityOutput, label: Tensor, batch: Batch
    ) -> Views:
        """Return the views of the relation stage.

        Args:
            encoded: the states of the encoder.
            views: those that the entity head has read.
            entities: N candidates. Outside training gold is never read.
            label: [N] int64, the class of each candidate that the relation stage receives; 0 for none. In training
                `PairSampler.paired_types`, otherwise ``entities.predicted``.
            batch: the documents.
        """

    def follow(self, encoder: Encoder) -> None:
        """Copy again whatever ``build`` copied from the encoder, whose weights have changed since: ``[initialize]``
        has loaded them.
        """

    def depths(self) -> list[list[nn.Parameter]]:
        """Return the parameters of the encoder's layers that were copied, lowest first; the last are those of the
        highest layer. An empty list if none were copied.
        """
        return []
