"""Prediction of any number of documents, in batches of like length."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from itertools import islice

import torch

from jointre.data.batch import Encoding, collate
from jointre.data.batching import by_length
from jointre.data.doc import Doc
from jointre.models.base import Model
from jointre.system import check_precision
from jointre.tokenizers.base import Tokenizer

CHUNK = 2048
PIECES = {"cpu": 1024, "cuda": 16384}
PRECISIONS = {"bf16": torch.bfloat16, "fp16": torch.float16}


def autocast(device: torch.device, precision: str) -> AbstractContextManager[object]:
    """Mixed precision for the forward pass; nothing for fp32."""
    if precision == "fp32":
        return nullcontext()
    return torch.autocast(device.type, dtype=PRECISIONS[precision])


@dataclass
class Predictor:
    """Predicts documents with a built model.

    Args:
        model, tokenizer: built; the model is put into evaluation mode for each call.
        batch_pieces: most word pieces a batch, padding included; None for what suits the device, which
            `pieces` holds then: small batches on a CPU, whose caches they fit, large ones on a GPU.
        precision: fp32, bf16 or fp16.
        given: whether the entities of the documents are taken as they are, and only relations predicted; always so
            with a model that finds none.
        skipped: documents that the tokenizer's overflow policy left out; they are returned without entities.
        windowed: number of documents longer than the encoder takes that were read in windows.
        capped: number of documents of which only the best spans were paired.
        without: number of documents without entities where these are given.
    """

    model: Model
    tokenizer: Tokenizer
    batch_pieces: int | None = None
    precision: str = "fp32"
    given: bool = False
    skipped: list[Doc] = field(default_factory=list)
    windowed: int = 0
    capped: int = 0
    without: int = 0

    def __post_init__(self) -> None:
        check_precision(self.precision, self.device)
        self.given = self.given or self.model.given_only
        self.pieces = self.batch_pieces or PIECES.get(self.device.type, 4096)

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return next(self.model.parameters()).device

    def __call__(self, docs: Iterable[Doc]) -> Iterator[Doc]:
        """Predicted documents in the order given, read ahead by a few thousand at most."""
        stream = iter(docs)
        while chunk := list(islice(stream, CHUNK)):
            yield from self._chunk(chunk)

    def notices(self) -> list[str]:
        """What was not done as a user may expect, and how often, one line each."""
        told = {
            "were longer than the encoder takes and read in windows": self.windowed,
            "were too long for the encoder and have no entities": len(self.skipped),
            "had more spans than the pair sampler's max_spans; the rest take part in no relation": self.capped,
            "came without entities; relations are predicted between given ones alone": self.without,
        }
        return [f"{count} documents {what}" for what, count in told.items() if count]

    @torch.inference_mode()
    def _chunk(self, docs: list[Doc]) -> list[Doc]:
        was_training, capped = self.model.training, self.model.capped
        self.model.eval()
        results = [self._input(doc) for doc in docs]
        done: set[int] = {i for i, doc in enumerate(docs) if not doc.words}
        try:
            for batch in by_length(self._encode(results), self.pieces):
                labels = self.model.labels if self.given else None
                inputs = collate(batch, self.tokenizer.pad_id, labels, pieces_at_once=self.pieces)
                with autocast(self.device, self.precision):
                    predicted = self.model.predict(inputs.to(self.device), self.given)
                self.windowed += sum(encoding.windows is not None for encoding in batch)
                for encoding, doc in zip(batch, predicted, strict=True):
                    results[encoding.key] = doc
                    done.add(encoding.key)
        finally:
            self.model.train(was_training)
            self.capped += self.model.capped - capped
        self.without += sum(self.given and not doc.entities for doc in docs)
        self.skipped += [doc for i, doc in enumerate(docs) if i not in done]
        return results

    def _encode(self, docs: list[Doc]) -> list[Encoding]:
        places = [i for i, doc in enumerate(docs) if doc.words]
        limit = self.model.encoder.max_length
        encodings = self.tokenizer.encode([docs[i] for i in places], limit)
        return [replace(encoding, key=places[encoding.key]) for encoding in encodings]

    def _input(self, doc: Doc) -> Doc:
        """What a prediction may know of a document."""
        bare = doc.bare()
        return (
            replace(bare, entities=[replace(entity, score=None) for entity in doc.entities])
            if self.given
            else bare
        )
