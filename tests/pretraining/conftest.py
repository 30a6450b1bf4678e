"""Shards of made-up sentences of one pattern, and ENPAR in small over the tiny encoder."""

import gzip
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from jointre.config import Config, load_config
from jointre.data.doc import Doc, Entity
from jointre.data.write import to_line

PEOPLE, FIRMS, TOWNS = ("a b", "c"), ("d e", "f"), ("g", "h i")
SMALL = {
    "model.entity_head.extractor.pooler.filters": 16,
    "model.entity_head.extractor.pooler.hidden": 24,
    "model.pair_extractor.context.pooler.filters": 16,
    "model.pair_extractor.context.pooler.hidden": 16,
    "model.relation_head.hidden": 32,
    "system.device": "cpu",
    "pretraining.workers": 0,
    "pretraining.accumulate": 1,
    "pretraining.batch_size": 4,
    "pretraining.steps": 8,
    "pretraining.eval_every": 4,
    "pretraining.eval_documents": 12,
    "pretraining.checkpoint_every": 4,
    "pretraining.save_every": 1e-9,
    "pretraining.buffer": 12,
    "pretraining.optimizer.lr": 5e-3,
}


def made_up(number: int) -> Doc:
    """``the PERSON works for FIRM of TOWN .``, a firm in a town of its own."""
    chance = random.Random(number)
    person, which = chance.choice(PEOPLE), chance.randrange(2)
    words, entities = ["the"], []
    for label, name, after in (
        ("Person", person, "works for"),
        ("Firm", FIRMS[which], "of"),
        ("Town", TOWNS[which], "and new"),
    ):
        entities.append(Entity(len(words), len(words) + len(name.split()), label))
        words += [*name.split(), *after.split()]
    return Doc(words, entities, id=f"made-up-{number}")


def write_shard(path: Path, docs: Iterable[Doc]) -> Path:
    """A packed shard."""
    with gzip.open(path, "wt", encoding="utf8") as file:
        file.writelines(f"{to_line(doc)}\n" for doc in docs)
    return path


@pytest.fixture(scope="session")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three shards of 20 sentences and one of 40, the last."""
    folder = tmp_path_factory.mktemp("shards")
    for number, size in enumerate((20, 20, 20, 40)):
        docs = (made_up(100 * number + row) for row in range(size))
        write_shard(folder / f"shard-{number:05}.jsonl.gz", docs)
    return folder


@pytest.fixture(scope="session")
def small(encoder_folder: Path, shards: Path) -> Callable[..., Config]:
    """8 updates over the shards; keywords are further overrides with ``__`` for a dot."""

    def make(*overlays: str, **overrides: Any) -> Config:
        given = {**SMALL, "model.encoder.name": str(encoder_folder), "paths.train": str(shards)}
        given.update({key.replace("__", "."): value for key, value in overrides.items()})
        return load_config("enpar/pretrain", overlays, given)

    return make
