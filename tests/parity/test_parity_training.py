"""Loss and gradients of jointre's SpERT against the oracle, on the same samples."""

from pathlib import Path

import pytest
import torch
from compare import assert_same_step, samples_of, training_loss_of, without_dropout
from naive_spert import training_loss
from published import naive_sentences, tiny, write_checkpoint

from jointre.data.batch import collate
from jointre.data.doc import Doc
from jointre.importing import import_spert
from jointre.importing.layouts import SPERT
from jointre.serialize import load_model


@pytest.mark.parametrize(
    ("seed", "lengths"), [(0, [6]), (1, [1, 9]), (2, [14, 3, 22]), (3, [5, 1, 8, 2, 30])]
)
def test_loss_and_all_gradients(tmp_path: Path, seed: int, lengths: list[int]):
    assert_same_step(tmp_path, tiny(seed), import_spert, SPERT, seed, lengths)


def test_a_batch_without_pairs_has_the_span_loss_alone(tmp_path: Path):
    naive = tiny(5)
    checkpoint = write_checkpoint(tmp_path / "checkpoint", naive)
    import_spert(checkpoint, tmp_path / "model", checkpoint / "types.json")
    model, tokenizer, config, _ = load_model(tmp_path / "model", torch.device("cpu"))
    docs = [Doc(["Ann", "works", "."]), Doc(["Rome"])]
    batch = collate(tokenizer.encode(docs), tokenizer.pad_id, model.labels, [(0, 0, 0), (0, 0, 1)])
    samples = samples_of(without_dropout(model), batch, naive_sentences(checkpoint, docs))
    loss = training_loss_of(model, config, batch)
    assert not any(sample.pairs for sample in samples)
    assert abs(loss.item() - training_loss(naive, samples).item()) < 2e-6
