"""The JSON that commands print: one layout for all of them (docs/command-line.md)."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from published import tiny, write_checkpoint
from published_sinet import tiny_sinet
from typer.main import get_command

from jointre.about import __version__
from jointre.cli.app import app
from tests.cli.conftest import Command

PRETRAIN = (
    "--pretraining.steps=1 --pretraining.eval_documents=4 --pretraining.objectives.permutation=null "
    "--pretraining.workers=0 --pretraining.batch_size=4 --device cpu"
)
COMMANDS = {
    "train": "tiny.cfg -o NEW --force",
    "pretrain": f"enpar/pretrain --paths.train ANNOTATED --model.encoder.name encoder -o NEW --force {PRETRAIN}",
    "evaluate": "TRAINED toy.jsonl --by length",
    "tune": "TRAINED toy.jsonl",
    "export": "TRAINED NEW --calibrate toy.jsonl",
    "convert": "toy.jsonl NEW --to dygie",
    "split": "toy.jsonl NEW --dev 0.25 --test 0.25",
    "annotate": "text.txt NEW --tagger gazetteer:names.tsv --force",
    "init config": "--system spert",
    "init fill-config": "tiny.cfg",
    "init labels": "toy.jsonl",
    "config list": "",
    "config diff": "spert/conll04 tiny.cfg",
    "debug config": "tiny.cfg",
    "debug data": "tiny.cfg",
    "debug model": "tiny.cfg",
    "init plugin": "jointre-acme --output NEW",
    "plugins": "",
    "registry": "",
    "docs": "",
    "import spert": "SPERT NEW --types SPERT/types.json --max-width 5",
    "import sinet": "SINET NEW --types SINET/types.json --heads 2",
}
OTHERS = {
    "predict",
    "attention",
    "compare",
    "experiment run",
    "experiment list",
    "experiment table",
    "experiment plot",
    "experiment pack",
}
"""Commands whose results are documents, tables or figures, or whose JSON has tests of its own."""
SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@pytest.fixture
def printed(
    command: Command, workplace: Path, trained: Path, tmp_path: Path, request: Any
) -> SimpleNamespace:
    """The result of a command of `COMMANDS` with ``--json --quiet``."""
    name = request.param
    for folder, made in (("SPERT", tiny), ("SINET", tiny_sinet)):
        if folder in COMMANDS[name]:
            write_checkpoint(tmp_path / folder, made(0), "bin")
    if "ANNOTATED" in COMMANDS[name]:
        options = ["--tagger", "gazetteer:names.tsv", "--shard-size", 6]
        assert command("annotate", "text.txt", tmp_path / "ANNOTATED", *options).code == 0
    text = COMMANDS[name].replace("TRAINED", str(trained).replace(" ", "\0"))
    text = re.sub(r"\b(NEW|SPERT|SINET|ANNOTATED)\b", lambda found: f"{tmp_path}/{found[0]}", text)
    words = [word.replace("\0", " ") for word in text.split()]
    done = command(*name.split(), *words, "--json", "--quiet")
    assert done.code == 0, done.err
    return SimpleNamespace(name=name, **vars(done))


def commands(group: Any, before: str = "") -> Iterator[str]:
    for name, inner in group.commands.items():
        if hasattr(inner, "commands"):
            yield from commands(inner, f"{before}{name} ")
        else:
            yield f"{before}{name}"


def test_every_command_is_listed_here() -> None:
    assert set(commands(get_command(app))) == set(COMMANDS) | OTHERS


@pytest.mark.parametrize("printed", COMMANDS, indirect=True)
def test_one_object_that_says_what_it_is(printed: SimpleNamespace) -> None:
    facts = json.loads(printed.out)
    assert list(facts)[:2] == ["command", "jointre"] and len(facts) > 2
    assert facts["command"] == printed.name and facts["jointre"] == __version__
    assert printed.out.startswith('{\n  "command": ') and printed.out.endswith("\n}\n")
    assert all(SNAKE.fullmatch(key) for key in facts), list(facts)
    lists = [key for key, value in facts.items() if isinstance(value, list)]
    assert all(key.endswith("s") for key in lists), lists
    assert all(0 <= value <= 1 for value in scores(facts))
    assert printed.err == ""


def scores(facts: Any) -> Iterator[float]:
    """Yield every precision, recall and F1."""
    if isinstance(facts, dict):
        for key, value in facts.items():
            if key in ("p", "r", "f") and isinstance(value, float):
                yield value
            else:
                yield from scores(value)
    elif isinstance(facts, list):
        for value in facts:
            yield from scores(value)


def test_the_file_of_evaluate_holds_the_same_object(command: Command, trained: Path, tmp_path: Path) -> None:
    done = command("evaluate", trained, "toy.jsonl", "--json", "-o", tmp_path / "scores.json")
    facts = json.loads(done.out)
    assert facts == json.loads((tmp_path / "scores.json").read_text("utf8"))
    assert list(scores(facts))
