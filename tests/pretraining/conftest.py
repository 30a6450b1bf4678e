"""Shards of made-up sentences, and ENPAR in small over the tiny encoder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pretraining_toys import made_up, write_shard

from jointre.config import Config, load_config

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
    "pretraining.objectives.contexts.share": 1.0,
    "pretraining.objectives.permutation.share": 1.0,
    "pretraining.optimizer.lr": 5e-3,
}


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
