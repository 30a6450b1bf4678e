"""A small text, a list of names, and what makes annotations of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jointre.annotation.run import Annotation, prepare
from jointre.annotation.settings import Settings
from jointre.taggers.named import parse_tagger

LINES = ["Ann lives in New York.", "It rained.", "", "Bob met Ann. They left New York."]
NAMES = "Ann\tPER\nBob\tPER\nNew York\tLOC\nYork\tLOC\n"


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """Four lines, one of them empty."""
    path = tmp_path / "text.txt"
    path.write_text("".join(f"{line}\n" for line in LINES), encoding="utf8")
    return path


@pytest.fixture
def names(tmp_path: Path) -> Path:
    """A gazetteer."""
    path = tmp_path / "names.tsv"
    path.write_text(NAMES, encoding="utf8")
    return path


@pytest.fixture
def annotation(text: Path, names: Path, tmp_path: Path) -> Callable[..., Annotation]:
    """Prepares an annotation of the text with the gazetteer; settings by name."""

    def make(source: Path | None = None, output: str = "out", **settings: Any) -> Annotation:
        spec = parse_tagger(f"gazetteer:{names}")
        return prepare(str(source or text), tmp_path / output, spec, Settings(**settings))

    return make
