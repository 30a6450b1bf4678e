"""Toy documents, labels, batches and views: small, varied, the same on every machine."""

from collections.abc import Sequence
from dataclasses import replace
from zlib import crc32

import numpy as np
import torch
from torch import Tensor

from jointre.data.batch import Batch, collate
from jointre.data.doc import Doc, Entity, Relation
from jointre.data.encoding import Encoding
from jointre.data.labels import Labels
from jointre.data.stages import EntityOutput, Level, SpanDims, SpanFeatures, View, ViewDims
from jointre.samplers.base import make_spans
from jointre.tokenizers.base import Tokenizer

LABELS = Labels(("Org", "Person", "Place"), ("based_in", "knows", "leads", "works_for"), frozenset({"knows"}))
VIEWS = ("encoder", "entity", "relation", "head", "tail")
STATES, SUMMARY = 8, 5
PADDING = 100.0
Found = list[tuple[int, int, str]]
_TEMPLATES: list[tuple[str, Found, Found]] = [
    (
        "Anna Berg works for Acme Corp in Oslo .",
        [(0, 2, "Person"), (4, 6, "Org"), (7, 8, "Place")],
        [(0, 1, "works_for"), (1, 2, "based_in")],
    ),
    (  # two types on one ordered pair
        "Boris leads and works for Nova Labs .",
        [(0, 1, "Person"), (5, 7, "Org")],
        [(0, 1, "leads"), (0, 1, "works_for")],
    ),
    ("Clara knows David .", [(0, 1, "Person"), (2, 3, "Person")], [(0, 1, "knows")]),  # symmetric
    (  # nested
        "The University of Oslo hired Emil .",
        [(1, 4, "Org"), (3, 4, "Place"), (5, 6, "Person")],
        [(0, 1, "based_in"), (2, 0, "works_for")],
    ),
    (  # crossing
        "The New York Times Square reporter waited .",
        [(1, 4, "Org"), (3, 5, "Place")],
        [(0, 1, "based_in")],
    ),
    ("Frida sleeps in Bergen .", [(0, 1, "Person"), (3, 4, "Place")], []),  # no relations
    ("it rains again today .", [], []),  # no entities
    ("Bergen", [(0, 1, "Place")], []),  # one word
    ("Acme Bergen office closed .", [(0, 1, "Org"), (1, 2, "Place")], [(0, 1, "based_in")]),  # adjacent
    (  # wider than ten words, tail before head
        "In Oslo the Royal Society for the Better Care of Small Northern Boats and Lights met .",
        [(3, 15, "Org"), (1, 2, "Place")],
        [(0, 1, "based_in")],
    ),
    (  # long, with a chain and both orders of a directed relation
        "Greta knows Hugo , who leads Acme Corp , while Ivar works for Nova Labs with Jon in Bergen .",
        [
            (0, 1, "Person"),
            (2, 3, "Person"),
            (6, 8, "Org"),
            (10, 11, "Person"),
            (13, 15, "Org"),
            (16, 17, "Person"),
            (18, 19, "Place"),
        ],
        [(0, 1, "knows"), (1, 2, "leads"), (3, 4, "works_for"), (5, 4, "works_for"), (4, 6, "based_in")],
    ),
    ("rain", [], []),  # one word that is not an entity
]


def toy_labels() -> Labels:
    """Return three entity types and four relation types; "knows" is symmetric."""
    return LABELS


def toy_docs(n: int = len(_TEMPLATES)) -> list[Doc]:
    """Return ``n`` annotated documents.

    The first twelve contain, in turn: a plain sentence, two types on one pair, a symmetric relation, nested entities,
    crossing entities, no relations, no entities, a single word, adjacent entities, an entity of twelve words, a long
    sentence, a word that is not an entity. Then they are repeated with other names.
    """
    return [_doc(number) for number in range(n)]


def _doc(number: int) -> Doc:
    text, entities, relations = _TEMPLATES[number % len(_TEMPLATES)]
    again = number // len(_TEMPLATES)
    words = [word + "ka" * again if word[0].isupper() else word for word in text.split()]
    return Doc(
        words,
        [Entity(*entity) for entity in entities],
        [Relation(*relation) for relation in relations],
        id=f"toy-{number}",
    )


def toy_encoding(doc: Doc, key: int = 0) -> Encoding:
    """Return an encoding without a tokenizer: one piece per four letters, ids from 5 to 36, two special pieces."""
    pieces = [[word[i : i + 4] for i in range(0, len(word), 4)] for word in doc.words]
    ends = 1 + np.cumsum([len(word) for word in pieces])
    starts = ends - [len(word) for word in pieces]
    ids = [5 + crc32(piece.encode()) % 32 for word in pieces for piece in word]
    return Encoding(doc, [2, *ids, 3], np.stack([starts, ends], axis=1).astype(np.int64), key)


def toy_batch(
    docs: Sequence[Doc] | None = None,
    labels: Labels | None = None,
    *,
    gold: bool = True,
    tokenizer: Tokenizer | None = None,
    seed: int = 0,
    epoch: int = 0,
) -> Batch:
    """Return a batch.

    Args:
        docs: by default all twelve of `toy_docs`.
        labels: by default `toy_labels`.
        gold: whether to include the annotation; if not, the documents are bare, too.
        tokenizer: a built tokenizer; without it, pieces and ids are made up.
        seed: first seed of the samplers; the third depends on the words of each document.
        epoch: second seed of the samplers.
    """
    chosen = toy_docs() if docs is None else [doc if gold else doc.bare() for doc in docs]
    chosen = chosen if gold else [doc.bare() for doc in chosen]
    encodings = tokenizer.encode(chosen) if tokenizer else [toy_encoding(doc) for doc in chosen]
    seeds = [(seed, epoch, crc32(" ".join(doc.words).encode())) for doc in chosen]
    pad = tokenizer.pad_id if tokenizer else 0
    return collate(encodings, pad, (labels or LABELS) if gold else None, seeds)


def toy_view_dims(width: int = STATES) -> dict[str, ViewDims]:
    """Return the widths of `toy_views`."""
    return {name: ViewDims(width, SUMMARY) for name in VIEWS}


def toy_views(batch: Batch, level: Level = "piece", width: int = STATES) -> dict[str, View]:
    """Return views that depend only on the document, never on its batch; padding is filled with ``PADDING``.

    Their states and summaries are leaves that collect gradients.
    """
    return {name: _view(batch, level, number, width) for number, name in enumerate(VIEWS)}


def _view(batch: Batch, level: Level, seed: int, width: int) -> View:
    maker = torch.Generator().manual_seed(seed)
    table = torch.randn(1024, width, generator=maker)
    place = torch.randn(batch.ids.shape[1] + 512, width, generator=maker.manual_seed(seed + 99))
    pieces = table[batch.ids] + place[: batch.ids.shape[1]]
    ends = pieces[:, 0] + pieces[:, 1]
    summary = ends[:, torch.arange(SUMMARY) % width]
    mask = batch.mask
    if level == "word":
        first = batch.word_pieces[:, :, :1].expand(-1, -1, width)
        pieces = pieces.gather(1, first)
        mask = torch.arange(first.shape[1]) < batch.n_words.unsqueeze(1)
    states = torch.where(mask.unsqueeze(2), pieces, torch.full_like(pieces, PADDING))
    return View(states.requires_grad_(), mask, level, summary.detach().requires_grad_())


def toy_entities(batch: Batch, dims: SpanDims) -> EntityOutput:
    """Return a possible result of an entity head: gold spans first if the batch has gold, then all spans of one or two
    words.

    Without gold, about every third candidate has a predicted type. Features are leaves that collect gradients and
    depend only on the document and the span.
    """
    doc, words = _two_words(batch)
    n_gold = 0
    if batch.gold is not None:
        n_gold = len(batch.gold.entity_doc)
        doc = torch.cat([batch.gold.entity_doc, doc])
        words = torch.cat([batch.gold.entity_words, words])
    spans = make_spans(batch, doc, words)
    start, end = words.unbind(1)
    predicted = torch.where((start + doc_numbers(batch)[doc]) % 3 == 0, 1 + end % 3, 0)
    features = _features(batch, doc, words, dims)
    score = torch.full(doc.shape, 0.9)
    if batch.gold is None:
        return EntityOutput(spans, features, predicted, score)
    gold = torch.cat([batch.gold.entity_label, torch.zeros(len(doc) - n_gold, dtype=torch.int64)])
    return EntityOutput(spans, features, predicted, score, gold, torch.arange(n_gold))


def doc_numbers(batch: Batch) -> Tensor:
    """Return [B], a number computed from the pieces of each document."""
    return (batch.ids * batch.mask).sum(1)


def _two_words(batch: Batch) -> tuple[Tensor, Tensor]:
    rows = [
        (row, start, start + width)
        for row, n_words in enumerate(batch.n_words.tolist())
        for width in (1, 2)
        for start in range(n_words + 1 - width)
    ]
    table = torch.tensor(rows, dtype=torch.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1:]


def _features(batch: Batch, doc: Tensor, words: Tensor, dims: SpanDims) -> SpanFeatures:
    base = doc_numbers(batch)[doc] + 7 * words[:, 0] + 3 * words[:, 1]
    pooled = None if dims.pooled is None else _waves(base, dims.pooled)
    width = None if dims.width is None else _waves(words[:, 1] - words[:, 0], dims.width)
    summary = None if dims.summary is None else _waves(doc_numbers(batch), dims.summary)
    return SpanFeatures(doc, pooled, width, summary)


def _waves(base: Tensor, width: int) -> Tensor:
    """Return [N, width] leaves that depend only on ``base``."""
    return torch.sin((1.0 + base).unsqueeze(1) * torch.arange(1, width + 1)).requires_grad_()


def bare_copy(batch: Batch) -> Batch:
    """Return the batch as prediction sees it: no gold, bare documents."""
    return replace(batch, docs=tuple(doc.bare() for doc in batch.docs), gold=None)
