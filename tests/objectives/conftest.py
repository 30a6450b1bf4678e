"""Sentences in which every word has its own pieces, so that it can be told where each went."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from jointre.data.doc import Doc, Entity
from jointre.data.encoding import Encoding
from jointre.objectives.corrupt import Replacements
from jointre.objectives.examples import Material

CLS, SEP, MASK = 1, 2, 3
TYPES = ("Org", "Person")


@pytest.fixture(scope="session")
def encoded() -> Callable[..., Encoding]:
    """Makes an encoding: ``widths`` pieces for each word, entities as (start, end) in words."""

    def make(widths: list[int], *spans: tuple[int, int]) -> Encoding:
        entities = [Entity(start, end, TYPES[row % 2]) for row, (start, end) in enumerate(spans)]
        doc = Doc([f"w{number}" for number in range(len(widths))], entities, id="doc")
        ends = 1 + np.cumsum(widths)
        words = np.stack([ends - widths, ends], axis=1).astype(np.int64)
        ids = [100 * (word + 1) + piece for word, width in enumerate(widths) for piece in range(width)]
        return Encoding(doc, [CLS, *ids, SEP], words)

    return make


@pytest.fixture(scope="session")
def material() -> Material:
    """Two types, and a table of entities of one and two pieces."""
    return Material(TYPES, MASK, 0, Replacements.of([(7,), (8,), (7, 9), (8, 9)]))


@pytest.fixture(scope="session")
def pieces() -> Callable[..., list[int]]:
    """The pieces of a range of words, by the encoding's own offsets."""

    def of(encoding: Any, start: int, end: int) -> list[int]:
        return [
            piece
            for word in range(start, end)
            for piece in encoding.ids[encoding.words[word, 0] : encoding.words[word, 1]]
        ]

    return of
