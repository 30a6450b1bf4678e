"""The tagger that predicts entities with a trained jointre model."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from jointre.data.doc import Doc
from jointre.errors import Fault, ModelFolderError
from jointre.registry import registry
from jointre.taggers.base import Tagger, TaggerSpec

AT_ONCE = 256  # documents; they are sorted by length, so that batches have little padding


@registry.taggers("jointre.jointre.v1")
class JointreTagger(Tagger):
    """Predicts entities with the model in a model folder, with their scores; they may overlap.

    Raises:
        ModelFolderError: the folder is not a model folder, or its model does not find entities.
    """

    example = "a model folder: jointre:runs/mine"

    def __init__(self, spec: TaggerSpec) -> None:
        from jointre.config import import_code
        from jointre.pipeline import load

        for file in spec.code:
            import_code(file)
        pipeline = load(spec.name, spec.device)
        if pipeline.model.given_only:
            fault = Fault("the model must be given its entities", spec.name, "choose a model that finds them")
            raise ModelFolderError(f"{Path(spec.name)} cannot be used as a tagger", [fault])
        self.predictor = pipeline.predictor()
        self.labels = pipeline.labels.entities
        self.identity = {"weights_sha256": pipeline.meta["weights_sha256"]}
        if (sha256 := pipeline.model.encoder.weights_sha256()) is not None:
            self.identity["encoder_sha256"] = sha256

    def tag(self, docs: Iterable[Doc]) -> Iterator[Doc | None]:
        """Yield the documents with their entities; see `Tagger.tag`. The model's tokenizer decides what is too long."""
        stream = iter(docs)
        while batch := list(islice(stream, AT_ONCE)):
            self.predictor.skipped.clear()
            found = list(self.predictor(batch))
            skipped = {id(doc) for doc in self.predictor.skipped}
            for doc, predicted in zip(batch, found, strict=True):
                yield None if id(doc) in skipped else replace(predicted, relations=[])
