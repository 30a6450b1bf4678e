"""Contracts of components for entities: poolers, span extractors, span samplers, entity heads."""

import torch
from torch import Tensor

from jointre.data.batch import Batch
from jointre.data.doc import Doc
from jointre.data.stages import EntityOutput, Level, SpanDims, SpanFeatures, Spans
from jointre.encoders.base import EncoderReader, Reading
from jointre.entity_heads.base import EntityHead
from jointre.errors import DataError
from jointre.poolers.base import Pooler
from jointre.samplers.base import SpanSampler, make_spans
from jointre.span_extractors.base import SpanExtractor
from jointre.testing.asserts import (
    built,
    expect,
    expect_close,
    expect_gradients,
    expect_no_neighbours,
    expect_shape,
    named,
    seeded,
    varied,
    without_dropout,
)
from jointre.testing.toy import (
    STATES,
    bare_copy,
    toy_batch,
    toy_docs,
    toy_entities,
    toy_labels,
    toy_view_dims,
    toy_views,
)
from jointre.views.base import Views

LEVELS: tuple[Level, ...] = ("piece", "word")
NONE = torch.zeros(0, dtype=torch.int64)


def check_pooler(pooler: Pooler, states: int = STATES) -> None:
    """Check shapes, empty ranges, no ranges, order of the ranges, padding, gradients; ``states`` is the width that it
    reads.
    """
    part, width = built(pooler, lambda p: p.build(states))
    expect(isinstance(width, int) and width > 0, f"{named(part)}.build returned {width!r}, not a width")
    batch = varied()
    for level in LEVELS:
        view = toy_views(batch, level, states)["encoder"]
        doc, ranges = _ranges(batch, level)
        pooled = part(view, doc, ranges)
        expect_shape(pooled, (len(doc), width), f"{named(part)}")
        _expect_empty(part, pooled[ranges[:, 1] <= ranges[:, 0]])
        expect_shape(part(view, NONE, NONE.reshape(0, 2)), (0, width), f"{named(part)} without ranges")
        turned = part(view, doc.flip(0), ranges.flip(0)).flip(0)
        expect_close(turned, pooled, f"{named(part)}: a range's result depends on the other ranges")
        expect_close(part(view, doc, ranges), pooled, f"{named(part)} returns something else the second time")
        expect_gradients(part, [pooled], {"the states": view.states})
        _expect_empty(part, part(view, doc[:3], ranges[:3, :1].expand(-1, 2)), "empty ranges alone do")

        def rows(batch: Batch, level: Level = level) -> list[Tensor]:
            doc, ranges = _ranges(batch, level)
            return by_doc(part(toy_views(batch, level, states)["encoder"], doc, ranges), doc, batch)

        expect_no_neighbours(part, rows)


def _expect_empty(part: Pooler, empty: Tensor, what: str = "an empty range does") -> None:
    """Expect zeros, or one vector for all empty ranges if the pooler says so."""
    if part.empty_is_zero:
        expect(not empty.any(), f"{named(part)}: {what} not give zeros")
    else:
        expect_close(empty, empty[:1].expand_as(empty), f"{named(part)}: empty ranges differ")


def _ranges(batch: Batch, level: Level) -> tuple[Tensor, Tensor]:
    """Return all ranges of up to four units, the whole document, empty and reversed ranges."""
    counts = (batch.n_words if level == "word" else batch.mask.sum(1)).tolist()
    rows = []
    for doc, n in enumerate(counts):
        rows += [(doc, s, s + w) for w in (0, 1, 2, 3, 4) for s in range(n + 1 - w)]
        rows += [(doc, 0, n), (doc, n, n), (doc, n, 0)]
    table = torch.tensor(rows)
    return table[:, 0], table[:, 1:]


def by_doc(values: Tensor, doc: Tensor, batch: Batch) -> list[Tensor]:
    """Return the rows of each document."""
    return [values[doc == row] for row in range(len(batch))]


def toy_spans(batch: Batch) -> Spans:
    """Return all spans of one and two words, and each whole document."""
    whole = torch.stack([torch.zeros_like(batch.n_words), batch.n_words], dim=1)
    spans = toy_entities(bare_copy(batch), SpanDims()).spans
    doc = torch.cat([spans.doc, torch.arange(len(batch))])
    return make_spans(batch, doc, torch.cat([spans.words, whole]))


def check_span_extractor(extractor: SpanExtractor, states: int = STATES) -> None:
    """Check parts and widths against ``build``, no spans, padding, gradients; ``states`` is the width that it reads."""
    part, dims = built(extractor, lambda e: e.build(toy_view_dims(states)))
    batch = varied()
    for level in LEVELS:
        views = _read_views(part, batch, level, states)
        spans = toy_spans(batch)
        features = part(views, spans)
        expect_features(features, dims, spans, len(batch), named(part))
        none = part(views, spans[NONE])
        expect_features(none, dims, spans[NONE], len(batch), f"{named(part)} without spans")
        expect_gradients(part, _parts(features), {})

        def rows(batch: Batch, level: Level = level) -> list[Tensor]:
            spans = toy_spans(batch)
            return by_doc(_flat(part(_read_views(part, batch, level, states), spans)), spans.doc, batch)

        expect_no_neighbours(part, rows)


def _read_views(part: SpanExtractor, batch: Batch, level: Level, states: int) -> Views:
    """Return the toy views; with the text as the encoder reads it, if the extractor adds markers to it."""
    views = toy_views(batch, level, states)
    if isinstance(part, EncoderReader):
        Reading(batch, part.reads_with(batch)).keep(views)
    return views


def expect_features(features: SpanFeatures, dims: SpanDims, spans: Spans, n_docs: int, what: str) -> None:
    """Expect exactly the parts in ``dims``, in the right shapes."""
    expect(torch.equal(features.doc, spans.doc), f"{what}: the features' documents are not the spans'")
    for name in ("pooled", "width", "summary"):
        value, width = getattr(features, name), getattr(dims, name)
        expect((value is None) == (width is None), f"{what}: {name} is not as build said")
        if value is not None:
            rows = n_docs if name == "summary" else len(spans)
            expect_shape(value, (rows, width), f"{what}: {name}")


def _parts(features: SpanFeatures) -> list[Tensor]:
    return [part for part in (features.pooled, features.width, features.summary) if part is not None]


def _flat(features: SpanFeatures) -> Tensor:
    summary = None if features.summary is None else features.summary[features.doc]
    return torch.cat([part for part in (features.pooled, features.width, summary) if part is not None], dim=1)


def check_span_sampler(sampler: SpanSampler) -> None:
    """Check that prediction never reads gold, that training begins with gold, and that draws repeat whatever
    the batch.
    """
    what = named(sampler)
    annotated = toy_batch()
    bare = bare_copy(annotated)
    spans = sampler.sample(bare, training=False)
    _expect_spans(spans, bare, what)
    expect(_same(spans, sampler.sample(annotated, training=False)), f"{what} reads gold outside training")
    _expect_reasons(sampler, spans, annotated, what)
    drawn = sampler.sample(annotated, training=True)
    _expect_spans(drawn, annotated, f"{what} in training")
    _expect_gold_first(drawn, annotated, what)
    expect(
        _same(drawn, sampler.sample(annotated, training=True)), f"{what} draws other spans the second time"
    )
    empty = toy_batch([toy_docs()[6], toy_docs()[11]])
    _expect_spans(sampler.sample(empty, training=True), empty, f"{what} without gold entities")
    for training in (False, True):

        def rows(batch: Batch, training: bool = training) -> list[Tensor]:
            spans = sampler.sample(batch, training)
            return by_doc(spans.words, spans.doc, batch)

        expect_no_neighbours(sampler, rows, gold=training)


def _same(left: Spans, right: Spans) -> bool:
    return len(left) == len(right) and bool((_rows(left) == _rows(right)).all())


def _rows(spans: Spans) -> Tensor:
    return torch.cat([spans.doc.unsqueeze(1), spans.words, spans.pieces], dim=1)


def _expect_spans(spans: Spans, batch: Batch, what: str) -> None:
    start, end = spans.words.unbind(1)
    inside = (start >= 0) & (start < end) & (end <= batch.n_words[spans.doc])
    expect(inside.all(), f"{what}: a span is empty or outside its document")
    expect(_same(spans, make_spans(batch, spans.doc, spans.words)), f"{what}: pieces do not fit the words")
    distinct = {tuple(row) for row in _rows(spans).tolist()}
    expect(len(distinct) == len(spans), f"{what}: a span occurs twice")


def _expect_reasons(sampler: SpanSampler, spans: Spans, batch: Batch, what: str) -> None:
    """Expect that ``unreachable`` returns a reason for exactly the gold entities that are not candidates."""
    candidates = {(doc, start, end) for doc, start, end, *_ in _rows(spans).tolist()}
    for row, doc in enumerate(batch.docs):
        reasons = sampler.unreachable(doc)
        expect(len(reasons) == len(doc.entities), f"{what}.unreachable is not one reason or None per entity")
        for entity, reason in zip(doc.entities, reasons, strict=True):
            agree = ((row, *entity.extent) in candidates) == (reason is None)
            expect(agree, f"{what}.unreachable disagrees with the candidates")


def _expect_gold_first(spans: Spans, batch: Batch, what: str) -> None:
    gold = batch.gold
    assert gold is not None
    n_gold = len(gold.entity_doc)
    first = torch.equal(spans.doc[:n_gold], gold.entity_doc)
    first = first and torch.equal(spans.words[:n_gold], gold.entity_words)
    expect(first, f"{what}: training does not begin with all gold spans in their order")


def check_entity_head(head: EntityHead, states: int = STATES) -> None:
    """Check shapes, gold, gradients, documents without entities, and that training and prediction agree.

    ``states`` is the width that it reads.
    """
    part, dims = built(head, lambda h: h.build(toy_view_dims(states), toy_labels()))
    what = named(part)
    if part.given_only:
        _check_given_only(part, dims, states)
        return
    bare = varied()
    views = toy_views(bare, width=states)
    output = part(views, bare)
    _expect_output(output, dims, bare, what)
    expect(output.gold is None and not output.terms, f"{what} returns gold or loss terms outside training")
    typed, _ = output.typed
    expect((typed > 0).all(), f"{what} has candidates of class none without a likeliest class")
    agree = (output.predicted == 0) | (output.predicted == typed)
    expect(agree.all(), f"{what}: the likeliest class of a candidate differs from its type")
    again = part(views, toy_batch())
    expect_close(again.score, output.score, f"{what} reads gold outside training")
    expect(torch.equal(again.predicted, output.predicted), f"{what} reads gold outside training")

    def rows(batch: Batch) -> list[Tensor]:
        output = part(toy_views(batch, width=states), batch)
        columns = [output.spans.words, output.predicted.unsqueeze(1), output.score.unsqueeze(1)]
        return by_doc(torch.cat([c.float() for c in columns], dim=1), output.spans.doc, batch)

    expect_no_neighbours(part, rows)
    lengths = [len(head.unreachable(doc)) for doc in toy_docs()]
    expect(
        lengths == [len(doc.entities) for doc in toy_docs()],
        f"{what}.unreachable is not one reason or None per entity",
    )
    _check_training(part, dims, states)
    _check_two_ways(part, states)


def _check_given_only(part: EntityHead, dims: SpanDims, states: int) -> None:
    """Check that the entities of the batch are returned in their order, in both modes, and are gold in training."""
    what = named(part)
    expect(not part.targets, f"{what} finds no entities itself, but has loss terms")
    for training in (False, True):
        part.train(training)
        batch = toy_batch()
        output = part(toy_views(batch, width=states), batch)
        _expect_output(output, dims, batch, what)
        assert batch.gold is not None
        expect(torch.equal(output.spans.words, batch.gold.entity_words), f"{what} returns other spans")
        expect(torch.equal(output.predicted, batch.gold.entity_label), f"{what} returns other types")
        expect((output.score == 1).all(), f"{what}: the score of a given entity is not 1")
        expect(not output.terms, f"{what} returns loss terms that are not in targets")
        if training:
            _expect_gold(output, batch, what)
    part.eval()


def _expect_output(output: EntityOutput, dims: SpanDims, batch: Batch, what: str) -> None:
    n_spans, classes = len(output.spans), len(toy_labels().entities) + 1
    expect_features(output.features[torch.arange(n_spans)], dims, output.spans, len(batch), what)
    expect_shape(output.predicted, (n_spans,), f"{what}: predicted")
    expect_shape(output.score, (n_spans,), f"{what}: score")
    known = (output.predicted >= 0) & (output.predicted < classes)
    expect(known.all(), f"{what} predicts a class that does not exist")
    expect(((output.score >= 0) & (output.score <= 1)).all(), f"{what}: a score is not a probability")


def _check_training(part: EntityHead, dims: SpanDims, states: int) -> None:
    part.train()
    what = f"{named(part)} in training"
    for batch in (toy_batch(_admitted(part)), toy_batch([toy_docs()[6]])):
        views = toy_views(batch, width=states)
        with seeded(1):
            output = part(views, batch)
        _expect_output(output, dims, batch, what)
        _expect_gold(output, batch, what)
        expect(output.terms, f"{what} returns no loss term")
        for name, term in output.terms.items():
            rows = len(term.logits)
            expect(
                len(term.targets) == rows == len(term.group),
                f"{what}: the parts of {name!r} differ in length",
            )
            expect(term.logits.requires_grad, f"{what}: the scores of {name!r} are cut off from the graph")
            expect(torch.isfinite(term.logits).all(), f"{what}: {name!r} contains scores that are not finite")
        with seeded(1):
            again = part(views, batch)
        for name, term in output.terms.items():
            expect_close(
                again.terms[name].logits, term.logits, f"{what}: {name!r} does not repeat under a seed"
            )
        if len(batch) > 1:
            handed_on = _parts(output.features[torch.arange(len(output.spans))])
            expect_gradients(part, [*(term.logits for term in output.terms.values()), *handed_on], {})
    part.eval()


def _admitted(head: EntityHead) -> list[Doc]:
    """Return the toy documents that the head can be trained on; it must refuse the others with a DataError."""
    docs = []
    for doc in toy_docs():
        try:
            head.admit([doc])
        except DataError as error:
            expect(error.faults, f"{named(head)}.admit refuses {doc.id} without a fault")
        else:
            docs.append(doc)
    return docs


def _expect_gold(output: EntityOutput, batch: Batch, what: str) -> None:
    gold = batch.gold
    assert gold is not None
    expect(output.gold is not None and output.gold_rows is not None, f"{what} returns no gold")
    assert output.gold is not None and output.gold_rows is not None
    expect(len(output.gold) == len(output.spans), f"{what}: gold is not one class per candidate")
    at = output.gold_rows
    expect(len(at) == len(gold.entity_doc), f"{what}: gold_rows is not one row per gold entity")
    fits = torch.equal(output.spans.words[at], gold.entity_words)
    fits = fits and torch.equal(output.spans.doc[at], gold.entity_doc)
    expect(fits, f"{what}: gold_rows do not point to the gold spans")
    expect(
        torch.equal(output.gold[at], gold.entity_label), f"{what}: gold classes are not those of the batch"
    )


def _check_two_ways(part: EntityHead, states: int) -> None:
    """Check that training and prediction score the same candidates alike, without dropout."""
    batch = toy_batch(_admitted(part))
    train = without_dropout(part)(toy_views(batch, width=states), batch)
    test = part(toy_views(batch, width=states), batch)
    place = {tuple(row): index for index, row in enumerate(_rows(test.spans).tolist())}
    both = [
        (i, place[tuple(row)]) for i, row in enumerate(_rows(train.spans).tolist()) if tuple(row) in place
    ]
    expect(both, f"{named(part)}: no candidate of training is a candidate of prediction")
    left, right = torch.tensor(both).unbind(1)
    sentence = f"{named(part)} scores a span differently in training and in prediction"
    expect_close(train.score[left], test.score[right], sentence)
    expect(torch.equal(train.predicted[left], test.predicted[right]), sentence)
