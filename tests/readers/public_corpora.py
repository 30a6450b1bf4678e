"""The public corpora, their location, and helpers for tests of readers."""

import os
from pathlib import Path

import pytest

from jointre.data.doc import Doc

SHARED = Path(os.environ.get("JOINTRE_SHARED") or Path(__file__).parents[2] / "../shared").resolve()


def public(name: str) -> str:
    """A file of the public corpora; skips the test if there are none."""
    path = SHARED / "data" / name
    if not path.exists():
        pytest.skip(f"no public corpora at {SHARED / 'data'} (set JOINTRE_SHARED)")
    return str(path)


def sizes(docs: list[Doc]) -> tuple[int, int, int, int]:
    """Sentences, words, entities, relations."""
    parts = [(len(doc.words), len(doc.entities), len(doc.relations)) for doc in docs]
    words, entities, relations = map(sum, zip(*parts, strict=True))
    return len(docs), words, entities, relations


def by_characters(
    doc: Doc, names: dict[str, str] | None = None
) -> tuple[set[tuple[int, int, str]], set[tuple]]:
    """Entities and relations by characters without blanks, so that texts split in other ways can be compared."""
    names = names or {}
    at = [0]
    for word in doc.words:
        at.append(at[-1] + len("".join(word.split())))
    spans = [(at[e.start], at[e.end], names.get(e.label, e.label)) for e in doc.entities]
    return set(spans), {(spans[r.head], spans[r.tail], r.label) for r in doc.relations}
