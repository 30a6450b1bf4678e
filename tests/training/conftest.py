"""Short trainings of a tiny model on toy documents."""

import os
import signal
import traceback
from collections.abc import Callable, Iterator
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


@pytest.fixture(scope="session")
def toy_dev(toy_corpus: Path) -> Path:
    """Its first two documents."""
    file = toy_corpus.with_name("dev.jsonl")
    lines = toy_corpus.read_text(encoding="utf8").splitlines(keepends=True)
    file.write_text("".join(lines[:2]), encoding="utf8")
    return file


@pytest.fixture(scope="session")
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
            "model.entity_head.sampler.max_width": 3,
            "system.device": "cpu",
        }
        given.update({key.replace("__", "."): value for key, value in overrides.items()})
        if "model.entity_head.@entity_heads" in given:  # one without a sampler
            del given["model.entity_head.sampler.max_width"]
        return load_config("spert/conll04", overrides=given)

    return make


@pytest.fixture(scope="session")
def small(config: Callable[..., Config], toy_dev: Path) -> Callable[..., Config]:
    """As ``config``: a training of 24 quick updates in 4 epochs with accumulation, and a checkpoint after each."""
    options = {
        "training__epochs": 4,
        "training__batch_size": 1,
        "training__accumulate": 2,
        "training__optimizer__lr": 5e-3,
        "training__schedule__warmup": 0.0,
        "training__checkpoint_every": 1e-9,
        "model__entity_head__sampler__max_width": 2,
        "model__entity_head__sampler__negatives": 1,
        "model__relation_head__threshold": 0.99,
        "paths__dev": str(toy_dev),
    }
    return lambda **overrides: config(**{**options, **overrides})


@pytest.fixture(scope="session")
def best(small: Callable[..., Config]) -> Callable[..., Config]:
    """As ``small``, with an evaluation after each epoch, and the best state kept: that of the third epoch."""
    watch = {"keep": "best", "eval_every": 1, "patience": 3, "best_metric": "entities_micro_f"}
    options = {f"training__{key}": value for key, value in watch.items()}
    return lambda **overrides: small(**{**options, **overrides})


@pytest.fixture(autouse=True)
def ctrl_c() -> Iterator[None]:
    """Ctrl-C interrupts, also where the tests themselves run in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def start(work: Callable[[], Any]) -> int:
    """Do some work in a process of its own; returns its id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def in_child(work: Callable[[], Any], meanwhile: Callable[[int], None] = lambda child: None) -> int:
    """Do some work in a process of its own; returns its exit code, negative for the signal that killed it.

    ``meanwhile`` is called with its id.
    """
    child = start(work)
    meanwhile(child)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture(name="in_child")
def in_child_fixture() -> Callable[..., int]:
    """`in_child`, for tests."""
    if not hasattr(os, "fork"):
        pytest.skip("this system cannot fork a process")
    return in_child
