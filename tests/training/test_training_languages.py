"""Scores of an annotated corpus are those of predictions on its raw text, for four languages and all segmenters."""

import json
from functools import cache

import pytest
from language_toys import DEV, TOYS, TRAIN

from jointre.cli.app import run

SEGMENTERS = {
    "sentence": [],
    "context": ["--segmenter.context_words=5"],
    "two": ["--segmenter.sentences=2"],
    "document": ["--segmenter.@segmenters=jointre.documents.v1"],
}
EPOCHS = {"sentence": 24, "context": 16, "two": 16, "document": 16}
KINDS = ("entities", "boundaries", "strict")

pytestmark = pytest.mark.slow


def jointre(*arguments):
    """Run a command that must succeed."""
    assert run([str(argument) for argument in arguments]) == 0


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines()]


def write(path, records):
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf8")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Returns a folder for a language with ``encoder``, ``train.jsonl``, and ``all.jsonl`` with its ``all.txt``."""

    @cache
    def make(language):
        folder, toy = tmp_path_factory.mktemp(language), TOYS[language]
        toy.encoder(folder / "encoder")
        write(folder / "train.jsonl", toy.records(TRAIN))
        records = [*toy.records(TRAIN), *toy.records(DEV)]
        write(folder / "all.jsonl", records)
        (folder / "all.txt").write_text("".join(f"{record['text']}\n" for record in records), "utf8")
        return folder

    return make


@pytest.fixture(scope="module")
def trained(corpus):
    """Returns a run folder for a language and a segmenter."""

    @cache
    def make(language, segmenter):
        folder = corpus(language)
        given = {
            "paths.train": folder / "train.jsonl",
            "model.encoder.name": folder / "encoder",
            "splitter.language": language,
            "model.entity_head.sampler.max_width": 8,
            "model.entity_head.sampler.negatives": 30,
            "training.epochs": EPOCHS[segmenter],
            "training.batch_size": 4,
            "training.optimizer.lr": 2e-3,
            "system.device": "cpu",
        }
        options = [f"--{key}={value}" for key, value in given.items()]
        jointre("train", "spert/conll04", *options, *SEGMENTERS[segmenter], "-o", folder / segmenter)
        return folder / segmenter

    return make


@pytest.fixture(scope="module")
def predicted(corpus, trained):
    """Returns the predictions of a run on the raw text."""

    @cache
    def make(language, segmenter):
        model = trained(language, segmenter)
        jointre("predict", model, corpus(language) / "all.txt", model / "found.jsonl")
        return read(model / "found.jsonl")

    return make


def items(records, kind):
    """What a metric compares, by the characters of the texts."""
    found = set()
    for row, record in enumerate(records):
        spans = [(e["start"], e["end"], e["label"]) for e in record["entities"]]
        if kind == "entities":
            found |= {(row, *span) for span in spans}
            continue
        for relation in record["relations"]:
            ends = [spans[relation[end]] for end in ("head", "tail")]
            ends = [span[:2] for span in ends] if kind == "boundaries" else ends
            found.add((row, *ends, relation["label"]))
    return found


def scores(gold, found):
    """Counts, precision, recall and F1 of two sets."""
    counts = {"gold": len(gold), "predicted": len(found), "correct": len(gold & found)}
    n_gold, n_found, correct = counts.values()
    micro = {"p": correct / n_found, "r": correct / n_gold, "f": 2 * correct / (n_gold + n_found)}
    return {"counts": counts, "micro": micro}


@pytest.mark.parametrize("segmenter", SEGMENTERS)
@pytest.mark.parametrize("language", TOYS)
def test_scores_are_those_of_predictions_on_raw_text(corpus, trained, predicted, language, segmenter):
    model, data = trained(language, segmenter), corpus(language) / "all.jsonl"
    jointre("evaluate", model, data, "--output", model / "scores.json")
    told = json.loads((model / "scores.json").read_text("utf8"))["scores"]
    gold, found = read(data), predicted(language, segmenter)
    assert [record["text"] for record in found] == [record["text"] for record in gold]
    for kind in KINDS:
        expected = scores(items(gold, kind), items(found, kind))
        assert {key: told[kind][key] for key in expected} == expected
    assert told["entities"]["counts"]["correct"] > 0, "nothing is found, so the test shows nothing"


@pytest.mark.parametrize("language", TOYS)
def test_a_tiny_model_finds_entities_of_raw_text(corpus, predicted, language):
    gold, found = read(corpus(language) / "all.jsonl"), predicted(language, "sentence")
    assert scores(items(gold, "entities"), items(found, "entities"))["micro"]["f"] > 0.6
    learnt = [items(records[: 8 * len(TRAIN)], "strict") for records in (gold, found)]
    assert scores(*learnt)["micro"]["r"] > 0.5


def test_a_place_inside_a_german_word_is_found_with_the_word(predicted):
    rows = [record for record in predicted("de", "sentence") if "reise" in record["text"]]
    found = {entity["text"] for record in rows for entity in record["entities"]}
    assert len(rows) == 4 and found and found <= {f"{place}reise" for place in TOYS["de"].names["LOC"]}


def crossing(records):
    """Relations whose arguments are in two sentences, with their evidence."""
    for record in records:
        for relation in record["relations"]:
            ends = [record["entities"][relation[end]] for end in ("head", "tail")]
            inside = [
                next(row for row, (a, b) in enumerate(record["sentences"]) if a <= e["start"] < b)
                for e in ends
            ]
            if inside[0] != inside[1]:
                yield record, relation, inside


def test_whole_documents_have_relations_between_sentences(corpus, predicted):
    found = predicted("zh", "document")
    gold = read(corpus("zh") / "all.jsonl")
    correct = items(gold, "strict") & items(found, "strict")
    rows = [row for row, record in enumerate(found) if any(crossing([record]))]
    assert {row for row, *_ in correct} & set(rows)
    for record, relation, (head, tail) in crossing(found):
        first, last = sorted((record["sentences"][head], record["sentences"][tail]))
        assert relation["evidence"] == [first[0], last[1]]
    assert not any(crossing(predicted("zh", "sentence")))
