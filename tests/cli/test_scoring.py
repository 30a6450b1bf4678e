"""What `evaluate` and `tune` say about the corpus that they score."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command


@pytest.mark.parametrize("name", ["evaluate", "tune"])
def test_a_corpus_without_relations(command: Command, trained: Path, tmp_path: Path, name: str) -> None:
    corpus = tmp_path / "bare.jsonl"
    corpus.write_text(
        '{"tokens": ["Ann"], "entities": [{"start": 0, "end": 1, "label": "Person"}]}\n', "utf8"
    )
    done = command(name, trained, corpus, "--json")
    assert done.code == 0, done.err
    assert f"warning: {corpus}: no document has an annotated relation" in done.err
    facts = json.loads(done.out)
    assert (facts["data"], facts["entities"], facts["documents"]) == (str(corpus), "predicted", 1)
    assert ("tuned" in facts) == (name == "tune")


def test_documents_of_the_training_corpus_are_left_out_and_counted(
    command: Command, trained: Path, tmp_path: Path
) -> None:
    train = tmp_path / "train.jsonl"
    lines = Path("toy.jsonl").read_text("utf8").splitlines(keepends=True)
    train.write_text("".join(lines[:3]), "utf8")
    rest = tmp_path / "rest.jsonl"
    rest.write_text("".join(lines[3:]), "utf8")
    done = command("evaluate", trained, "toy.jsonl", "--without", train, "--json")
    assert done.code == 0, done.err
    facts, expected = (
        json.loads(found.out) for found in (done, command("evaluate", trained, rest, "--json"))
    )
    assert (facts["without"], facts["left_out"], facts["documents"]) == (str(train), 3, len(lines) - 3)
    assert facts["scores"] == expected["scores"]
    done = command("evaluate", trained, "toy.jsonl", "--without", train)
    assert f"Scores on toy.jsonl ({len(lines) - 3} documents, without 3 that {train} contains)" in done.out
