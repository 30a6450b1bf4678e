"""Each objective learns what it asks for, and nothing where the answers are shuffled."""

from dataclasses import replace

import pytest
import torch
from pretraining_toys import made_up, write_shard

from jointre.pretraining.evaluate import measure
from jointre.pretraining.setup import PretrainingSetup
from jointre.testing import tiny_encoder_folder

UPDATES = 110
ABOVE = {"typing": 0.5, "prediction": 0.4, "contexts": 0.3, "permutation": 0.12}


@pytest.fixture(scope="module")
def config(small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("more")
    for number, size in enumerate((100, 100, 60)):
        docs = (made_up(1000 * number + row) for row in range(size))
        write_shard(folder / f"shard-{number:05}.jsonl.gz", docs)
    options = {"batch_size": 8, "steps": UPDATES, "eval_documents": 60}
    encoder = tiny_encoder_folder(folder / "encoder", std=0.1)
    return small(
        **{f"pretraining__{key}": value for key, value in options.items()},
        paths__train=str(folder),
        model__encoder__name=str(encoder),
    )


def shuffled(collate):
    """The examples with the targets of a batch shuffled; for contexts within a sentence and its negatives."""
    maker = torch.Generator().manual_seed(0)

    def dealt(examples, pad_id):
        batch = collate(examples, pad_id)
        chance = torch.rand(len(batch), generator=maker, dtype=torch.float64)
        if batch.places.shape[1] == 5 and int(batch.targets.max()) == 1:
            order = (batch.group + chance).argsort()
        else:
            order = chance.argsort()
        return replace(batch, targets=batch.targets[order])

    return dealt


def accuracies(config, deal=lambda collate: collate):
    setup = PretrainingSetup(config)
    setup.build()
    for objective in setup.updater.stream.maker.objectives.values():
        objective.collate = deal(objective.collate)
    batches = setup.updater.batches()
    for _ in range(UPDATES):
        setup.updater.update(batches)
    return measure(setup.updater, setup.held_out_batches)


@pytest.mark.slow
def test_every_objective_rises_well_above_chance(config):
    found = accuracies(config)
    assert found.keys() == ABOVE.keys()
    for name, each in found.items():
        assert each.accuracy > each.chance + ABOVE[name], f"{name}: {each}"


@pytest.mark.slow
def test_no_objective_learns_from_shuffled_answers(config):
    for name, each in accuracies(config, shuffled).items():
        assert each.accuracy < each.chance + 0.1, f"{name}: {each}"
