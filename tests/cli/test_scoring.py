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
