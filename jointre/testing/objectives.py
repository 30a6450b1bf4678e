"""The contract of pre-training objectives."""

from copy import deepcopy
from dataclasses import replace
from tempfile import TemporaryDirectory

import numpy as np

from jointre.context_encoders.cls import ClsContext
from jointre.context_encoders.localized import FullContext
from jointre.data.encoding import Encoding
from jointre.data.labels import Labels
from jointre.encoders.base import Source
from jointre.encoders.hf import HFEncoder
from jointre.entity_heads.span_classifier import SpanClassifier
from jointre.models.joint import JointModel
from jointre.objectives.base import Example, ExampleBatch, Material, Objective
from jointre.objectives.corrupt import Replacements
from jointre.pair_extractors.span_pairs import SpanPairs
from jointre.poolers.reduce import MaxPooler
from jointre.relation_heads.linear import LinearRelationHead
from jointre.samplers.pairs import EntityPairs
from jointre.samplers.spans import AllSpans
from jointre.span_extractors.pooled import PooledSpanExtractor
from jointre.testing.asserts import expect, expect_shape, named, seeded, without_dropout
from jointre.testing.encoder import tiny_encoder_folder
from jointre.testing.toy import toy_docs, toy_labels
from jointre.tokenizers.hf import HFTokenizer
from jointre.views.identity import IdentityViews

SEEDS = 20


def check_objective(objective: Objective) -> None:
    """Check that examples repeat and stay within their sequences, that the loss has gradients, and that it is zero for
    none.
    """
    what = named(objective)
    with TemporaryDirectory() as folder:
        name = str(tiny_encoder_folder(folder))
        tokenizer = HFTokenizer(name)
        tokenizer.build(Source())
        model = _model(name)
        model.build(Source(tokenizer=tokenizer), Labels(toy_labels().entities, ("pair",)))
    part = deepcopy(objective)
    with seeded():
        part.build(model)
    encodings = tokenizer.encode(toy_docs())
    assert tokenizer.mask_id is not None
    table = Replacements.of([(e.ids[1],) for e in encodings])
    material = Material(model.labels.entities, tokenizer.mask_id, tokenizer.pad_id, table)
    examples = _check_examples(part, encodings, material)
    _check_outcome(part, model, part.collate(examples, tokenizer.pad_id), what)


def _model(encoder: str) -> JointModel:
    extractor = PooledSpanExtractor(MaxPooler())
    context = FullContext(MaxPooler())
    return JointModel(
        HFEncoder(encoder),
        IdentityViews(),
        SpanClassifier(AllSpans(), extractor),
        EntityPairs(),
        SpanPairs(context),
        LinearRelationHead(),
        ClsContext(),
    )


def _check_examples(part: Objective, encodings: list[Encoding], material: Material) -> list[Example]:
    what, found = named(part), []
    for encoding in encodings:
        before = list(encoding.ids)
        for seed in range(SEEDS):
            one, again = (part.examples(encoding, material, np.random.default_rng(seed)) for _ in range(2))
            same = [_plain(example) for example in one] == [_plain(example) for example in again]
            expect(same, f"{what} returns other examples for the same document and generator")
            found += one
        expect(list(encoding.ids) == before, f"{what} changes the document")
        if not encoding.doc.entities:
            expect(not one, f"{what} makes examples of a document without entities")
    expect(found, f"{what} makes no examples of {len(encodings)} toy documents")
    for example in found:
        rows = example.places[:, 0]
        inside = (rows >= 0).all() and (rows < len(example.encodings)).all()
        expect(inside and len(rows) == len(example.targets), f"{what}: a place is not in its sequences")
    return found


def _plain(example: Example) -> tuple[list[list[int]], list[list[int]], list[int]]:
    sequences = [list(encoding.ids) for encoding in example.encodings]
    return sequences, example.places.tolist(), example.targets.tolist()


def _check_outcome(part: Objective, model: JointModel, examples: ExampleBatch, what: str) -> None:
    part, model = without_dropout(part), without_dropout(model)
    outcome = part(model, examples)
    expect_shape(outcome.loss, (), f"{what}: loss")
    expect(outcome.loss.dtype.itemsize == 4, f"{what}: the loss is {outcome.loss.dtype}, not fp32")
    expect(
        0 <= int(outcome.correct) <= outcome.items, f"{what}: more answers are correct than there are items"
    )
    expect(0 < part.chance(examples.targets) < 1, f"{what}: chance is not between 0 and 1")
    outcome.loss.backward()
    for name, parameter in part.named_parameters():
        expect(parameter.grad is not None, f"{what}: no gradient reaches {name}")
    reached = any(p.grad is not None and bool(p.grad.any()) for p in model.encoder.parameters())
    expect(reached, f"{what}: no gradient reaches the encoder")
    rows = {name: getattr(examples, name)[:0] for name in ("places", "targets", "group")}
    none = part(model, replace(examples, **rows, n_examples=0))
    expect(float(none.loss.detach()) == 0 and none.items == 0, f"{what} without items is not zero")
    expect(none.loss.requires_grad, f"{what} without items is cut off from the graph")
