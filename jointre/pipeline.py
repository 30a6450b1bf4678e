"""Pipeline: a loaded model with its tokenizer, for texts and documents."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias, overload

import torch

from jointre.config import Config, resolve
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.data.write import to_jsonl
from jointre.models.base import Model
from jointre.predict import Predictor
from jointre.readers.text import docs_from_texts
from jointre.segmenters import Segmenter
from jointre.serialize import load_model
from jointre.splitters.base import Splitter
from jointre.system import check_compiler, pick_device
from jointre.tokenizers.base import Tokenizer

Texts: TypeAlias = Iterable[str | Sequence[str] | Doc]


class Pipeline:
    """The object that `jointre.load` returns.

    Attributes:
        labels: the types of the model.
        config: the filled config that it was trained with.
        meta: versions, scores with their protocols, hash of the weights.
        splitter: splits raw text as in training.
        segmenter: decides what the model reads at once, as in training.
    """

    def __init__(self, model: Model, tokenizer: Tokenizer, config: Config, meta: dict[str, Any]) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.config = config
        self.meta = meta
        self.labels: Labels = model.labels
        self.splitter: Splitter = resolve(config, "splitter")
        self.segmenter: Segmenter = resolve(config, "segmenter")
        self.batch_pieces: int | None = resolve(config, "evaluation").batch_pieces

    @overload
    def __call__(  # type: ignore[overload-overlap]  # a text is an iterable of texts, too
        self,
        texts: str,
        threshold: float | None = ...,
        batch_pieces: int | None = ...,
        as_dicts: Literal[False] = ...,
    ) -> Doc: ...
    @overload
    def __call__(
        self,
        texts: Texts,
        threshold: float | None = ...,
        batch_pieces: int | None = ...,
        as_dicts: Literal[False] = ...,
    ) -> list[Doc]: ...
    @overload
    def __call__(
        self,
        texts: str | Texts,
        threshold: float | None = ...,
        batch_pieces: int | None = ...,
        *,
        as_dicts: Literal[True],
    ) -> Any: ...
    def __call__(
        self,
        texts: str | Texts,
        threshold: float | None = None,
        batch_pieces: int | None = None,
        as_dicts: bool = False,
    ) -> Any:
        """Return one document with entities and relations for each text.

        Args:
            texts: a text, whose document is returned by itself, or any number of texts, lists of words, and documents,
                whose documents are returned in a list. Annotation of documents is ignored.
            threshold: probability from which a relation holds; the model's own by default.
            batch_pieces: maximum number of word pieces per batch, padding included.
            as_dicts: whether documents are returned as dictionaries in the standard form (`Doc.to_dict`).

        Raises:
            DataError: a text is none of these, or a document is faulty.
            UsageError: the threshold cannot be used.
        """
        one = isinstance(texts, str)
        docs = docs_from_texts([texts] if isinstance(texts, str) else texts, self.splitter)
        found = list(self.predictor(batch_pieces=batch_pieces, threshold=threshold)(docs))
        result = [to_jsonl(doc) for doc in found] if as_dicts else found
        return result[0] if one else result

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
        return Predictor(
            self.model, self.tokenizer, pieces, precision, given, threshold, self.splitter, self.segmenter
        )


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
