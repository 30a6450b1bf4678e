"""The extractor keeps the contract of jointre, and its model folder needs nothing but itself."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import catalogue
import pytest
import torch
from jointre import load_config, resolve
from jointre.encoders.hf import HFEncoder
from jointre.pipeline import load
from jointre.predict import Predictor
from jointre.registry import registry
from jointre.serialize import save_model
from jointre.testing import check_component, tiny_encoder_folder, toy_docs
from jointre.testing.overfit import built_model

from jointre_markers import MarkerPairs

EXAMPLE = Path(__file__).parents[1] / "example.cfg"


@pytest.fixture
def registered() -> Iterator[None]:
    """Register the extractor, as installing the plugin does, for the time of a test."""
    before = dict(catalogue.REGISTRY)
    registry.pair_extractors("markers.pairs.v1")(MarkerPairs)
    yield
    catalogue.REGISTRY.clear()
    catalogue.REGISTRY.update(before)


def tiny(folder: Path, width: int = 16) -> str:
    """Return the folder of a tiny encoder."""
    return str(tiny_encoder_folder(folder, width=width))


@pytest.mark.parametrize("pieces", [4096, 60])
def test_contract(tmp_path: Path, pieces: int) -> None:
    check_component(MarkerPairs(pieces=pieces))
    check_component(MarkerPairs(HFEncoder(tiny(tmp_path)), pieces))


def test_a_model_folder_needs_no_other_encoder(registered: None, tmp_path: Path) -> None:
    own = tmp_path / "own.cfg"
    text = f'[model.pair_extractor.encoder]\n@encoders = "jointre.hf.v1"\nname = "{tiny(tmp_path / "own", 24)}"\n'
    own.write_text(text, encoding="utf8")
    config = load_config(
        "spert/conll04", [EXAMPLE, own], overrides={"model.encoder.name": tiny(tmp_path / "main")}
    )
    model, tokenizer = built_model(resolve(config, "model"), tokenizer=resolve(config, "tokenizer"))
    for parameter in model.relation_head.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    found = list(Predictor(model, tokenizer, given=True)(toy_docs()))
    assert any(doc.relations for doc in found)
    save_model(tmp_path / "model", model, tokenizer, config)
    shutil.rmtree(tmp_path / "main")
    shutil.rmtree(tmp_path / "own")
    again = load(tmp_path / "model", "cpu")
    assert list(again.predictor(given=True)(toy_docs())) == found
