"""Contracts of components for documents: readers, tokenizers, metrics, loggers."""

import json
import warnings
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from jointre.data.doc import Doc
from jointre.data.encoding import Encoding
from jointre.data.labels import Labels
from jointre.data.segments import Extent, Segment, cut
from jointre.data.validate import check_word_offsets
from jointre.encoders.base import Source
from jointre.errors import BuildError
from jointre.loggers.base import Logger, Run
from jointre.metrics.base import Metric
from jointre.readers.base import Reader
from jointre.segmenters.base import Segmenter
from jointre.splitters.base import Splitter
from jointre.testing.asserts import expect, named
from jointre.testing.toy import toy_docs
from jointre.testing.windows import expect_fitting
from jointre.tokenizers.base import Tokenizer


def check_reader(reader: Reader) -> None:
    """Check that documents are consistent, the same every time, and have only types that the reader declares."""
    what = named(reader)
    docs = list(reader)
    expect(docs, f"{what} reads no documents")
    expect(list(reader) == docs, f"{what} reads other documents the second time")
    labels = reader.labels()
    expect(labels is None or isinstance(labels, Labels), f"{what}.labels returned {labels!r}")
    for doc in docs:
        _expect_doc(doc, what)
        if labels is not None:
            unknown = {e.label for e in doc.entities} - set(labels.entities)
            unknown |= {r.label for r in doc.relations} - set(labels.relations)
            expect(not unknown, f"{what}: {doc.id} has types {sorted(unknown)} that are not in labels")


def _expect_doc(doc: Doc, what: str) -> None:
    where = f"{what}: document {doc.id!r}"
    expect(doc.id, f"{what}: a document has no id")
    for entity in doc.entities:
        expect(0 <= entity.start < entity.end <= len(doc.words), f"{where}: {entity} is outside the words")
    for relation in doc.relations:
        known = 0 <= relation.head < len(doc.entities) and 0 <= relation.tail < len(doc.entities)
        expect(known, f"{where}: {relation} does not point to entities")
    if doc.offsets is not None and doc.text is not None:
        cut = [doc.text[start:end] for start, end in doc.offsets]
        expect(cut == doc.words, f"{where}: the offsets do not match the words in the text")


SPLIT = (
    "",
    " \t\n",
    "Ann's dog didn't bark. It slept in Rome, N.Y.",
    "\u674e\u96f7\u5728\u5317\u4eac\u3002\u4ed6\u7528iPhone15\u3002",
    "\u0e17\u0e35\u0e48\u0e19\u0e35\u0e48 e\u0301te\u0301\u00ad \U0001f469\u200d\U0001f467",
    "\u05e9\u05dc\u05d5\u05dd\u3000\uff21\uff22",
)


def check_splitter(splitter: Splitter) -> None:
    """Check that words and sentences are in order and have each non-blank character once, and are always the same."""
    what = named(splitter)
    for text in SPLIT:
        for name, split in (("words", splitter.words), ("sentences", splitter.sentences)):
            found = split(text)
            expect(list(split(text)) == list(found), f"{what}.{name} returns something else the second time")
            faults = check_word_offsets(found, len(text), "")
            expect(not faults, f"{what}.{name}: {text!a} has {name} out of order, empty or overlapping")
            covered = {i for start, end in found for i in range(start, end)}
            left = [i for i, char in enumerate(text) if not char.isspace() and i not in covered]
            expect(not left, f"{what}.{name} leaves out characters {left} of {text!a}")


def check_segmenter(segmenter: Segmenter) -> None:
    """Check that segments have each word once, depend on the words and sentences alone, and are always the same."""
    what = named(segmenter)
    for doc in toy_docs():
        half = len(doc.words) // 2
        for sentences in (None, [(0, len(doc.words))], [(0, half), (half, len(doc.words))]):
            read = replace(doc, sentences=sentences)
            extents = list(segmenter.extents(read))
            expect(list(segmenter.extents(read)) == extents, f"{what} returns something else the second time")
            expect(list(segmenter.extents(read.bare())) == extents, f"{what} depends on the annotation")
            parts = segmenter.segments(read)
            words = [word for part in parts for word in part.words]
            expect(words == doc.words, f"{what} does not return each word of {doc.id} once and in order")
    expect(not segmenter.extents(Doc([])), f"{what} returns a segment without words")


def check_tokenizer(tokenizer: Tokenizer) -> None:
    """Check order, ranges without gaps, ids in the vocabulary, the limit, and that a saved tokenizer is the same."""
    part = deepcopy(tokenizer)
    what = named(part)
    size = part.build(Source())
    expect(isinstance(size, int) and size > 0, f"{what}.build returned {size!r}, not a size")
    expect(0 <= part.pad_id < size, f"{what}: pad_id {part.pad_id} is outside the vocabulary")
    docs = [*toy_docs(), Doc(["\u200b", "[CLS]", "<s>", "\U0001f600", "\u00e9t\u00e9"], id="odd")]
    encodings = part.encode(docs)
    expect([e.doc for e in encodings] == docs, f"{what} does not return one encoding per document, in order")
    for key, encoding in enumerate(encodings):
        expect(encoding.key == key, f"{what}: {encoding.doc.id} has the key {encoding.key}, not {key}")
        _expect_encoding(encoding, size, what)
    alone = [part.encode([doc])[0] for doc in docs]
    expect(_same(alone, encodings), f"{what}: the pieces of a document depend on the other documents")
    bare = part.encode([doc.bare() for doc in docs])
    expect(_same(bare, encodings), f"{what}: the pieces depend on the annotation")
    expect_fitting(part)
    extra = _extra(part)
    expect(_same(part.encode(docs), encodings), f"{what} returns other pieces once it has provided markers")
    size = max([size, *(1 + piece for piece in extra)])
    _expect_context(part, docs, encodings)
    with TemporaryDirectory() as folder:
        part.save(Path(folder) / "tokenizer")
        again = deepcopy(tokenizer)
        expect(
            again.build(Source(Path(folder), False)) == size,
            f"{what} has another vocabulary after it was saved",
        )
        expect(_extra(again) == extra, f"{what} provides other markers after it was saved")
        expect(_same(again.encode(docs), encodings), f"{what} returns other pieces after it was saved")


MARKERS = ["[A]", "[B]", "[A]", "[C]"]


def _extra(part: Tokenizer) -> list[int]:
    """Return marker pieces, one for each different name; none if the tokenizer refuses."""
    try:
        pieces = part.extra(MARKERS)
    except BuildError:
        return []
    pairs = set(zip(MARKERS, pieces, strict=True))
    expect(
        len(pairs) == len(set(pieces)) == 3, f"{named(part)}.extra does not give each name a piece of its own"
    )
    used = {piece for encoding in part.encode([Doc(["[A]", "[unused1]"])]) for piece in encoding.ids}
    expect(not used & set(pieces), f"{named(part)} finds markers in a text")
    return pieces


def _expect_context(part: Tokenizer, docs: list[Doc], encodings: list[Encoding]) -> None:
    """Expect that the words around a segment are encoded with it, as many as the limit leaves room for."""
    what = named(part)
    for doc, whole in zip(docs, encodings, strict=True):
        size = len(doc.words)
        extents = [Extent(0, 1, 0, size), Extent(1, size - 1, 0, size), Extent(size - 1, size, 0, size)]
        parts = cut(doc, [extent for extent in extents if extent.start < extent.end])
        for segment, found in zip(parts, part.encode(parts), strict=True):
            first = segment.first if isinstance(segment, Segment) else 0
            words = whole.words[first : first + len(segment.words)]
            expect(list(found.ids) == list(whole.ids), f"{what} does not encode the words around a segment")
            expect(np.array_equal(found.words, words), f"{what}: the pieces around a segment are not counted")
            least = len(part.encode([Doc(segment.words)])[0].ids)
            for limit in range(least, len(whole.ids)):
                try:
                    (short,) = part.encode([segment], limit)
                except BuildError:  # windows that overlap by a fixed number of pieces need a longer limit
                    continue
                expect(len(short.ids) <= limit and short.windows is None, f"{what} exceeds the limit")


def _expect_encoding(encoding: Encoding, size: int, what: str) -> None:
    where = f"{what}: document {encoding.doc.id!r}"
    words = encoding.words
    expect(words.shape == (len(encoding.doc.words), 2), f"{where}: words has shape {list(words.shape)}")
    expect(words.dtype == np.int64, f"{where}: words is {words.dtype}, not int64")
    expect((words[:, 0] < words[:, 1]).all(), f"{where}: a word has no piece")
    expect((words[1:, 0] == words[:-1, 1]).all(), f"{where}: the words' pieces overlap or leave gaps")
    expect(words[0, 0] >= 0 and words[-1, 1] <= len(encoding.ids), f"{where}: a word is outside the pieces")
    expect(all(0 <= piece < size for piece in encoding.ids), f"{where}: a piece is outside the vocabulary")


def _same(left: list[Encoding], right: list[Encoding]) -> bool:
    return all(
        list(a.ids) == list(b.ids) and np.array_equal(a.words, b.words)
        for a, b in zip(left, right, strict=True)
    )


def check_metric(metric: Metric) -> None:
    """Check that scores are numbers, do not depend on order, and are forgotten on reset; that documents stay unchanged;
    JSON.
    """
    what = named(metric)
    gold = [doc for doc in toy_docs() if doc.relations]
    poor = [replace(doc, entities=doc.entities[:2], relations=doc.relations[:1]) for doc in gold]
    kept = deepcopy((gold, poor))
    metric.reset()
    some = _score(metric, gold, poor)
    expect((gold, poor) == kept, f"{what} changes its documents")
    expect(
        some and all(isinstance(v, float | int) for v in some.values()), f"{what}: a score is not a number"
    )
    expect(metric.compute() == some, f"{what}: compute returns something else the second time")
    _expect_json(metric)
    metric.reset()
    expect(_score(metric, gold[::-1], poor[::-1]) == some, f"{what} depends on the order of the documents")
    metric.reset()
    perfect = _score(metric, gold, gold)
    expect(perfect.keys() == some.keys(), f"{what} has other score names for other documents")
    expect(perfect != some, f"{what} gives poor and perfect predictions the same scores")
    metric.reset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        none = metric.compute()
    expect(none.keys() == some.keys(), f"{what} has other score names without documents")
    expect(_score(metric, gold, gold) == perfect, f"{what}: reset does not forget everything")
    metric.reset(given=True)
    expect(metric.given, f"{what}.reset does not call super().reset(given)")
    metric.reset()


def _score(metric: Metric, gold: list[Doc], predicted: list[Doc]) -> dict[str, float]:
    for pair in zip(gold, predicted, strict=True):
        metric.update(*pair)
    return metric.compute()


def _expect_json(metric: Metric) -> None:
    stored = metric.to_json()
    expect(json.loads(json.dumps(stored)) is not None, f"{named(metric)}.to_json is not JSON")
    expect(stored.get("protocol"), f"{named(metric)}.to_json does not state the protocol")
    expect(isinstance(metric.protocol, str), f"{named(metric)}.protocol is not a text")
    for row in metric.table():
        expect(0 <= row.f1 <= 1, f"{named(metric)}: the table contains {row}")


def check_logger(logger: Logger) -> None:
    """Check a whole run, twice, with nested values, each resumed from its middle."""
    values = {"epoch": 1, "loss": 0.5, "dev": {"strict_micro_f": 0.25}}
    for status in ("complete", "interrupted"):
        with TemporaryDirectory() as folder:
            logger.start(Run(Path(folder), "[training]\n", 10))
            logger.log(5, values)
            logger.log(10, values)
            logger.finish(status)
            logger.start(Run(Path(folder), "[training]\n", 10, resumed=5, seconds=1.0))
            logger.log(10, values)
            logger.finish("complete")
    expect(values["dev"] == {"strict_micro_f": 0.25}, f"{named(logger)} changes its values")
