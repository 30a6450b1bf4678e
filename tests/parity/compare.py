"""jointre's models beside their oracles: scores, whole predictions, and training samples, on the same documents."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from naive_spert import NaiveSpert, Range, Samples, Sentence, all_spans, predict, training_loss
from published import (
    ENTITIES,
    RELATIONS,
    assert_same,
    found_in,
    naive_sentences,
    toy_docs,
    write_checkpoint,
)
from torch import Tensor

from jointre.config import Config, load_config, resolve
from jointre.data.batch import Batch, collate
from jointre.data.doc import Doc
from jointre.data.labels import load_types
from jointre.data.stages import EntityOutput
from jointre.encoders.base import Source
from jointre.importing.layout import Layout, Table, flat, to_jointre
from jointre.models.joint import JointModel
from jointre.pipeline import load
from jointre.serialize import load_model


def under_jointre_names(layout: Layout, naive: NaiveSpert, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The oracle's tensors, or their gradients, as jointre has them; its pooler has no counterpart."""
    used = {name: tensor for name, tensor in tensors.items() if ".pooler." not in name}
    return to_jointre(layout, flat(layout, used), Table.of(naive.state_dict()))


def jointre_model(
    folder: Path, naive: NaiveSpert, layout: Layout, overlays: Sequence[str] = (), **overrides: Any
) -> JointModel:
    """The built-in config with overlays, holding the oracle's parameters; ``overrides`` with __ for a dot."""
    table = Table.of(naive.state_dict())
    sizes = {"width_dim": table.dim, "width_rows": table.rows}
    values = {f"model.entity_head.extractor.{key}": value for key, value in sizes.items()}
    values |= {key.replace("__", "."): value for key, value in overrides.items()}
    encoder = {"model.encoder.name": str(folder), "tokenizer.lowercase": False}
    config = load_config(layout.base, list(overlays), {**encoder, **values})
    model: JointModel = resolve(config, "model")
    model.build(Source(weights=False), load_types(folder / "types.json"))
    model.load_state_dict(under_jointre_names(layout, naive, naive.state_dict()), strict=True)
    model.tokenizer = resolve(config, "tokenizer")
    model.tokenizer.build(Source())
    return model.eval()


@dataclass(frozen=True)
class Scores:
    """Of all candidates of a batch, and of all pairs of those of up to three words.

    Args:
        spans, pairs: (document, words) and (document, head words, tail words) of each row.
        entity: [N, E] logits; entity_full: the same, from the whole features at once.
        relation: [P, K] probabilities.
    """

    spans: list[tuple[int, Range]]
    pairs: list[tuple[int, Range, Range]]
    entity: Tensor
    entity_full: Tensor
    relation: Tensor


@torch.inference_mode()
def scores(model: JointModel, docs: Sequence[Doc]) -> Scores:
    """What jointre computes for the documents as one batch."""
    batch = collate(model.tokenizer.encode(docs), model.tokenizer.pad_id)
    views = model.make_views(batch)
    entities = model.entity_head(views, batch)
    features = entities.features[torch.arange(len(entities.spans))]
    pairs = model.pair_sampler.sample(all_kept(entities), batch, training=False)
    relation = model.relation_head(model.pair_extractor(views, entities, pairs, batch), len(pairs)).probs
    words = [(start, end) for start, end in entities.spans.words.tolist()]
    rows = zip(pairs.doc.tolist(), pairs.head.tolist(), pairs.tail.tolist(), strict=True)
    return Scores(
        list(zip(entities.spans.doc.tolist(), words, strict=True)),
        [(doc, words[head], words[tail]) for doc, head, tail in rows],
        model.entity_head._split(features),
        model.entity_head.classifier(features.concatenated()),
        relation,
    )


def all_kept(entities: EntityOutput) -> EntityOutput:
    """As if a type had been found for each span of up to three words: many pairs, whatever the head says."""
    short = entities.spans.words[:, 1] - entities.spans.words[:, 0] <= 3
    return EntityOutput(entities.spans, entities.features, short.long(), entities.score)


@torch.inference_mode()
def assert_same_scores(
    mine: Scores,
    naive: NaiveSpert,
    sentences: Sequence[Sentence],
    tolerance: float,
    states: Sequence[Any] | None = None,
) -> None:
    """Entity logits and probabilities, and relation probabilities, are the oracle's; ``states`` if not its own."""
    states = states or [naive.states(sentence) for sentence in sentences]
    expected = torch.stack([naive.entity_logits(states[d], sentences[d], span) for d, span in mine.spans])
    for logits in (mine.entity, mine.entity_full):
        torch.testing.assert_close(logits, expected, atol=10 * tolerance, rtol=1e-5)
        assert (logits.softmax(1) - expected.softmax(1)).abs().max() < tolerance
    if not mine.pairs:
        return
    relation = [naive.relation_logits(states[d], sentences[d], *pair) for d, *pair in mine.pairs]
    assert (mine.relation - torch.sigmoid(torch.stack(relation))).abs().max() < tolerance


def assert_all_candidates(mine: Scores, docs: Sequence[Doc], width: int) -> None:
    """The candidates are those of the definition, in its order."""
    assert mine.spans == [
        (d, span) for d, doc in enumerate(docs) for span in all_spans(len(doc.words), width)
    ]


def assert_same_predictions(
    model: Path, checkpoint: Path, naive: NaiveSpert, docs: Sequence[Doc], width: int, threshold: float
) -> int:
    """The model folder finds what the oracle finds; returns the number of relations."""
    predicted = list(load(model, "cpu").predictor(batch_pieces=60)(docs))
    sentences = naive_sentences(checkpoint, docs)
    truths = [predict(naive, sentence, width, threshold) for sentence in sentences]
    for doc, truth in zip(predicted, truths, strict=True):
        assert_same(found_in(doc), truth)
    return sum(len(truth.relations) for truth in truths)


def samples_of(model: JointModel, batch: Batch, sentences: list[Sentence]) -> list[Samples]:
    """What jointre draws for a batch, with labels and targets found out again from the documents."""
    model.train()
    entities = model.entity_head(model.make_views(batch), batch)
    drawn = model.pair_sampler.sample(entities, batch, training=True)
    spans = entities.spans
    samples = []
    for row, doc in enumerate(batch.docs):
        own = [tuple(s) for s, d in zip(spans.words.tolist(), spans.doc.tolist(), strict=True) if d == row]
        rows = [p for p, d in enumerate(drawn.doc.tolist()) if d == row]
        pairs = [tuple(tuple(spans.words[i].tolist()) for i in (drawn.head[p], drawn.tail[p])) for p in rows]
        labelled = [(span, label_of(doc, span)) for span in own]
        targets = [(head, tail, target_of(doc, head, tail)) for head, tail in pairs]
        samples.append(Samples(sentences[row], labelled, targets))
    return samples


def label_of(doc: Doc, span: Range) -> int:
    labels = [1 + ENTITIES.index(e.label) for e in doc.entities if (e.start, e.end) == span]
    return labels[0] if labels else 0


def target_of(doc: Doc, head: Range, tail: Range) -> list[float]:
    extents = [(e.start, e.end) for e in doc.entities]
    holding = {r.label for r in doc.relations if (extents[r.head], extents[r.tail]) == (head, tail)}
    return [float(label in holding) for label in RELATIONS]


def without_dropout(model: JointModel) -> JointModel:
    for part in model.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    return model


def training_loss_of(model: JointModel, config: Config, batch: Batch) -> Tensor:
    """The loss that jointre trains on."""
    losses = resolve(config, "training").losses
    terms = model(batch).items()
    return sum((losses[name](t.logits, t.targets, t.group) for name, t in terms), start=torch.zeros(()))


def assert_same_gradients(model: JointModel, layout: Layout, naive: NaiveSpert) -> None:
    """Every parameter has the oracle's gradient, and none that the oracle has not."""
    own = {name: p.grad for name, p in naive.named_parameters() if p.grad is not None}
    expected = under_jointre_names(layout, naive, own)
    mine = {name: p.grad for name, p in model.named_parameters()}
    assert mine.keys() == expected.keys()
    for name, grad in mine.items():
        torch.testing.assert_close(
            grad, expected[name], atol=3e-6, rtol=1e-4, msg=lambda m, n=name: f"{n}: {m}"
        )


def assert_same_step(
    tmp_path: Path,
    naive: NaiveSpert,
    bring: Callable[..., Any],
    layout: Layout,
    seed: int,
    lengths: list[int],
) -> list[Samples]:
    """Loss and all gradients of one step on toy documents, after an import; returns the samples that were drawn."""
    checkpoint = write_checkpoint(tmp_path / "checkpoint", naive)
    bring(checkpoint, tmp_path / "model", checkpoint / "types.json")
    model, tokenizer, config, _ = load_model(tmp_path / "model", torch.device("cpu"))
    docs = toy_docs(seed, lengths)
    seeds = [(seed, 0, row) for row in range(len(docs))]
    batch = collate(tokenizer.encode(docs), tokenizer.pad_id, model.labels, seeds)
    samples = samples_of(without_dropout(model), batch, naive_sentences(checkpoint, docs))
    assert any(label for sample in samples for _, label in sample.spans)

    loss = training_loss_of(model, config, batch)
    loss.backward()
    truth = training_loss(naive, samples)
    truth.backward()

    assert abs(loss.item() - truth.item()) < 2e-6
    assert_same_gradients(model, layout, naive)
    return samples
