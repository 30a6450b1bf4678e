"""A trained model of jointre as a tagger."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from jointre.annotation.base import Tagger, TaggerSpec
from jointre.config import import_code
from jointre.data.doc import Doc
from jointre.errors import Fault, ModelFolderError
from jointre.pipeline import load

AT_ONCE = 256  # documents; they are sorted by length, so that batches have little padding


class JointreTagger(Tagger):
    """Predicts with a model folder and keeps the entities, with their scores; they may overlap.

    Raises:
        ModelFolderError: the folder is no model folder, or its model finds no entities.
    """

    def __init__(self, spec: TaggerSpec) -> None:
        for file in spec.code:
            import_code(file)
        pipeline = load(spec.name, spec.device)
        if pipeline.model.given_only:
            fault = Fault("the model must be given its entities", spec.name, "choose a model that finds them")
            raise ModelFolderError(f"{Path(spec.name)} is no tagger", [fault])
        self.predictor = pipeline.predictor()
        self.labels = pipeline.labels.entities
        self.identity = {"weights_sha256": pipeline.meta["weights_sha256"]}

    def tag(self, docs: Iterable[Doc]) -> Iterator[Doc | None]:
        """See `Tagger.tag`; too long is what the model's tokenizer leaves out."""
        stream = iter(docs)
        while batch := list(islice(stream, AT_ONCE)):
            self.predictor.skipped.clear()
            found = list(self.predictor(batch))
            skipped = {id(doc) for doc in self.predictor.skipped}
            for doc, predicted in zip(batch, found, strict=True):
                yield None if id(doc) in skipped else replace(predicted, relations=[])
