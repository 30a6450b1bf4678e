"""Loss and gradients of jointre's SpERT against the oracle, on the same samples."""

from pathlib import Path

import pytest
import torch
from naive_spert import NaiveSpert, Samples, Sentence, training_loss
from published import ENTITIES, RELATIONS, naive_sentences, tiny, toy_docs, write_checkpoint

from jointre.config import resolve
from jointre.data.batch import Batch, collate
from jointre.data.doc import Doc
from jointre.importing import import_spert
from jointre.importing.spert_layout import Table, to_jointre
from jointre.models.joint import JointModel
from jointre.serialize import load_model


def samples_of(model: JointModel, batch: Batch, sentences: list[Sentence]) -> list[Samples]:
    """What jointre draws for a batch, with labels and targets found out anew from the documents."""
    model.train()
    entities = model.entity_head(model.look(batch), batch)
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


def label_of(doc: Doc, span: tuple[int, int]) -> int:
    labels = [1 + ENTITIES.index(e.label) for e in doc.entities if (e.start, e.end) == span]
    return labels[0] if labels else 0


def target_of(doc: Doc, head: tuple[int, int], tail: tuple[int, int]) -> list[float]:
    extents = [(e.start, e.end) for e in doc.entities]
    holding = {r.label for r in doc.relations if (extents[r.head], extents[r.tail]) == (head, tail)}
    return [float(label in holding) for label in RELATIONS]


def without_dropout(model: JointModel) -> JointModel:
    for part in model.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    return model


def gradients(naive: NaiveSpert) -> dict[str, torch.Tensor]:
    """The oracle's gradients under jointre's names; its pooler has none."""
    own = {name: p.grad for name, p in naive.named_parameters() if p.grad is not None}
    return to_jointre(own, Table.of(naive.state_dict()))


@pytest.mark.parametrize(
    ("seed", "lengths"), [(0, [6]), (1, [1, 9]), (2, [14, 3, 22]), (3, [5, 1, 8, 2, 30])]
)
def test_loss_and_all_gradients(tmp_path: Path, seed: int, lengths: list[int]):
    naive = tiny(seed)
    checkpoint = write_checkpoint(tmp_path / "checkpoint", naive)
    import_spert(checkpoint, tmp_path / "model", checkpoint / "types.json")
    model, tokenizer, config, _ = load_model(tmp_path / "model", torch.device("cpu"))
    docs = toy_docs(seed, lengths)
    seeds = [(seed, 0, row) for row in range(len(docs))]
    batch = collate(tokenizer.encode(docs), tokenizer.pad_id, model.labels, seeds)
    samples = samples_of(without_dropout(model), batch, naive_sentences(checkpoint, docs))
    assert any(label for sample in samples for _, label in sample.spans)

    terms = model(batch)
    losses = resolve(config, "training").losses
    loss = sum(losses[name](term.logits, term.targets, term.group) for name, term in terms.items())
    loss.backward()
    truth = training_loss(naive, samples)
    truth.backward()

    assert abs(loss.item() - truth.item()) < 2e-6
    expected = gradients(naive)
    mine = {name: p.grad for name, p in model.named_parameters()}
    assert mine.keys() == expected.keys()
    for name, grad in mine.items():
        torch.testing.assert_close(
            grad, expected[name], atol=3e-6, rtol=1e-4, msg=lambda m, n=name: f"{n}: {m}"
        )


def test_a_batch_without_pairs_has_the_span_loss_alone(tmp_path: Path):
    naive = tiny(5)
    checkpoint = write_checkpoint(tmp_path / "checkpoint", naive)
    import_spert(checkpoint, tmp_path / "model", checkpoint / "types.json")
    model, tokenizer, config, _ = load_model(tmp_path / "model", torch.device("cpu"))
    docs = [Doc(["Ann", "works", "."]), Doc(["Rome"])]
    batch = collate(tokenizer.encode(docs), tokenizer.pad_id, model.labels, [(0, 0, 0), (0, 0, 1)])
    samples = samples_of(without_dropout(model), batch, naive_sentences(checkpoint, docs))
    losses = resolve(config, "training").losses
    loss = sum(losses[name](t.logits, t.targets, t.group) for name, t in model(batch).items())
    assert not any(sample.pairs for sample in samples)
    assert abs(loss.item() - training_loss(naive, samples).item()) < 2e-6
