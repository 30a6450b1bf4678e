"""Sentences of one pattern, in which each objective has something to learn."""

import gzip
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from jointre.data.doc import Doc, Entity
from jointre.data.write import to_line
from jointre.pretraining.updater import PretrainingUpdater

PEOPLE, FIRMS, TOWNS = ("a b", "c"), ("d e", "f"), ("g", "h i")


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


def at_update(monkeypatch: pytest.MonkeyPatch, number: int, action: Callable[[], None]) -> None:
    """Do something before update ``number``, counted from 1."""
    original = PretrainingUpdater.update

    def update(self: PretrainingUpdater, batches: Any) -> Any:
        if self.step + 1 == number:
            action()
        return original(self, batches)

    monkeypatch.setattr(PretrainingUpdater, "update", update)
