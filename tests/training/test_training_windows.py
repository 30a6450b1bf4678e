"""A document of 5,000 words is trained on and predicted like any other."""

import json
from io import StringIO

import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file

from jointre.cli.app import run
from jointre.pipeline import load
from jointre.readers.jsonl import JsonlReader
from jointre.testing import toy_docs
from jointre.training.run import train


@pytest.fixture(scope="module")
def long_corpus(tmp_path_factory):
    """One document of about 5,000 words, toy sentences with rain between them, and some short ones."""
    rain = toy_docs()[6]
    rows = [row_of([doc]) for doc in toy_docs(3)]
    rows.insert(1, row_of([part for doc in toy_docs(72) for part in (*[rain] * 12, doc)]))
    file = tmp_path_factory.mktemp("long") / "long.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
    return file


def row_of(docs):
    tokens, entities, relations = [], [], []
    for doc in docs:
        first, shift = len(entities), len(tokens)
        entities += [{"start": e.start + shift, "end": e.end + shift, "label": e.label} for e in doc.entities]
        relations += [
            {"head": r.head + first, "tail": r.tail + first, "label": r.label} for r in doc.relations
        ]
        tokens += doc.words
    return {"tokens": tokens, "entities": entities, "relations": relations}


def test_five_thousand_words_train_and_predict(config, tmp_path, long_corpus):
    console = Console(file=StringIO(), width=200)
    options = {"training__epochs": 1, "training__optimizer__lr": 5e-3}
    loaded = config(paths__train=str(long_corpus), paths__dev=None, **options)
    done = train(loaded, tmp_path / "run", console=console)
    assert done.status == "complete"
    said = console.file.getvalue()
    assert "corpora.train: 1 of 4 documents longer than the encoder accepts: read in windows" in said
    pipeline = load(done.model)
    with torch.no_grad():  # one epoch may leave thousands of entities, hence millions of pairs
        pipeline.model.entity_head.classifier.bias[0] += 3.0
    predictor = pipeline.predictor()
    long, short = predictor(list(JsonlReader(str(long_corpus)))[1:3])
    assert (len(long.words), len(short.words)) == (4860, 8)
    assert predictor.windowed == 1


def test_commands_say_what_was_read_in_windows(config, tmp_path, toy_corpus, capsys):
    few = {"model__entity_head__sampler__max_width": 1, "model__relation_head__threshold": 1.0}
    done = train(config(training__epochs=1, **few), tmp_path / "run", quiet=True)
    rows = [{"tokens": ["works"] * n, "entities": [], "relations": []} for n in (140, 5)]
    file = tmp_path / "given.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
    notice = "1 document longer than the encoder accepts: read in windows"
    for command in ("predict", "evaluate"):
        assert run([command, str(done.model), str(file)]) == 0
        assert notice in capsys.readouterr().err
    assert run(["predict", str(done.model), str(toy_corpus)]) == 0
    assert "windows" not in capsys.readouterr().err


def test_a_long_document_trains_the_encoder(config, tmp_path, long_corpus):
    """One update on the long document alone moves the encoder, the same way every time."""
    alone = tmp_path / "alone.jsonl"
    alone.write_text(long_corpus.read_text(encoding="utf8").splitlines()[1] + "\n", encoding="utf8")
    states = []
    for name, rate in (("a", 1e-3), ("b", 1e-3), ("still", 0.0)):
        options = {"training__epochs": 1, "training__optimizer__lr": rate, "training__schedule__warmup": 0.0}
        train(config(paths__train=str(alone), paths__dev=None, **options), tmp_path / name, quiet=True)
        states.append(load_file(tmp_path / name / "model" / "model.safetensors"))
    first, again, still = states
    assert all(torch.equal(first[name], again[name]) for name in first)
    moved = [name for name in first if not torch.equal(first[name], still[name])]
    assert any("encoder.network.encoder.layer.0" in name for name in moved)
