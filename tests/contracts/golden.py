"""The recorded results of every registered name on fixed inputs: `golden.json`, written by ``python golden.py``.

A name such as ``jointre.max.v1`` keeps its results for ever: a change that alters them gets a new version. A result is
recorded as its size, mean, spread and a weighted sum, so that kernels of other CPUs, which round otherwise, agree;
whatever has no numbers is recorded as a hash.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from hashlib import sha256
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import Tensor

from jointre.breakdowns.base import Breakdown
from jointre.context_encoders.base import PairContext, SentenceContext
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.data.progress import Progress
from jointre.data.report import Report
from jointre.decoders.base import Decoder
from jointre.encoders.base import Encoder, Source
from jointre.entity_heads.base import EntityHead
from jointre.losses.base import Loss
from jointre.metrics.base import Metric
from jointre.models.base import Model
from jointre.objectives.base import Objective
from jointre.objectives.corrupt import Replacements
from jointre.objectives.examples import Material
from jointre.optimizers.base import OptimizerSpec
from jointre.pair_extractors.base import PairExtractor
from jointre.panels.base import Panel
from jointre.poolers.base import Pooler
from jointre.readers.base import Reader
from jointre.registry import registry
from jointre.relation_heads.base import RelationHead
from jointre.renderers.base import Renderer
from jointre.rereaders.base import Rereader
from jointre.samplers.base import PairSampler, SpanSampler
from jointre.schedules.base import Schedule
from jointre.segmenters.base import Segmenter
from jointre.span_extractors.base import SpanExtractor
from jointre.splitters.base import Splitter
from jointre.taggers.base import Tagger
from jointre.testing import objectives, optimization, pairs, rereaders, sequence, spans, taggers
from jointre.testing.asserts import built, seeded, varied, without_dropout
from jointre.testing.decoders import toy_prediction
from jointre.testing.documents import SPLIT
from jointre.testing.encoder import tiny_encoder_folder
from jointre.testing.overfit import built_model, loss_of
from jointre.testing.toy import (
    STATES,
    toy_batch,
    toy_docs,
    toy_entities,
    toy_labels,
    toy_view_dims,
    toy_views,
)
from jointre.tokenizers.base import Tokenizer
from jointre.tokenizers.hf import HFTokenizer
from jointre.views.base import ViewMaker
from jointre.writers.base import Writer

FILE = Path(__file__).with_name("golden.json")
MOST = 2  # examples of a name
LABELS = toy_labels().with_triples(toy_docs())
Result = Iterable[Tensor | Any]


def _pooler(part: Pooler) -> Result:
    part, _ = built(part, lambda p: p.build(STATES))
    batch = varied()
    yield part(toy_views(batch)["encoder"], *spans._ranges(batch, "piece"))


def _span_extractor(part: SpanExtractor) -> Result:
    part, _ = built(part, lambda p: p.build(toy_view_dims()))
    batch = varied()
    views = spans._read_views(part, batch, "piece", STATES)
    yield spans._flat(part(views, spans.toy_spans(batch)))


def _entity_head(part: EntityHead) -> Result:
    part, _ = built(part, lambda p: p.build(toy_view_dims(), LABELS))
    batch = toy_batch() if part.given_only else varied()
    output = part(toy_views(batch), batch)
    yield from (output.predicted, output.score)
    if not part.given_only:
        batch = toy_batch(spans._admitted(part))
        with seeded(1):
            terms = part.train()(toy_views(batch), batch).terms
        yield from (terms[name].logits for name in sorted(terms))


def _view_maker(part: ViewMaker) -> Result:
    pooled = STATES if part.pooled else None
    dims = sequence.EncoderDims(STATES, sequence.LAYERS, pooled)
    part, _ = built(part, lambda p: p.build(dims))
    batch = varied()
    views = part(sequence.toy_encoded(batch, pooled), batch)
    yield from (views[name].states[views[name].mask] for name in sorted(views))


def _sentence_context(part: SentenceContext) -> Result:
    before = {name: sequence.ViewDims(STATES) for name in toy_views(varied())}
    part, _ = built(part, lambda p: p.build(before))
    batch = varied()
    views = part(sequence._unsummarised(batch, "piece", STATES), batch)
    yield from (views[name].summary for name in sorted(views))


def _pair_context(part: PairContext) -> Result:
    part, _ = built(part, lambda p: p.build(toy_view_dims()))
    batch = varied()
    entities, found = pairs.toy_pairs(batch)
    yield part(toy_views(batch), entities.spans, found, batch)


def _pair_extractor(part: PairExtractor) -> Result:
    part, _ = built(part, lambda p: p.build(toy_view_dims(), pairs.SPANS, LABELS))
    batch = varied()
    entities, found = pairs.toy_pairs(batch)
    features = part(toy_views(batch), entities, found, batch)
    yield from (pairs._rows(features), features.types)


def _relation_head(part: RelationHead) -> Result:
    part, _ = built(part, lambda p: p.build(pairs.PairDims(pairs.SIDE), pairs.CLASSES))
    output = part(pairs.toy_pair_features(pairs.PAIRS, pairs.PairDims(pairs.SIDE)), pairs.PAIRS)
    yield from (output.probs, output.holds)


def _rereader(part: Rereader) -> Result:
    encoder, dims = rereaders._toy_encoder(part.inner_layers)
    widths = dict.fromkeys(rereaders.VIEWS, rereaders.ViewDims(dims.hidden, dims.hidden))
    part, _ = built(part, lambda p: p.build(encoder, dims, widths, LABELS))
    yield from rereaders._by_doc(rereaders._views(part, encoder, varied()))


def _encoder(part: Encoder) -> Result:
    with seeded():
        part.build(Source())
    batch = varied()
    yield part.eval()(batch).layers[-1][batch.mask]


def _span_sampler(part: SpanSampler) -> Result:
    for training in (False, True):
        found = part.sample(toy_batch() if training else varied(), training)
        yield from (found.doc, found.words)


def _pair_sampler(part: PairSampler) -> Result:
    for training in (False, True):
        batch = toy_batch() if training else varied()
        found = part.sample(toy_entities(batch, pairs.SPANS), batch, training)
        yield from (found.doc, found.head, found.tail, found.label)


def _decoder(part: Decoder) -> Result:
    part.build(LABELS)
    found = part(toy_prediction())
    yield from (found.entity_score, found.score, found.head, found.tail)


def _loss(part: Loss) -> Result:
    maker = torch.Generator().manual_seed(5)
    logits = torch.randn(9, 4, generator=maker)
    classes = torch.arange(9) % 4
    hot = torch.nn.functional.one_hot(classes, 4).float()
    yield part(logits, classes if part.takes == "classes" else hot, torch.arange(9) // 4)


def _schedule(part: Schedule) -> Result:
    yield torch.tensor([part(Progress(step, 40, step / 8)) for step in range(41)], dtype=torch.float64)


def _optimizer(part: OptimizerSpec) -> Result:
    with seeded():
        model = optimization.ToyNetwork()
    optimization._steps(model, part.create(model), 3)
    yield from model.parameters()


def _objective(part: Objective) -> Result:
    with TemporaryDirectory() as folder:
        name = str(tiny_encoder_folder(folder))
        tokenizer = HFTokenizer(name)
        tokenizer.build(Source())
        model = objectives._model(name)
        with seeded():
            model.build(Source(tokenizer=tokenizer), Labels(LABELS.entities, ("pair",)))
            part.build(model)
    encodings = tokenizer.encode(toy_docs())
    table = Replacements.of([(encoding.ids[1],) for encoding in encodings])
    material = Material(LABELS.entities, tokenizer.mask_id or 0, tokenizer.pad_id, table)
    found = [e for encoding in encodings for e in part.examples(encoding, material, np.random.default_rng(3))]
    batch = part.collate(found, tokenizer.pad_id)
    yield from (batch.places, batch.targets, part.eval()(model.eval(), batch).loss)


def _model(part: Model) -> Result:
    made, tokenizer = built_model(part)
    batch = toy_batch([toy_docs()[number] for number in (1, 2, 3, 8)], tokenizer=tokenizer)
    with seeded(1):
        yield loss_of(without_dropout(made), batch)


def _metric(part: Metric) -> Result:
    part.reset()
    for doc in toy_docs():
        part.update(
            doc, Doc(doc.words, doc.entities[:2], doc.relations[:1] if len(doc.entities) == 2 else [])
        )
    yield {name: round(score, 6) for name, score in part.compute().items()}


def _breakdown(part: Breakdown) -> Result:
    yield [[name, len(gold.relations)] for doc in toy_docs() for name, gold, _ in part.parts(doc, doc)]


def _splitter(part: Splitter) -> Result:
    yield [[list(part.words(text)), list(part.sentences(text))] for text in SPLIT]


def _segmenter(part: Segmenter) -> Result:
    docs = [
        Doc(doc.words, sentences=[(0, 1), (1, len(doc.words))]) for doc in toy_docs() if len(doc.words) > 1
    ]
    yield [[list(extent) for extent in part.extents(doc)] for doc in docs]


def _tokenizer(part: Tokenizer) -> Result:
    part.build(Source())
    yield [list(encoding.ids) for encoding in part.encode(toy_docs())]


def _reader(part: Reader) -> Result:
    yield [[doc.words, [[*list(e.extent), e.label] for e in doc.entities], _relations(doc)] for doc in part]


def _writer(part: Writer) -> Result:
    yield [
        [doc.words, [list(e.extent) for e in doc.entities], _relations(doc)]
        for doc in part.fit(toy_docs(), Report())
    ]


def _relations(doc: Doc) -> list[list[Any]]:
    return [[relation.head, relation.tail, relation.label] for relation in doc.relations]


def _renderer(part: Renderer) -> Result:
    file = StringIO()
    part.render(toy_docs(), file, LABELS)
    yield file.getvalue()


def _panel(part: Panel) -> Result:
    yield part.html(toy_docs(), LABELS)


def _tagger(part: Tagger) -> Result:
    docs = [taggers.doc_from_text(text, []) for text in taggers.TEXTS]
    yield [[[*list(e.extent), e.label] for e in doc.entities] for doc in part.tag(docs) if doc is not None]


RESULTS: dict[type, Callable[[Any], Result]] = {
    Breakdown: _breakdown,
    Decoder: _decoder,
    Encoder: _encoder,
    EntityHead: _entity_head,
    Loss: _loss,
    Metric: _metric,
    Model: _model,
    Objective: _objective,
    OptimizerSpec: _optimizer,
    PairContext: _pair_context,
    PairExtractor: _pair_extractor,
    PairSampler: _pair_sampler,
    Panel: _panel,
    Pooler: _pooler,
    Reader: _reader,
    RelationHead: _relation_head,
    Renderer: _renderer,
    Rereader: _rereader,
    Schedule: _schedule,
    Segmenter: _segmenter,
    SentenceContext: _sentence_context,
    SpanExtractor: _span_extractor,
    SpanSampler: _span_sampler,
    Splitter: _splitter,
    Tagger: _tagger,
    Tokenizer: _tokenizer,
    ViewMaker: _view_maker,
    Writer: _writer,
}


UNRECORDED = ("engines", "loggers")
"""Registries without results: a log has times in it, and what a task gives does not depend on the engine."""


def recorded(component: Any) -> list[Any]:
    """Return the results of a component as they are recorded: numbers of tensors, hashes of everything else."""
    kind = next(kind for kind in RESULTS if isinstance(component, kind))
    return [_facts(value) for value in RESULTS[kind](deepcopy(component))]


def _facts(value: Any) -> Any:
    if not isinstance(value, Tensor):
        return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
    flat = value.detach().double().flatten()
    weights = torch.sin(torch.arange(1.0, len(flat) + 1, dtype=torch.float64))
    spread = flat.std(correction=0) if len(flat) else torch.zeros(())
    numbers = (flat.sum() / max(len(flat), 1), spread, (flat * weights).sum() / max(len(flat), 1) ** 0.5)
    return [len(flat), *(round(float(number), 5) for number in numbers)]


def examples(folder: Path) -> Iterator[tuple[str, str, list[Any]]]:
    """Yield the registry, the name and the objects to record of every name of jointre."""
    from contract_examples import Examples

    made = Examples(folder, {"bert": tiny_encoder_folder(folder / "encoder")})
    for part in registry.all():
        for name in part.names():
            if part.package(name) == "jointre":
                found = [] if part.name in UNRECORDED else made.make(part.name, name)[:MOST]
                yield part.name, name, found


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    with TemporaryDirectory() as temporary:
        found = {
            f"{part}: {name}": [recorded(component) for component in components]
            for part, name, components in examples(Path(temporary))
        }
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in found.items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf8")
