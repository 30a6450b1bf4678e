"""Commands in a real terminal: bars, colours, results side by side."""

import os
from pathlib import Path

import pytest
from command_process import start

from jointre.data.write import to_line
from jointre.testing import tiny_encoder_folder, toy_docs

pty = pytest.importorskip("pty", reason="terminals of this kind are POSIX only")
ENVIRONMENT = {
    **os.environ,
    "HF_HUB_OFFLINE": "1",
    "OMP_NUM_THREADS": "1",
    "TERM": "xterm-256color",
    "COLUMNS": "110",
}


def in_terminal(*arguments: object) -> tuple[int, str]:
    """Exit code of a command and all that it wrote to its terminal."""
    control, terminal = pty.openpty()
    process = start([str(argument) for argument in arguments], ENVIRONMENT, terminal, terminal, terminal)
    os.close(terminal)
    written = b""
    while chunk := _read(control):
        written += chunk
    os.close(control)
    return process.wait(), written.decode()


def _read(control: int) -> bytes:
    try:
        return os.read(control, 65536)
    except OSError:  # Linux says so when the other side is closed
        return b""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("place")
    tiny_encoder_folder(folder / "encoder")
    lines = "".join(f"{to_line(doc)}\n" for doc in toy_docs(12))
    (folder / "toy.jsonl").write_text(lines, encoding="utf8")
    return folder


def test_training_evaluation_and_prediction(place: Path) -> None:
    readers = [f"--corpora.{split}.@readers=jointre.jsonl.v1" for split in ("train", "dev")]
    paths = [f"--paths.{split}={place / 'toy.jsonl'}" for split in ("train", "dev")]
    encoder = f"--model.encoder.name={place / 'encoder'}"
    short = [
        "--training.epochs=3",
        "--model.entity_head.sampler.max_width=1",
    ]  # few spans, few relations to show
    options = [encoder, *readers, *paths, *short, "--output", place / "run"]
    code, shown = in_terminal("train", "spert/conll04", *options)
    assert code == 0, shown
    assert "docs/s" in shown and "18/18" in shown and "strict (Rel+)" in shown and "\x1b[" in shown
    code, shown = in_terminal("evaluate", place / "run", place / "toy.jsonl")
    assert code == 0 and "12/12" in shown and "boundaries (Rel)" in shown, shown
    code, shown = in_terminal("predict", place / "run", place / "toy.jsonl", place / "out.jsonl")
    assert code == 0 and "wrote" in shown, shown
    code, shown = in_terminal("predict", place / "run", place / "toy.jsonl")
    assert code == 0 and "toy" in shown and "documents" not in shown, shown


def test_annotation(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("Ann met Bob.\n" * 50, encoding="utf8")
    (tmp_path / "names.tsv").write_text("Ann\tPER\n", encoding="utf8")
    tagger = f"gazetteer:{tmp_path / 'names.tsv'}"
    code, shown = in_terminal("annotate", tmp_path / "text.txt", tmp_path / "out", "--tagger", tagger)
    assert code == 0 and "50/50" in shown and "next: jointre pretrain" in shown, shown
