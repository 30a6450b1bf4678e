"""A small text, a list of names, and what makes annotations of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jointre.annotation.job import annotation as annotation_of
from jointre.annotation.settings import Settings
from jointre.annotation.source import text_files
from jointre.jobs.run import Job
from jointre.taggers.named import load_tagger, parse_tagger

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
def annotation(text: Path, names: Path, tmp_path: Path) -> Callable[..., Job]:
    """Prepares an annotation of the text with the gazetteer; settings by name."""

    def make(source: Path | None = None, output: str = "out", **settings: Any) -> Job:
        spec = parse_tagger(f"gazetteer:{names}")
        files = text_files(str(source or text))
        return annotation_of(files, tmp_path / output, spec, load_tagger(spec), Settings(**settings))

    return make
