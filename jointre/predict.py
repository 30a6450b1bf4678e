"""Predict any number of documents, in batches of similar length."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import partial

import torch

from jointre.console import number_of
from jointre.data.batch import Batch, collate
from jointre.data.batching import by_length
from jointre.data.chunks import arriving, chunks
from jointre.data.doc import Doc
from jointre.data.encoded_corpus import EncodedCorpus
from jointre.data.encoding import Encoding
from jointre.data.resplit import split_again
from jointre.data.segments import join, joined_around_entities
from jointre.errors import DataError, Fault, UsageError
from jointre.models.base import Model
from jointre.segmenters import SENTENCES, Segmenter, segments_of
from jointre.splitters.base import Splitter
from jointre.system import check_precision
from jointre.tokenizers.base import Tokenizer

CHUNK = 2048
SECONDS = 0.5  # maximum time that a document waits for others
NO_THRESHOLD = (
    "the relation head has no threshold: it gives each pair one class, or there are no relation types"
)
PIECES = {"cpu": 1024, "cuda": 16384}
PRECISIONS = {"bf16": torch.bfloat16, "fp16": torch.float16}


def autocast(device: torch.device, precision: str) -> AbstractContextManager[object]:
    """Return the context for mixed precision in the forward pass; no effect for fp32 and int8."""
    if precision not in PRECISIONS:
        return nullcontext()
    return torch.autocast(device.type, dtype=PRECISIONS[precision])


def check_threshold(model: Model, threshold: float | None, place: str = "threshold") -> None:
    """Refuse a threshold that is not a probability, or that the model's relation head does not have."""
    if threshold is None:
        return
    faults = []
    if not 0 <= threshold <= 1:
        faults.append(Fault(f"{threshold:g} is not a probability", place, "give a number from 0 to 1"))
    if model.threshold is None:
        faults.append(Fault(NO_THRESHOLD, place, "leave it out"))
    if faults:
        raise UsageError("this threshold cannot be used", faults)


@dataclass(frozen=True)
class Tokenized:
    """Documents that are predicted more than once and tokenised only once; see `Predictor.again`.

    Args:
        docs: the documents.
        encodings: those of `Predictor.segments`, whose rows count the segments of ``docs`` and perhaps of others.
        first: the row of the first segment of ``docs``.
    """

    docs: Sequence[Doc]
    encodings: EncodedCorpus
    first: int = 0


@dataclass(frozen=True)
class _Chunk:
    """Documents as the model reads them.

    Args:
        docs: as they were given.
        inputs: what a prediction may see of them.
        parts: their segments, some perhaps without words.
        owner: the row of the document that each segment belongs to.
        encodings: of the segments that the tokenizer did not skip; ``key`` is the row in ``parts``.
    """

    docs: Sequence[Doc]
    inputs: Sequence[Doc]
    parts: Sequence[Doc]
    owner: Sequence[int]
    encodings: Sequence[Encoding]


@dataclass
class Predictor:
    """Predicts documents with a built model.

    Args:
        model, tokenizer: built; the model is put into evaluation mode for each call.
        batch_pieces: maximum number of word pieces per batch, padding included; None for a size that suits the device:
            small batches on a CPU, which fit its caches, large ones on a GPU. `pieces` is the number in use.
        precision: fp32, bf16, fp16 or int8. In int8, ``model`` is replaced by `Model.in_int8`.
        given: whether the entities of the documents are used as they are, and only relations are predicted; always true
            for a model that finds no entities.
        splitter: makes the words and sentences of documents for which the corpus gives none; None leaves them as they
            are.
        threshold: probability from which a relation holds; None for the model's own, which is never changed.
        segmenter: decides what the model reads at once; sentences by default. If entities are given, sentences that an
            entity crosses are read as one.
        skipped: documents of which the tokenizer's overflow policy left out a segment, in which nothing is predicted.
        windowed: number of documents with a segment longer than the encoder accepts, which was read in windows.
        capped: number of segments in which only the best spans were paired.
        without: number of documents without entities where entities are given.
    """

    model: Model
    tokenizer: Tokenizer
    batch_pieces: int | None = None
    precision: str = "fp32"
    given: bool = False
    threshold: float | None = None
    splitter: Splitter | None = None
    segmenter: Segmenter = SENTENCES
    skipped: list[Doc] = field(default_factory=list)
    windowed: int = 0
    capped: int = 0
    without: int = 0

    def __post_init__(self) -> None:
        check_precision(self.precision, self.device)
        if self.precision == "int8":
            self.model = self.model.in_int8()
        check_threshold(self.model, self.threshold)
        self.given = self.given or self.model.given_only
        self.pieces = self.batch_pieces or PIECES.get(self.device.type, 4096)

    @property
    def device(self) -> torch.device:
        """The device of the model."""
        return next(self.model.parameters()).device

    def __call__(self, docs: Iterable[Doc]) -> Iterator[Doc]:
        """Return predicted documents in the order of ``docs``, reading at most a few thousand ahead.

        If ``docs`` or one of its documents raises an error, the documents before it are predicted first.
        """
        for chunk in chunks(docs, CHUNK):
            yield from self._predicted(chunk)

    def stream(self, docs: Iterable[Doc]) -> Iterator[Doc]:
        """Return predicted documents for ``docs`` that arrive over time; none waits longer than a moment for others.

        ``docs`` is read in its own thread.
        """
        for chunk in arriving(docs, CHUNK, SECONDS):
            yield from self._predicted(chunk)

    def again(self, corpus: Tokenized) -> Iterator[Doc]:
        """Return what a call returns for the documents of ``corpus``, but without tokenising them."""
        first = corpus.first
        for docs in chunks(corpus.docs, CHUNK):
            chunk = self._prepared(docs, partial(corpus.encodings.of, first=first))
            first += sum(bool(part.words) for part in chunk.parts)
            yield from self._predicted(docs, chunk)

    def segments(self, docs: Iterable[Doc]) -> Iterator[Doc]:
        """Yield the segments that the model reads of documents, without what a prediction may not see."""
        for doc in docs:
            yield from (part for part in self.segmenter.segments(self._input(doc)) if part.words)

    def counts(self) -> dict[str, int]:
        """Return how many documents there are of each kind that a user may not expect; none of 0."""
        counts = {
            "longer than the encoder accepts: read in windows": self.windowed,
            "too long for the encoder: no entities predicted": len(self.skipped),
            "with more spans than the pair sampler's max_spans: the other spans have no relations": self.capped,
            "without entities: relations are predicted only between given entities": self.without,
        }
        return {what: count for what, count in counts.items() if count}

    def forget(self) -> None:
        """Start counting again."""
        self.skipped.clear()
        self.windowed = self.capped = self.without = 0

    def notices(self) -> list[str]:
        """Return one line for each kind of documents that a user may not expect, with their number."""
        return [f"{number_of(count, 'document')} {what}" for what, count in self.counts().items()]

    def at(self, docs: Iterable[Doc], thresholds: Sequence[float]) -> Iterator[list[Doc]]:
        """Return for each document what is found at each threshold of the relation head, reading ahead like a call."""
        for chunk in chunks(docs, CHUNK):
            ways = self._found(
                self._prepared(chunk),
                lambda batch: self.model.predict_at(batch, thresholds, self.given),
                len(thresholds),
            )
            for found in zip(*ways, strict=True):
                yield list(found)

    def _predicted(self, docs: list[Doc], chunk: _Chunk | None = None) -> Iterator[Doc]:
        """Return the predicted documents; if one is refused, first return those before it."""
        try:
            found = self._found(chunk or self._prepared(docs), lambda batch: [self._predict(batch)])[0]
        except DataError as error:
            with suppress(DataError):  # faults of one half; the error with all faults follows
                half = len(docs) // 2
                for part in (docs[:half], docs[half:]) if half else ():
                    yield from self._predicted(part)
            raise error
        yield from found

    def _predict(self, batch: Batch) -> list[Doc]:
        if self.threshold is None:
            return self.model.predict(batch, self.given)
        return self.model.predict_at(batch, [self.threshold], self.given)[0]

    def _prepared(
        self, docs: list[Doc], encode: Callable[[list[Doc]], list[Encoding]] | None = None
    ) -> _Chunk:
        """Return documents as the model reads them; ``encode`` replaces the tokenizer's."""
        inputs = [self._input(doc) for doc in docs]
        parts, owner = segments_of(inputs, self.segmenter)
        places = [i for i, part in enumerate(parts) if part.words]
        encode = encode or partial(self.tokenizer.encode, max_length=self.model.encoder.max_length)
        encodings = encode([parts[i] for i in places])
        keyed = [replace(encoding, key=places[encoding.key]) for encoding in encodings]
        return _Chunk(docs, inputs, parts, owner, keyed)

    @torch.inference_mode()
    def _found(
        self, chunk: _Chunk, predict: Callable[[Batch], list[list[Doc]]], ways: int = 1
    ) -> list[list[Doc]]:
        """Return the documents predicted in each of several ``ways``."""
        was_training, capped = self.model.training, self.model.capped
        self.model.eval()
        parts, owner = chunk.parts, chunk.owner
        results = [list(parts) for _ in range(ways)]
        done: set[int] = {i for i, part in enumerate(parts) if not part.words}
        windowed = set[int]()
        try:
            for batch in by_length(chunk.encodings, self.pieces):
                labels = self.model.labels if self.given else None
                tensors = collate(batch, self.tokenizer.pad_id, labels, pieces_at_once=self.pieces)
                with autocast(self.device, self.precision):
                    predicted = predict(tensors.to(self.device))
                windowed.update(owner[encoding.key] for encoding in batch if encoding.windows is not None)
                done.update(encoding.key for encoding in batch)
                for found, way in zip(predicted, results, strict=True):
                    for encoding, doc in zip(batch, found, strict=True):
                        way[encoding.key] = _with_characters(doc, encoding.doc) if self.given else doc
        finally:
            self.model.train(was_training)
            self.capped += self.model.capped - capped
        self.windowed += len(windowed)
        self.without += sum(self.given and not doc.entities for doc in chunk.docs)
        left_out = sorted({owner[i] for i in range(len(parts)) if i not in done})
        self.skipped += [chunk.docs[row] for row in left_out]
        return [_joined(chunk.inputs, owner, way) for way in results]

    def _input(self, doc: Doc) -> Doc:
        """Return what a prediction may see of a document."""
        doc = split_again(doc, self.splitter)
        if not self.given:
            return doc.bare()
        doc = joined_around_entities(doc)
        return replace(doc.bare(), entities=[replace(entity, score=None) for entity in doc.entities])


def _joined(docs: Sequence[Doc], owner: Sequence[int], parts: Sequence[Doc]) -> list[Doc]:
    """Return the documents with the predictions for their segments."""
    segments: list[list[Doc]] = [[] for _ in docs]
    for row, part in zip(owner, parts, strict=True):
        segments[row].append(part)
    return [join(doc, found) for doc, found in zip(docs, segments, strict=True)]


def _with_characters(found: Doc, given: Doc) -> Doc:
    """Return a prediction whose given entities have the characters that they were given with."""
    chars: dict[tuple[int, int, str], deque[tuple[int, int] | None]] = defaultdict(deque)
    for e in given.entities:
        chars[e.start, e.end, e.label].append(e.chars)
    entities = [replace(e, chars=chars[e.start, e.end, e.label].popleft()) for e in found.entities]
    return replace(found, entities=entities)
