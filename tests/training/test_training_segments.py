"""A model is trained on segments: words around them, and annotation that is in none of them."""

import json
from io import StringIO

import pytest
from rich.console import Console

from jointre.pipeline import load
from jointre.readers.dygie import DygieReader
from jointre.segmenters import Sentences
from jointre.testing import tiny_encoder_folder
from jointre.training.run import train
from jointre.training.setup import Setup

SENTENCES = [
    ["Anna", "works", "for", "Acme", "."],
    ["She", "lives", "in", "Oslo", "."],
    ["Boris", "leads", "Acme", "in", "Bergen", "."],
]
NER = [[[0, 0, "Person"], [3, 3, "Org"]], [[8, 8, "Place"]], [[10, 10, "Person"], [12, 12, "Org"]]]
RELATIONS = [[[0, 0, 3, 3, "works_for"]], [], [[10, 10, 12, 12, "leads"]]]
BETWEEN = [3, 3, 8, 8, "based_in"]
LIMIT = 24  # pieces
TOGETHER = [{"segmenter__@segmenters": "jointre.documents.v1"}, {"segmenter__sentences": 3}]


@pytest.fixture
def corpus(tmp_path):
    """Writes documents of three sentences as DyGIE's JSON; ``between`` adds a relation between two sentences."""

    def write(documents=3, between=False):
        relations = [RELATIONS[0], [BETWEEN] if between else [], RELATIONS[2]]
        record = {"sentences": SENTENCES, "ner": NER, "relations": relations}
        lines = [json.dumps({"doc_key": f"d{number}", **record}) for number in range(documents)]
        path = tmp_path / "train.json"
        path.write_text("\n".join(lines), encoding="utf8")
        return str(path)

    return write


@pytest.fixture
def options(config, tmp_path):
    """A config for a corpus over an encoder that accepts few pieces."""

    def make(path, **more):
        encoder = tmp_path / "encoder"
        if not encoder.is_dir():
            tiny_encoder_folder(encoder, max_position=LIMIT)
        names = ("train", "dev")
        given = {f"corpora__{name}__@readers": "jointre.dygie.v1" for name in names}
        given |= {f"paths__{name}": path for name in names}
        return config(**given, model__encoder__name=str(encoder), training__epochs=1, **more)

    return make


@pytest.mark.parametrize(("context_words", "fits"), [(0, True), (2, True), (50, False)])
def test_words_around_a_sentence_fill_what_the_encoder_accepts(corpus, options, context_words, fits):
    setup = Setup(options(corpus(), segmenter__context_words=context_words))
    setup.build()
    encodings = setup.updater.data.encodings
    around = [sum(encoding.around) for encoding in encodings]
    lengths = [len(encoding.ids) for encoding in encodings]
    assert len(encodings) == 9 and max(lengths) <= LIMIT
    assert (max(around) > 0) == (context_words > 0)
    words = Sentences(context_words=context_words).segments(next(iter(DygieReader(corpus()))))
    whole = setup.tokenizer.encode(words)
    assert (lengths[:3] == [len(encoding.ids) for encoding in whole]) == fits
    if not fits:
        assert min(lengths) > LIMIT - 6, "a word has at most a few pieces, so nearly all room is used"


def test_a_model_that_reads_words_around_a_sentence_is_trained_and_predicts(corpus, options, tmp_path):
    path = corpus()
    done = train(options(path, segmenter__context_words=50), tmp_path / "run", quiet=True)
    pipeline = load(done.model)
    assert pipeline.segmenter.context_words == 50
    docs = list(DygieReader(path))
    found = pipeline(docs, threshold=0.0)
    for doc, given in zip(found, docs, strict=True):
        assert doc.words == given.words and doc.sentences == [(0, 5), (5, 10), (10, 16)]
        homes = [[a <= e.start < e.end <= b for a, b in doc.sentences] for e in doc.entities]
        assert all(any(home) for home in homes)
        assert all(homes[r.head] == homes[r.tail] for r in doc.relations)


def said(loaded, folder):
    console = Console(file=StringIO(), width=300)
    train(loaded, folder, console=console)
    return console.file.getvalue()


def test_relations_between_sentences_are_told_before_training(corpus, options, tmp_path):
    path = corpus(between=True)
    text = said(options(path), tmp_path / "run")
    notice = f"train: relations between segments, left out: 3 (first in {path}:1); [segmenter] decides what is read"
    assert notice in text and "entities across segments" not in text
    for number, segmenter in enumerate(TOGETHER):
        assert "left out" not in said(options(path, **segmenter), tmp_path / f"run{number}")


def test_entities_across_sentences_are_told_before_training(config, tmp_path):
    first, second = (
        [{"start": start, "end": end, "label": label} for start, end, label in spans]
        for spans in (
            [(0, 4, "Person"), (9, 20, "Person"), (27, 31, "Org")],
            [(0, 4, "Person"), (11, 15, "Org")],
        )
    )
    link = {"head": 0, "tail": 1, "label": "knows"}
    long = {
        "text": "Anna met Otto. Boris leads Acme.",
        "entities": first,
        "relations": [link, {**link, "tail": 2}],
    }
    records = [long, *[{"text": "Anna leads Acme.", "entities": second, "relations": [link]}] * 3]
    path = tmp_path / "train.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf8")
    text = said(config(paths__train=str(path), paths__dev=None, training__epochs=1), tmp_path / "run")
    assert f"train: entities across segments, left out: 1 (first in {path}:1)" in text
    assert f"train: relations between segments, left out: 2 (first in {path}:1)" in text
