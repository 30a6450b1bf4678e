"""Pipeline: a loaded model with its tokenizer, for texts and documents."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch

from jointre.config import Config, resolve
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.models.base import Model
from jointre.predict import Predictor
from jointre.readers.text import docs_from_texts
from jointre.serialize import load_model
from jointre.splitters.base import Splitter
from jointre.system import check_compiler, pick_device
from jointre.tokenizers.base import Tokenizer


class Pipeline:
    """The object that `jointre.load` returns.

    Attributes:
        labels: the types of the model.
        config: the filled config that it was trained with.
        meta: versions, scores with their protocols, hash of the weights.
        splitter: splits raw text as in training.
    """

    def __init__(self, model: Model, tokenizer: Tokenizer, config: Config, meta: dict[str, Any]) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.config = config
        self.meta = meta
        self.labels: Labels = model.labels
        self.splitter: Splitter = resolve(config, "splitter")
        self.batch_pieces: int | None = resolve(config, "evaluation").batch_pieces

    def __call__(self, texts: Iterable[str]) -> list[Doc]:
        """Return entities and relations of each sentence of each text; ``Doc.meta`` says which text a
        sentence is from.
        """
        if isinstance(texts, str):
            texts = [texts]
        return list(self.predict(docs_from_texts(texts, self.splitter)))

    def predict(
        self, docs: Iterable[Doc], precision: str = "fp32", threshold: float | None = None
    ) -> Iterator[Doc]:
        """Return predicted documents in the order of ``docs``; any annotation they have is ignored."""
        return self.predictor(precision, threshold=threshold)(docs)

    def predictor(
        self,
        precision: str = "fp32",
        batch_pieces: int | None = None,
        given: bool = False,
        threshold: float | None = None,
    ) -> Predictor:
        """Return a predictor, which counts what it had to skip; see `Predictor` for ``given`` and ``threshold``."""
        pieces = batch_pieces or self.batch_pieces
        return Predictor(self.model, self.tokenizer, pieces, precision, given, threshold, self.splitter)


def load(folder: str | Path, device: str = "auto", compile: bool = False) -> Pipeline:
    """Load a model folder (or the run folder around it).

    Args:
        folder: written by ``jointre train`` or ``jointre import``.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        compile: whether to speed up the encoder with ``torch.compile``; the first batches then take minutes.

    Raises:
        ModelFolderError, ConfigError: with all faults; see `jointre.serialize.load_model`.
    """
    where = torch.device(pick_device(device))
    if compile:
        check_compiler(where)
    pipeline = Pipeline(*load_model(Path(folder), where))
    if compile:
        pipeline.model.encoder.compile_network()
    return pipeline
