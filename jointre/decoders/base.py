"""Decoder: the contract of everything that chooses among the entities and relations that a model found."""

from abc import ABC, abstractmethod

from jointre.data.labels import Labels
from jointre.data.stages import Prediction
from jointre.limits import Limited


class Decoder(Limited, ABC):
    """Decides which entities and relations the documents get, of those that a model found.

    It receives rows, on the host, instead of documents, so it cannot read gold. It may leave rows out
    (`Prediction.only`) or change their types, but it may not make any. It keeps given entities as they are, and its
    result for a document does not depend on the other documents of the batch.
    """

    def build(self, labels: Labels) -> None:
        """Prepare for the types of a model, before the first call. There are no parameters.

        Raises:
            BuildError: the decoder does not fit these types.
        """

    @abstractmethod
    def __call__(self, found: Prediction) -> Prediction:
        """Return what the documents get."""
