"""Pipeline: a loaded model with its tokenizer, ready for texts and documents."""

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
from jointre.system import check_compiler, pick_device
from jointre.tokenizers.base import Tokenizer


class Pipeline:
    """What `jointre.load` returns.

    Attributes:
        labels: the types the model knows.
        config: the filled config it was trained with.
        meta: versions, scores with their protocols, hash of the weights.
    """

    def __init__(self, model: Model, tokenizer: Tokenizer, config: Config, meta: dict[str, Any]) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.config = config
        self.meta = meta
        self.labels: Labels = model.labels
        self.batch_pieces: int | None = resolve(config, "evaluation").batch_pieces

    def __call__(self, texts: Iterable[str]) -> list[Doc]:
        """Entities and relations of each sentence of each text; see ``Doc.meta`` for which text it is from."""
        if isinstance(texts, str):
            texts = [texts]
        return list(self.predict(docs_from_texts(texts)))

    def predict(
        self, docs: Iterable[Doc], precision: str = "fp32", threshold: float | None = None
    ) -> Iterator[Doc]:
        """Predicted documents in the order given; any annotation they carry is ignored."""
        return self.predictor(precision, threshold=threshold)(docs)

    def predictor(
        self,
        precision: str = "fp32",
        batch_pieces: int | None = None,
        given: bool = False,
        threshold: float | None = None,
    ) -> Predictor:
        """The predictor itself, which counts what it had to skip; ``given`` and ``threshold``: see `Predictor`."""
        pieces = batch_pieces or self.batch_pieces
        return Predictor(self.model, self.tokenizer, pieces, precision, given, threshold)


def load(folder: str | Path, device: str = "auto", compile: bool = False) -> Pipeline:
    """Load a model folder (or the run folder around it).

    Args:
        folder: written by ``jointre train`` or ``jointre import``.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        compile: whether ``torch.compile`` speeds up the encoder; the first batches take minutes.

    Raises:
        ModelFolderError, ConfigError: with every fault found; see `jointre.serialize.load_model`.
    """
    where = torch.device(pick_device(device))
    if compile:
        check_compiler(where)
    pipeline = Pipeline(*load_model(Path(folder), where))
    if compile:
        pipeline.model.encoder.compile_network()
    return pipeline
