"""Loss and gradients of jointre's SINET against the oracle, on the same samples."""

from pathlib import Path

import pytest
import torch
from compare import assert_same_gradients, samples_of, training_loss_of, without_dropout
from naive_spert import training_loss
from published import naive_sentences, toy_docs, write_checkpoint
from published_sinet import tiny_sinet

from jointre.data.batch import collate
from jointre.importing import import_sinet
from jointre.importing.layouts import SINET
from jointre.serialize import load_model


@pytest.mark.parametrize(("seed", "lengths"), [(0, [6]), (1, [1, 9]), (2, [14, 3, 12])])
def test_loss_and_all_gradients(tmp_path: Path, seed: int, lengths: list[int]):
    naive = tiny_sinet(seed)
    checkpoint = write_checkpoint(tmp_path / "checkpoint", naive)
    import_sinet(checkpoint, tmp_path / "model", checkpoint / "types.json")
    model, tokenizer, config, _ = load_model(tmp_path / "model", torch.device("cpu"))
    docs = toy_docs(seed, lengths)
    seeds = [(seed, 0, row) for row in range(len(docs))]
    batch = collate(tokenizer.encode(docs), tokenizer.pad_id, model.labels, seeds)
    samples = samples_of(without_dropout(model), batch, naive_sentences(checkpoint, docs))
    assert any(label for sample in samples for _, label in sample.spans)
    assert any(sample.pairs for sample in samples)

    loss = training_loss_of(model, config, batch)
    loss.backward()
    truth = training_loss(naive, samples)
    truth.backward()

    assert abs(loss.item() - truth.item()) < 2e-6
    assert_same_gradients(model, SINET, naive)
