"""Span logits and relation probabilities of jointre's SpERT against the oracle, also for its ablations."""

from pathlib import Path

import pytest
import torch
from naive_spert import NaiveSpert, all_spans
from published import naive_sentences, tiny, toy_docs, write_checkpoint

from jointre.config import load_config, resolve
from jointre.data.batch import Batch, collate
from jointre.data.labels import load_types
from jointre.data.views import EntityOutput
from jointre.encoders.base import Source
from jointre.importing.spert_layout import Table, to_jointre
from jointre.models.joint import JointModel

LENGTHS = {1: [7], 2: [1, 26], 3: [4, 12, 2], 4: [3, 3, 18, 1], 5: [2, 40, 1, 9, 5]}
ABLATIONS = [
    ("max", "local", []),
    ("sum", "local", ["ablations/spert/pooling_sum"]),
    ("mean", "local", ["ablations/spert/pooling_mean"]),
    ("max", "cls", ["ablations/spert/context_cls"]),
]

# Sums and means are differences of prefix sums in fp32, which round otherwise than the sum of the span's rows.
TOLERANCE = {"max": 1e-6, "sum": 5e-6, "mean": 5e-6}


def jointre_model(folder: Path, naive: NaiveSpert, overlays: list[str]) -> JointModel:
    """The shipped config with overlays, holding the oracle's parameters."""
    table = Table.of(naive.state_dict())
    sizes = {"width_dim": table.dim, "width_rows": table.rows}
    overrides = {f"model.entity_head.extractor.{key}": value for key, value in sizes.items()}
    config = load_config(
        "spert/conll04",
        overlays,
        {"model.encoder.name": str(folder), "tokenizer.lowercase": False, **overrides},
    )
    model: JointModel = resolve(config, "model")
    model.build(Source(weights=False), load_types(folder / "types.json"))
    state = {name: value for name, value in naive.state_dict().items() if ".pooler." not in name}
    model.load_state_dict(to_jointre(state, table), strict=True)
    model.tokenizer = resolve(config, "tokenizer")
    model.tokenizer.build(Source())
    return model.eval()


def all_kept(entities: EntityOutput) -> EntityOutput:
    """As if a type had been found for each span of up to three words: many pairs, whatever the head says."""
    short = entities.spans.words[:, 1] - entities.spans.words[:, 0] <= 3
    return EntityOutput(entities.spans, entities.features, short.long(), entities.score)


@pytest.mark.parametrize(("pooling", "context", "overlays"), ABLATIONS, ids=lambda value: str(value))
@pytest.mark.parametrize("size", LENGTHS)
def test_span_logits_and_relation_probabilities(
    tmp_path: Path, size: int, pooling: str, context: str, overlays: list[str]
):
    naive = tiny(size, pooling=pooling, context=context)
    folder = write_checkpoint(tmp_path, naive)
    docs = toy_docs(size, LENGTHS[size])
    sentences = naive_sentences(folder, docs)
    model = jointre_model(folder, naive, overlays)
    batch: Batch = collate(model.tokenizer.encode(docs), model.tokenizer.pad_id)
    with torch.inference_mode():
        views = model.look(batch)
        entities = model.entity_head(views, batch)
        features = entities.features[torch.arange(len(entities.spans))]
        logits = model.entity_head._split(features)
        full = model.entity_head.classifier(features.concatenated())
        pairs = model.pair_sampler.sample(all_kept(entities), batch, training=False)
        probs = model.relation_head(model.pair_extractor(views, entities, pairs, batch), len(pairs)).probs
        states = [naive.states(sentence) for sentence in sentences]
        words = [tuple(span) for span in entities.spans.words.tolist()]
        rows = list(zip(entities.spans.doc.tolist(), words, strict=True))
        assert rows == [(d, span) for d, doc in enumerate(docs) for span in all_spans(len(doc.words), 10)]
        expected = torch.stack([naive.entity_logits(states[d], sentences[d], span) for d, span in rows])
        heads, tails = pairs.head.tolist(), pairs.tail.tolist()
        relation = [
            naive.relation_logits(states[d], sentences[d], words[h], words[t])
            for d, h, t in zip(pairs.doc.tolist(), heads, tails, strict=True)
        ]
        truth = torch.sigmoid(torch.stack(relation)) if relation else probs[:0]
    for mine in (logits, full):
        torch.testing.assert_close(mine, expected, atol=10 * TOLERANCE[pooling], rtol=1e-5)
        assert (mine.softmax(1) - expected.softmax(1)).abs().max() < TOLERANCE[pooling]
    assert len(pairs) == 0 or (probs - truth).abs().max() < TOLERANCE[pooling]
