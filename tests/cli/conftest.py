"""A place with a tiny encoder, corpora and a trained run, and commands that run in it."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import catalogue
import pytest

from jointre.data.write import to_line
from jointre.testing import toy_docs

sys.path.append(str(Path(__file__).parents[1] / "parity"))

Command = Callable[..., SimpleNamespace]


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory, encoder_folder: Path) -> Path:
    """A folder with ``encoder``, ``toy.jsonl``, ``text.txt``, ``names.tsv``, and ``tiny.cfg`` for the corpus."""
    folder = tmp_path_factory.mktemp("a workplace")  # the blank must be quoted
    (folder / "encoder").symlink_to(encoder_folder)
    (folder / "toy.jsonl").write_text("".join(f"{to_line(doc)}\n" for doc in toy_docs(12)), encoding="utf8")
    (folder / "text.txt").write_text("Ann met Bob in Oslo.\nBob met Ann.\n" * 12, encoding="utf8")
    (folder / "names.tsv").write_text("Ann\tPER\nBob\tPER\nOslo\tLOC\n", encoding="utf8")
    config = f"""[base]
config = "spert/conll04"

[paths]
train = "toy.jsonl"
dev = "toy.jsonl"

[model.encoder]
name = "{folder / "encoder"}"

[model.entity_head.sampler]
max_width = 2

[training]
epochs = 1

[system]
device = "cpu"
"""
    (folder / "tiny.cfg").write_text(config, encoding="utf8")
    return folder


@pytest.fixture
def registered() -> Iterator[None]:
    """Forget the components that a test registers, for instance with ``--code``."""
    before = dict(catalogue.REGISTRY)
    yield
    catalogue.REGISTRY.clear()
    catalogue.REGISTRY.update(before)


@pytest.fixture
def command(
    registered: None, workplace: Path, monkeypatch: pytest.MonkeyPatch, in_process: Command
) -> Command:
    """Run a command in the workplace: ``code``, ``out`` and ``err`` of the result."""
    monkeypatch.chdir(workplace)
    monkeypatch.setenv("COLUMNS", "100")
    return in_process


@pytest.fixture
def trained(command: Command, workplace: Path) -> Path:
    """The run folder of ``jointre train tiny.cfg``, made once."""
    folder = workplace / "trained"
    if not folder.is_dir():
        assert command("train", "tiny.cfg", "-o", folder).code == 0
    return folder
