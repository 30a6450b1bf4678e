"""Short trainings of a tiny model on toy documents."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jointre.config import Config, load_config
from jointre.data.write import to_line
from jointre.testing import toy_docs


@pytest.fixture(scope="session")
def toy_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Toy documents as a JSONL file."""
    file = tmp_path_factory.mktemp("corpus") / "toy.jsonl"
    lines = [to_line(doc) for doc in toy_docs(12)]
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf8")
    return file


@pytest.fixture
def config(encoder_folder: Path, toy_corpus: Path) -> Callable[..., Config]:
    """SpERT over the tiny encoder and the toy corpus; keywords are further overrides with ``__`` for a dot."""

    def make(**overrides: Any) -> Config:
        given = {
            "model.encoder.name": str(encoder_folder),
            "corpora.train.@readers": "jointre.jsonl.v1",
            "corpora.dev.@readers": "jointre.jsonl.v1",
            "paths.train": str(toy_corpus),
            "paths.dev": str(toy_corpus),
            "training.epochs": 2,
            "system.device": "cpu",
        }
        given.update({key.replace("__", "."): value for key, value in overrides.items()})
        return load_config("spert/conll04", overrides=given)

    return make
