"""Losses by hand, and what the heads read."""

import numpy as np
import pytest
import torch

from jointre.data.labels import Labels
from jointre.objectives import AdversarialContext, MaskedEntityPrediction, MaskedEntityTyping, Permutation
from jointre.objectives import adversarial_context as contexts
from jointre.objectives.corrupt import Replacements
from jointre.objectives.examples import Material
from jointre.testing import toy_docs, toy_labels
from jointre.testing.overfit import built_model

OBJECTIVES = [MaskedEntityTyping(), MaskedEntityPrediction(), Permutation(), AdversarialContext()]
SCORES = torch.tensor([2.0, 1.5, 0.0, -1.0, 3.0])  # a sentence, two negatives; a sentence, one negative


@pytest.fixture(scope="module")
def built(spert):
    """SpERT over the tiny encoder, its tokenizer, and what examples are made with."""
    model, tokenizer = built_model(spert(), Labels(toy_labels().entities, ("pair",)))
    return (
        model,
        tokenizer,
        Material(model.labels.entities, tokenizer.mask_id, tokenizer.pad_id, Replacements()),
    )


def examples_of(objective, tokenizer, material, docs=None):
    encodings = tokenizer.encode(toy_docs() if docs is None else docs)
    made = [e for x in encodings for e in objective.examples(x, material, np.random.default_rng(x.key))]
    return made, objective.collate(made, material.pad_id)


@pytest.mark.parametrize(
    ("options", "loss"),
    [
        ({}, ((1 - 0.5) + 0 + (1 + 4)) / 3),
        ({"margin": 5.0}, ((5 - 0.5) + (5 - 2) + (5 + 4)) / 3),
        ({"margin": 5.0, "signed": False}, ((5 - 0.5) + (5 - 2) + (5 - 4)) / 3),
    ],
)
def test_the_hinge_by_hand(built, monkeypatch, options, loss):
    model, tokenizer, material = built
    objective = AdversarialContext(**options)
    objective.build(model)
    _, batch = examples_of(objective, tokenizer, material)
    targets, group = torch.tensor([1, 0, 0, 1, 0]), torch.tensor([0, 0, 0, 1, 1])
    batch = type(batch)(batch.batch, batch.places[:5], targets, group, 2)
    objective.scorer = torch.nn.Identity()
    monkeypatch.setattr(contexts, "pair_vectors", lambda model, batch, places: SCORES.unsqueeze(1))
    outcome = objective(model, batch)
    assert float(outcome.loss) == pytest.approx(loss) and outcome.items == 3 and int(outcome.correct) == 2


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda o: type(o).__name__)
def test_an_example_alone_and_among_others_is_the_same(built, objective):
    """The loss of a batch is the mean over all items of those of its examples, padded or not."""
    model, tokenizer, material = built
    torch.manual_seed(0)
    objective.build(model)
    objective.eval()
    made, batch = examples_of(objective, tokenizer, material)
    with torch.no_grad():
        alone = [objective(model, objective.collate([example], material.pad_id)) for example in made]
        together = objective(model, batch)
    items = sum(each.items for each in alone)
    mean = sum(float(each.loss) * each.items for each in alone) / items
    assert together.items == items and float(together.loss) == pytest.approx(mean, rel=1e-4)
    assert int(together.correct) == sum(int(each.correct) for each in alone)


def test_prediction_scores_by_the_word_embeddings_of_the_encoder(built):
    """They get gradients both ways, and are no parameters of the objective."""
    model, tokenizer, material = built
    objective = MaskedEntityPrediction()
    objective.build(model)
    names = {name for name, _ in objective.named_parameters()}
    layer = {"transform.dense.weight", "transform.dense.bias"}
    assert names == {"bias", *layer, "transform.LayerNorm.weight", "transform.LayerNorm.bias"}
    _, batch = examples_of(objective, tokenizer, material)
    model.zero_grad()
    objective(model, batch).loss.backward()
    grad = model.encoder.word_embeddings().grad
    unread = set(range(len(grad))) - set(batch.batch.ids.flatten().tolist())
    assert unread and all(bool(grad[piece].any()) for piece in list(unread)[:5])
    model.zero_grad()
