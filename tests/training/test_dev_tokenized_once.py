"""Dev is tokenised when a run begins; its evaluations see what a prediction of the documents sees."""

import json
from itertools import accumulate, chain, pairwise

import pytest
import torch

from jointre import predict
from jointre.testing import tiny_encoder_folder
from jointre.tokenizers.hf import HFTokenizer
from jointre.training.checkpoint import Timer
from jointre.training.epoch_stats import EpochStats
from jointre.training.events import Report
from jointre.training.interrupts import Interrupts
from jointre.training.loop import training_events
from jointre.training.processes import ALONE, Processes
from jointre.training.setup import Setup

SENTENCES = [
    ["Anna", "leads", "Acme", "."],
    ["She", "lives", "in", "Oslo", "."],
    ["Boris", "paid", "Nova", "."],
]
LENGTHS = [3, 1, 2, 3, 1]  # sentences of the documents
LIMIT = 14  # pieces that the encoder accepts; three sentences have more
ENTITIES = [(0, 1, "Person"), (2, 3, "Org"), (8, 10, "Person")]  # the last one crosses two sentences
CASES = {
    "sentences": {},
    "words around": {"segmenter__context_words": 3},
    "windows": {"segmenter__@segmenters": "jointre.documents.v1"},
    "left out": {"segmenter__@segmenters": "jointre.documents.v1", "tokenizer__overflow": "skip"},
    "gold entities": {"evaluation__entities": "gold"},
}


def record(number, length):
    words = list(chain(*SENTENCES[:length]))
    ends = list(accumulate(map(len, SENTENCES[:length])))
    sentences = list(pairwise([0, *ends]))
    found = [{"start": s, "end": e, "label": label} for s, e, label in ENTITIES if e <= len(words)]
    return {"id": f"dev{number}", "tokens": words, "sentences": sentences, "entities": found, "relations": []}


@pytest.fixture
def setup(best, tmp_path, monkeypatch):
    """Builds a run of four evaluations, each of which predicts two documents of dev at once."""
    monkeypatch.setattr(predict, "CHUNK", 2)
    dev, encoder = tmp_path / "dev.jsonl", tiny_encoder_folder(tmp_path / "encoder", max_position=LIMIT)
    rows = [json.dumps(record(*item)) for item in enumerate(LENGTHS)]
    dev.write_text("\n".join(rows), encoding="utf8")
    disk = {"training__corpus_folder": str(tmp_path / "store")}

    def make(processes=ALONE, **options):
        given = {"paths__dev": str(dev), "model__encoder__name": str(encoder), **disk, **options}
        made = Setup(best(**given), processes=processes)
        made.build()
        with torch.no_grad():
            made.model.entity_head.classifier.bias[0] -= 3.0  # so that there are entities
        return made

    return make


@pytest.fixture
def tokenized(monkeypatch):
    """The documents of dev, or their segments, that the tokenizer has encoded."""
    found, encode = [], HFTokenizer.encode

    def noted(self, docs, max_length=None):
        found.extend(doc for doc in docs if doc.id.startswith("dev"))
        return encode(self, docs, max_length)

    monkeypatch.setattr(HFTokenizer, "encode", noted)
    return found


def test_evaluations_do_not_tokenize(setup, tokenized):
    events = training_events(setup(), Interrupts(), Timer(None), EpochStats(0))
    assert sum("dev" in event.values for event in events if isinstance(event, Report)) == 4
    assert [doc.words for doc in tokenized] == [words for length in LENGTHS for words in SENTENCES[:length]]
    assert not any(doc.entities for doc in tokenized)


@pytest.mark.parametrize("store", ["memory", "disk"])
@pytest.mark.parametrize("case", CASES)
def test_what_is_found_is_what_is_predicted(setup, tokenized, case, store):
    built = setup(training__corpus_store=store, **CASES[case])
    predictor, once = built.predictor, len(tokenized)
    found = [(list(predictor.again(built.dev)), predictor.counts()) for _ in range(2)]
    assert len(tokenized) == once
    predictor.forget()
    assert found[0] == (list(predictor(built.corpora.dev)), predictor.counts())
    assert found[1][0] == found[0][0] and any(doc.entities for doc in found[0][0])
    assert found[0][1] or case not in ("windows", "left out")


@pytest.mark.parametrize("store", ["memory", "disk"])
@pytest.mark.parametrize("number", [0, 1])
def test_each_of_two_processes_predicts_its_own_documents(setup, number, store):
    built = setup(Processes(number, 2), training__corpus_store=store)
    own = built.corpora.dev[number::2]
    assert list(built.predictor.again(built.dev)) == list(built.predictor(own))


def test_stored_encodings_are_those_of_the_same_entities(setup, tokenized):
    disk = {"training__corpus_store": "disk"}
    setup(**disk), setup(**disk)
    assert len(tokenized) == sum(LENGTHS)
    setup(**disk, **CASES["gold entities"])
    assert SENTENCES[1] + SENTENCES[2] in [doc.words for doc in tokenized]
