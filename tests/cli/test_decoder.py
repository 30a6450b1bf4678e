"""``--decoder``: a trained model predicts with another decoder, and `tune` stores it."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from jointre.data.atomic_write import file_sha256
from jointre.decoders import FlatDecoder, TypeTriplesDecoder
from jointre.pipeline import load
from tests.cli.conftest import Command

FLAT, TRIPLES = "jointre.flat.v1", "jointre.type_triples.v1"


@pytest.fixture
def talkative_folder(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with random heads, which find many overlapping entities."""
    folder = shutil.copytree(trained / "model", tmp_path_factory.mktemp("talkative") / "model")
    maker = torch.Generator().manual_seed(5)
    tensors = {
        name: value if name.startswith("encoder.") else torch.randn(value.shape, generator=maker)
        for name, value in load_file(folder / "model.safetensors").items()
    }
    save_file(tensors, folder / "model.safetensors")
    meta = json.loads((folder / "meta.json").read_text("utf8"))
    meta["weights_sha256"] = file_sha256(folder / "model.safetensors")
    (folder / "meta.json").write_text(json.dumps(meta), "utf8")
    return folder


def predicted(command: Command, folder: Path, *options: object) -> list:
    done = command("predict", folder, "toy.jsonl", *options)
    assert done.code == 0, done.err
    return [json.loads(line) for line in done.out.splitlines()]


def overlapping(docs: list) -> int:
    extents = [[(e["start"], e["end"]) for e in doc["entities"]] for doc in docs]
    return sum(a < d and c < b for own in extents for i, (a, b) in enumerate(own) for c, d in own[:i])


def test_predict_with_another_decoder(command: Command, talkative_folder: Path) -> None:
    every = predicted(command, talkative_folder)
    flat = predicted(command, talkative_folder, "--decoder", FLAT)
    assert overlapping(every) > 0 and overlapping(flat) == 0
    assert predicted(command, talkative_folder, "--decoder", "jointre.independent.v1") == every


def test_the_triples_of_the_training_corpus_are_in_the_model_folder(
    command: Command, talkative_folder: Path, workplace: Path
) -> None:
    labels = json.loads((talkative_folder / "labels.json").read_text("utf8"))
    docs = [json.loads(line) for line in (workplace / "toy.jsonl").read_text("utf8").splitlines()]

    def triples(docs: list) -> set:
        return {
            (doc["entities"][r["head"]]["label"], r["label"], doc["entities"][r["tail"]]["label"])
            for doc in docs
            for r in doc["relations"]
        }

    assert {tuple(triple) for triple in labels["triples"]} == triples(docs)
    assert triples(predicted(command, talkative_folder)) - triples(docs)
    assert triples(predicted(command, talkative_folder, "--decoder", TRIPLES)) <= triples(docs)


def test_evaluate_names_the_decoder(command: Command, talkative_folder: Path) -> None:
    done = command("evaluate", talkative_folder, "toy.jsonl", "--decoder", FLAT)
    assert f"Scores on toy.jsonl (12 documents, {FLAT})" in done.out
    assert f"predict {talkative_folder} - --decoder {FLAT}" in done.err.replace("\n", "")
    facts = json.loads(command("evaluate", talkative_folder, "toy.jsonl", "--decoder", FLAT, "--json").out)
    assert facts["decoder"] == FLAT
    assert "decoder" not in json.loads(command("evaluate", talkative_folder, "toy.jsonl", "--json").out)


def test_tune_stores_the_decoder(command: Command, talkative_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(talkative_folder, tmp_path / "model")
    done = command("tune", folder, "toy.jsonl", "--decoder", FLAT, "--json")
    assert done.code == 0, done.err
    pipeline = load(folder)
    assert isinstance(pipeline.model.decoder, FlatDecoder)
    assert pipeline.config["model.decoder"] == {"@decoders": FLAT, "same_type": False}
    again = json.loads(command("evaluate", folder, "toy.jsonl", "--json").out)
    assert again["scores"] == json.loads(done.out)["scores"]


def test_train_with_a_decoder(command: Command, tmp_path: Path) -> None:
    run = tmp_path / "run"
    options = ["--model.decoder.@decoders", TRIPLES, "--model.decoder.decoder.@decoders", FLAT]
    done = command("train", "tiny.cfg", *options, "-o", run)
    assert done.code == 0, done.err
    decoder = load(run).model.decoder
    assert isinstance(decoder, TypeTriplesDecoder) and isinstance(decoder.decoder, FlatDecoder)


@pytest.mark.parametrize("name", ["evaluate", "predict", "tune"])
def test_an_unknown_decoder_is_refused(command: Command, trained: Path, name: str) -> None:
    done = command(name, trained, "toy.jsonl", "--decoder", "jointre.flt.v1")
    assert done.code == 2
    assert "--decoder: 'jointre.flt.v1' is not one of the decoders" in done.err
    assert "did you mean 'jointre.flat.v1'?" in done.err


def test_a_model_that_is_older_than_triples_is_refused(
    command: Command, talkative_folder: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(talkative_folder, tmp_path / "model")
    labels = json.loads((folder / "labels.json").read_text("utf8"))
    del labels["triples"]
    (folder / "labels.json").write_text(json.dumps(labels), "utf8")
    done = command("evaluate", folder, "toy.jsonl", "--decoder", TRIPLES)
    assert done.code == 2
    assert "the triples of the training corpus are unknown" in done.err
