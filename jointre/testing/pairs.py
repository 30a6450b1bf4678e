"""Contracts of components for relations: pair contexts, pair samplers, pair extractors, relation heads."""

from copy import deepcopy
from dataclasses import replace

import torch
from torch import Tensor

from jointre.context_encoders.base import PairContext
from jointre.data.batch import Batch
from jointre.data.relation_classes import Order, RelationClasses
from jointre.data.stages import EntityOutput, PairDims, PairFeatures, Pairs, SpanDims
from jointre.errors import BuildError
from jointre.nn.columns import side_by_side
from jointre.pair_extractors.base import PairExtractor
from jointre.relation_heads.base import RelationHead
from jointre.samplers.base import PairSampler
from jointre.samplers.ordered import text_rank
from jointre.samplers.pairs import EntityPairs, predicted_pairs
from jointre.testing.asserts import (
    built,
    expect,
    expect_close,
    expect_gradients,
    expect_no_neighbours,
    expect_shape,
    named,
    varied,
    without_dropout,
)
from jointre.testing.spans import LEVELS, by_doc
from jointre.testing.toy import (
    LABELS,
    STATES,
    bare_copy,
    toy_batch,
    toy_docs,
    toy_entities,
    toy_labels,
    toy_view_dims,
    toy_views,
)

SPANS = SpanDims(6, 3, 5)
SIDE, CONTEXT, SUMMARY = 5, 3, 2
DIMS = PairDims(SIDE, CONTEXT)
PAIRS = 18
CLASSES = RelationClasses(LABELS.with_triples(toy_docs()))
COLUMNS = ("doc", "head", "tail")


def toy_pairs(batch: Batch, dims: SpanDims = SPANS) -> tuple[EntityOutput, Pairs]:
    """Return candidates without gold, and all ordered pairs of the predicted ones."""
    entities = toy_entities(bare_copy(batch), dims)
    return entities, predicted_pairs(entities, len(batch))


def check_pair_context(context: PairContext, states: int = STATES) -> None:
    """Check shapes, no pairs, symmetry if it is claimed, padding, gradients; ``states`` is the width that it reads."""
    part, width = built(context, lambda c: c.build(toy_view_dims(states)))
    batch = varied()
    entities, pairs = toy_pairs(batch)
    turned = replace(pairs, head=pairs.tail, tail=pairs.head)
    for level in LEVELS:
        views = toy_views(batch, level, states)
        result = part(views, entities.spans, pairs, batch)
        expect_shape(result, (len(pairs), width), named(part))
        expect_shape(
            part(views, entities.spans, pairs.slice(0, 0), batch), (0, width), f"{named(part)} without pairs"
        )
        if part.one_per != "ordered_pair":
            sentence = f"{named(part)} says it is one per {part.one_per}, but both orders of a pair differ"
            expect_close(part(views, entities.spans, turned, batch), result, sentence)
        if part.one_per == "document":
            first = replace(pairs, head=torch.zeros_like(pairs.head), tail=torch.zeros_like(pairs.tail))
            sentence = f"{named(part)} says it is one per document, but the pairs of one differ"
            expect_close(part(views, entities.spans, first, batch), result, sentence)
        parts = part.distinct(views, entities.spans, pairs, batch)
        expect_close(side_by_side(parts), result, f"{named(part)}.distinct returns other contexts")
        expect_gradients(part, [result], {})

        def rows(batch: Batch, level=level) -> list[Tensor]:  # type: ignore[no-untyped-def]
            entities, pairs = toy_pairs(batch)
            return by_doc(
                part(toy_views(batch, level, states), entities.spans, pairs, batch), pairs.doc, batch
            )

        expect_no_neighbours(part, rows)


def check_pair_sampler(sampler: PairSampler) -> None:
    """Check that pairs stay inside documents, that prediction never reads gold, that targets are gold, that draws
    repeat, and that ``paired_types`` has the types of the pairs.
    """
    what = named(sampler)
    bare = varied()
    entities = toy_entities(bare, SPANS)
    pairs = sampler.sample(entities, bare, training=False)
    _expect_pairs(pairs, entities, sampler, what)
    expect(pairs.targets is None, f"{what} returns targets outside training")
    again = sampler.sample(entities, toy_batch(), training=False)
    expect(_same(pairs, again), f"{what} reads gold outside training")
    nothing = replace(entities, predicted=torch.zeros_like(entities.predicted))
    n_pairs = len(sampler.sample(nothing, bare, training=False))
    expect(sampler.untyped or n_pairs == 0, f"{what} pairs spans that are not entities")
    _check_chunks(sampler, entities, bare)
    for batch in (toy_batch(), toy_batch([toy_docs()[6]]), toy_batch([toy_docs()[7]])):
        _check_drawn(sampler, batch)
    for training in (False, True):

        def rows(batch: Batch, training: bool = training) -> list[Tensor]:
            entities = toy_entities(batch, SPANS)
            pairs = sampler.sample(entities, batch, training)
            words = entities.spans.words
            return by_doc(torch.cat([words[pairs.head], words[pairs.tail]], dim=1), pairs.doc, batch)

        expect_no_neighbours(sampler, rows, gold=training)


def _check_chunks(sampler: PairSampler, entities: EntityOutput, batch: Batch) -> None:
    """Check that chunks are the pairs of `sample`, in any order, and none is larger than requested."""
    whole = _placed(sampler.sample(entities, batch, training=False))
    for size in (1, 7, 10_000):
        parts = list(sampler.chunks(entities, batch, size))
        what = f"{named(sampler)}: the chunks of {size}"
        most = max(size, 2) if sampler.order == "mirrored" else size
        expect(all(0 < len(part) <= most for part in parts), f"{what} are larger, or empty")
        found = [row for part in parts for row in _placed(part)]
        expect(sorted(found) == sorted(whole), f"{what} are not the pairs of sample")
        if sampler.order == "mirrored":
            expect(found == whole, f"{what} are not in the order of sample, which decides two pairs together")


def _placed(pairs: Pairs) -> list[list[int]]:
    """Return document, head and tail of each pair."""
    rows: list[list[int]] = torch.stack([getattr(pairs, name) for name in COLUMNS], dim=1).tolist()
    return rows


def _check_drawn(sampler: PairSampler, batch: Batch) -> None:
    what = f"{named(sampler)} in training"
    entities = toy_entities(batch, SPANS)
    pairs = sampler.sample(entities, batch, training=True)
    _expect_pairs(pairs, entities, sampler, what)
    expect(pairs.targets is not None, f"{what} returns no targets")
    assert pairs.targets is not None
    classes = RelationClasses(toy_labels(), sampler.order)
    expect_shape(pairs.targets, (len(pairs), len(classes)), f"{what}: targets")
    expect(
        _same(pairs, sampler.sample(entities, batch, training=True)),
        f"{what} draws other pairs the second time",
    )
    types, paired = sampler.paired_types(entities, batch), torch.cat([pairs.head, pairs.tail])
    expect_shape(types, (len(entities.spans),), f"{what}: paired_types")
    agree = torch.equal(types[paired], pairs.label[paired])
    expect(agree, f"{what}: paired_types is not the label of the spans that are paired")
    words = entities.spans.words
    gold = _gold_relations(batch, sampler.order)
    row, column = torch.nonzero(pairs.targets, as_tuple=True)
    ends = classes.directed(pairs.head[row], pairs.tail[row], column)
    for doc, head, tail, relation in zip(pairs.doc[row].tolist(), *(e.tolist() for e in ends), strict=True):
        found = (doc, tuple(words[head].tolist()), tuple(words[tail].tolist()), relation)
        real = found in gold or not sampler.exact
        expect(real, f"{what}: {found} has a target but is not a gold relation")


def _gold_relations(batch: Batch, order: Order) -> set[tuple[object, ...]]:
    gold = batch.gold
    assert gold is not None
    doc, words = gold.entity_doc.tolist(), [tuple(extent) for extent in gold.entity_words.tolist()]
    columns = zip(
        gold.relation_head.tolist(), gold.relation_tail.tolist(), gold.relation_label.tolist(), strict=True
    )
    found: set[tuple[object, ...]] = set()
    for head, tail, label in columns:
        found.add((doc[head], words[head], words[tail], label))
        if order != "both" and gold.labels.relations[label] in gold.labels.symmetric:
            found.add((doc[head], words[tail], words[head], label))
    return found


def _expect_pairs(pairs: Pairs, entities: EntityOutput, sampler: PairSampler, what: str) -> None:
    n_spans = len(entities.spans)
    expect(len(pairs.head) == len(pairs.tail) == len(pairs), f"{what}: heads and tails differ in number")
    expect(len(pairs.label) == n_spans, f"{what}: label is not one class per span")
    rows = torch.cat([pairs.head, pairs.tail])
    expect(((rows >= 0) & (rows < n_spans)).all(), f"{what}: a pair does not point to spans")
    expect((pairs.head != pairs.tail).all(), f"{what}: a span is paired with itself")
    if sampler.order == "text":
        rank = text_rank(entities.spans)
        expect((rank[pairs.head] < rank[pairs.tail]).all(), f"{what}: a pair is not in text order")
    if sampler.order == "mirrored":
        turned = torch.equal(pairs.head[::2], pairs.tail[1::2]) and torch.equal(
            pairs.tail[::2], pairs.head[1::2]
        )
        expect(turned, f"{what}: a pair is not followed by its other order")
    doc = entities.spans.doc
    fits = (doc[pairs.head] == pairs.doc) & (doc[pairs.tail] == pairs.doc)
    expect(fits.all(), f"{what}: a pair is not within one document")


def _same(left: Pairs, right: Pairs) -> bool:
    return all(torch.equal(getattr(left, name), getattr(right, name)) for name in COLUMNS)


def check_pair_extractor(extractor: PairExtractor, states: int = STATES, spans: SpanDims = SPANS) -> None:
    """Check shapes and indices, no pairs, padding, gradients.

    ``states`` and ``spans`` are the widths of the views and of the span features that it reads.
    """
    part, dims = built(extractor, lambda e: e.build(toy_view_dims(states), spans, toy_labels()))
    batch = varied()
    entities, pairs = toy_pairs(batch, spans)
    views = toy_views(batch, width=states)
    features = part(views, entities, pairs, batch)
    _expect_pair_features(features, dims, len(pairs), named(part))
    none = part(views, entities, pairs.slice(0, 0), batch)
    _expect_pair_features(none, dims, 0, f"{named(part)} without pairs")
    expect_gradients(part, [_rows(features), *_own_terms(part, states, spans)], {})

    def rows(batch: Batch) -> list[Tensor]:
        entities, pairs = toy_pairs(batch, spans)
        features = part(toy_views(batch, width=states), entities, pairs, batch)
        return by_doc(_rows(features), pairs.doc[features.pair], batch)

    expect_no_neighbours(part, rows)


def _own_terms(part: PairExtractor, states: int, spans: SpanDims) -> list[Tensor]:
    """Return the scores of the extractor's own loss terms, which are those that it declares."""
    batch = toy_batch()
    entities = toy_entities(batch, spans)
    pairs = EntityPairs(negatives=None).sample(entities, batch, training=True)
    terms = part.train()(toy_views(batch, width=states), entities, pairs, batch).terms
    part.eval()
    expect(terms.keys() == part.targets.keys(), f"{named(part)} has other loss terms than it declares")
    for name, term in terms.items():
        same = len(term.logits) == len(term.targets) == len(term.group)
        expect(same, f"{named(part)}: the parts of {name!r} differ in length")
    return [term.logits for term in terms.values()]


def _expect_pair_features(features: PairFeatures, dims: PairDims, n_pairs: int, what: str) -> None:
    n_rows = len(features.head)
    expect_shape(features.side, (len(features.side), dims.side), f"{what}: side")
    expect(not features.terms, f"{what} returns loss terms outside training")
    assert features.types is not None
    expect_shape(features.types, (n_pairs, 2), f"{what}: types")
    expect(
        len(features.tail) == len(features.pair) == n_rows, f"{what}: head, tail and pair differ in length"
    )
    expect(bool((features.pair < max(n_pairs, 1)).all()), f"{what}: a row belongs to no pair")
    expect(n_pairs == 0 or len(features.pair.unique()) == n_pairs, f"{what}: a pair has no row")
    width = sum(rows.shape[1] for rows, _ in features.contexts)
    expect(width == (dims.context or 0), f"{what}: contexts are not as build said")
    for rows, index in features.contexts:
        expect_shape(rows, (len(rows), rows.shape[1]), f"{what}: a context")
        expect(len(index) == n_rows, f"{what}: a context does not have one index per pair row")
    expect((features.summary is None) == (dims.summary is None), f"{what}: summary is not as build said")
    expect(
        (features.summary is None) == (features.doc is None), f"{what}: summary and doc do not come together"
    )
    if features.summary is not None and features.doc is not None:
        expect_shape(features.summary, (len(features.summary), dims.summary or 0), f"{what}: summary")
        expect(len(features.doc) == n_rows, f"{what}: doc is not one row of summary per pair row")


def _rows(features: PairFeatures) -> Tensor:
    return side_by_side(features.columns())


def toy_pair_features(n_pairs: int, dims: PairDims = DIMS) -> PairFeatures:
    """Return features of pairs among six sides, with contexts shared by both orders; all are leaves that collect
    gradients.

    The sentence vectors, if ``dims`` has them, are those of two documents. Pairs have all types of head and tail.
    """
    maker = torch.Generator().manual_seed(3)
    index = torch.arange(n_pairs)
    head, tail = index % 6, (index + 1 + index // 6) % 6

    def leaf(rows: int, width: int) -> Tensor:
        return torch.randn(rows, width, generator=maker).requires_grad_()

    side = leaf(6, dims.side)
    shared = [leaf(4, size) for size in _context_sizes(dims)]
    sentence = None if dims.summary is None else leaf(2, dims.summary)
    doc = None if dims.summary is None else index % 2
    contexts = [(rows, (index + number) % 4) for number, rows in enumerate(shared)]
    n_classes = len(LABELS.entities) + 1
    types = torch.stack([index % n_classes, index // n_classes % n_classes], dim=1)
    return PairFeatures(side, head, tail, contexts, index, sentence, doc, types=types)


def _context_sizes(dims: PairDims) -> list[int]:
    """Return the widths of the contexts: two, so that a head must not expect one."""
    whole = dims.context or 0
    return [size for size in (whole - whole // 3, whole // 3) if size]


def check_relation_head(head: RelationHead, dims: PairDims | None = None) -> None:
    """Check shapes, probabilities, no pairs, gradients, training and prediction.

    Args:
        head: the head.
        dims: the widths that it reads. By default it is checked with and without context and sentence vector; if it
            cannot use one of these, it refuses it in ``build``.
    """
    _check_relation_head(head, PairDims(SIDE) if dims is None else dims)
    for more in (PairDims(SIDE, CONTEXT), PairDims(SIDE, CONTEXT, SUMMARY)) if dims is None else ():
        try:
            deepcopy(head).build(more, CLASSES)
        except BuildError:
            continue
        _check_relation_head(head, more)


def _check_relation_head(head: RelationHead, dims: PairDims) -> None:
    part, _ = built(head, lambda h: h.build(dims, CLASSES))
    summary = "" if dims.summary is None else ", with summary"
    what = f"{named(part)} {'without' if dims.context is None else 'with'} context{summary}"
    features = toy_pair_features(PAIRS, dims)
    output = part(features, PAIRS)
    expect_shape(output.probs, (PAIRS, len(CLASSES)), f"{what}: probs")
    expect(((output.probs >= 0) & (output.probs <= 1)).all(), f"{what}: probs are not probabilities")
    expect_shape(output.holds, (PAIRS, len(CLASSES)), f"{what}: holds")
    expect(output.holds.dtype == torch.bool, f"{what}: holds is {output.holds.dtype}, not bool")
    several = bool((output.holds.sum(1) > 1).any())
    expect(
        not (part.decision.single and several),
        f"{what}: several types hold for a pair, but decision.single is true",
    )
    agree = part.decision.single or torch.equal(part.holds(output.probs), output.holds)
    expect(agree, f"{what}: forward and holds differ in which types hold")
    expect(len(part.encode(features)) == PAIRS, f"{what}: encode does not return one vector per row")
    one = part(_only(features, 7), 1)
    expect_close(one.probs[0], output.probs[7], f"{what}: a pair's score depends on the other pairs")
    for mode in (part, without_dropout(part)):
        none = mode(toy_pair_features(0, dims), 0)
        expect_shape(none.probs, (0, len(CLASSES)), f"{what}: probs of no pairs")
        expect(none.logits.requires_grad, f"{what}: without pairs the scores are cut off from the graph")
    train = without_dropout(part)(features, PAIRS)
    expect_close(train.probs, output.probs, f"{what} scores a pair differently in training and in prediction")
    inputs = {"the sides": features.side, "the sentence": features.summary}
    inputs |= {f"context {number}": rows for number, (rows, _) in enumerate(features.contexts)}
    expect_gradients(part, [output.logits], {k: v for k, v in inputs.items() if v is not None})


def _only(features: PairFeatures, row: int) -> PairFeatures:
    at = torch.tensor([row])
    contexts = [(rows, index[at]) for rows, index in features.contexts]
    doc = None if features.doc is None else features.doc[at]
    types = None if features.types is None else features.types[at]
    head, tail = features.head[at], features.tail[at]
    return replace(features, head=head, tail=tail, contexts=contexts, doc=doc, pair=at * 0, types=types)
