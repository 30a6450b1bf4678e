"""Entities keep their characters in every step from a random text to predictions that are written and read."""

import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from text_toys import paragraphs
from torch import nn, zeros

from jointre.data.batch import Batch
from jointre.data.doc import Doc, Entity, Relation
from jointre.data.labels import Labels
from jointre.data.raw_text import doc_from_text
from jointre.data.resplit import same_words, split_again
from jointre.data.segments import by_sentence
from jointre.data.write import to_line
from jointre.encoders.base import Source
from jointre.metrics import EntityMetric
from jointre.predict import Predictor
from jointre.readers.jsonl import JsonlReader
from jointre.readers.text import docs_from_texts
from jointre.registry import registry
from jointre.segmenters import Documents, Segmenter, Sentences
from jointre.splitters import EnglishWords, Splitter, UnicodeWords
from jointre.testing import tiny_encoder_folder
from jointre.tokenizers.hf import HFTokenizer

SPLITTERS: list[Splitter] = [
    UnicodeWords(),
    UnicodeWords("zh"),
    UnicodeWords("th"),
    EnglishWords(split_records=True),
]
SEGMENTERS: list[Segmenter] = [Sentences(), Sentences(1, 4), Sentences(2, 2), Documents()]

WAYS = [(splitter, segmenter) for splitter in SPLITTERS for segmenter in SEGMENTERS]
LIMIT = 24  # pieces, so that many texts need windows and words around a segment are left out
LABELS = Labels(("A", "B"), ("r",))
COUNT, OF_A_NETWORK = 10_000, 320


def drawn(chance: random.Random, size: int) -> tuple[list[Entity], list[Relation]]:
    """Return up to four random entities among ``size`` words, and relations between them."""
    starts = chance.choices(range(size), k=chance.randint(1, 4))
    spans = dict.fromkeys((start, chance.randint(start + 1, size)) for start in starts)
    entities = [Entity(*span, chance.choice(LABELS.entities), chance.random()) for span in spans]
    return entities, linked(chance, len(entities))


def linked(chance: random.Random, size: int) -> list[Relation]:
    """Return random relations between ``size`` entities."""
    pairs = {(chance.randrange(size), chance.randrange(size)) for _ in range(4)} if size else set()
    return [Relation(*pair, "r", chance.random()) for pair in sorted(pairs) if pair[0] != pair[1]]


class Guessing(nn.Module):
    """A model that predicts entities and relations at random; between given entities, relations alone."""

    given_only, threshold, capped, labels = False, None, 0, LABELS

    def __init__(self) -> None:
        super().__init__()
        self.encoder = SimpleNamespace(max_length=LIMIT)
        self.weight = nn.Parameter(zeros(1))
        self.chance = random.Random(3)

    def predict(self, batch: Batch, given: bool) -> list[Doc]:
        """Return a prediction for each document of the batch."""
        found = []
        for doc in batch.docs:
            if given:
                found.append(replace(doc, relations=linked(self.chance, len(doc.entities))))
            else:
                entities, relations = drawn(self.chance, len(doc.words))
                found.append(replace(doc, entities=entities, relations=relations))
        return found


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny encoder that accepts few pieces."""
    return tiny_encoder_folder(tmp_path_factory.mktemp("small") / "encoder", max_position=LIMIT)


@pytest.fixture(scope="module")
def guessing(small: Path) -> tuple[Any, HFTokenizer]:
    """A model that guesses, and a tokenizer."""
    tokenizer = HFTokenizer(str(small))
    tokenizer.build(Source())
    return Guessing(), tokenizer


def annotated(texts: Sequence[str]) -> list[Doc]:
    """Return documents with random entities, many of which begin or end inside a word."""
    chance, docs = random.Random(5), []
    for number, text in enumerate(texts, 1):
        spans = [sorted(chance.choices(range(len(text) + 1), k=2)) for _ in range(3)]
        entities = dict.fromkeys((a, b, "A") for a, b in spans if text[a:b].strip() == text[a:b] != "")
        docs.append(doc_from_text(text, entities, id=f"text:{number}"))
    return docs


def quotes(doc: Doc) -> list[tuple[int, int, str]]:
    """Return the characters of the entities and what is there, after checking that all ways to ask agree."""
    assert doc.text is not None
    found = []
    for entity in doc.entities:
        assert entity.start_char is not None and entity.end_char is not None
        place = entity.start_char, entity.end_char
        quoted = doc.text[slice(*place)]
        assert doc.characters(entity) == place and doc.surface(entity) == quoted == quoted.strip() != ""
        found.append((*place, quoted))
    return found


def check(doc: Doc) -> None:
    """Check that sentences partition the words, and that the evidence of a relation contains its arguments."""
    assert doc.text is not None and doc.offsets is not None and doc.sentences is not None
    assert doc.words == [doc.text[start:end] for start, end in doc.offsets]
    assert "".join(doc.words) == "".join(doc.text.split())
    assert [n for start, end in doc.sentences for n in range(start, end)] == list(range(len(doc.words)))
    assert all(start < end for start, end in doc.sentences)
    places = quotes(doc)
    for relation in doc.relations:
        start, end = doc.evidence(relation) or (0, 0)
        assert all(
            start <= first < last <= end for first, last, _ in (places[relation.head], places[relation.tail])
        )


def check_sentences(doc: Doc, within: bool) -> None:
    """Check the sentences as documents of their own; ``within`` says that no annotation crosses one."""
    parts, found = by_sentence(doc), list[tuple[int, int, str]]()
    for part in parts:
        start = part.meta["start"] if part.words else 0
        assert part.text is not None and part.text == doc.text[start : start + len(part.text)]
        found += [(start + a, start + b, quoted) for a, b, quoted in quotes(part)]
        assert len(by_sentence(part)) == 1
    assert set(found) <= set(quotes(doc))
    assert len({part.meta.get("start") for part in parts}) == len(parts)
    if within:
        assert sorted(found) == sorted(quotes(doc))
        assert sum(len(part.relations) for part in parts) == len(doc.relations)


def check_files(docs: Sequence[Doc], path: Path) -> None:
    """Check that documents are the same as dictionaries, and as lines of a file; and that their ids are unique."""
    lines = [to_line(doc) for doc in docs]
    assert [Doc.from_dict(json.loads(line)) for line in lines] == docs
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf8")
    again = list(JsonlReader(str(path)))
    assert again == docs and [quotes(doc) for doc in again] == [quotes(doc) for doc in docs]
    assert len({doc.id for doc in again}) == len(docs)


def texts_of(number: int) -> list[str]:
    """Return the random texts that are read in one of the ways."""
    return paragraphs(COUNT)[number :: len(WAYS)]


@pytest.mark.parametrize("number", range(len(WAYS)))
def test_predicted_entities_keep_their_characters(
    guessing: tuple[Any, HFTokenizer], number: int, tmp_path: Path
) -> None:
    (splitter, segmenter), texts = WAYS[number], texts_of(number)
    predict = Predictor(*guessing, splitter=splitter, segmenter=segmenter)
    found = list(predict(docs_from_texts(texts, splitter)))
    assert [doc.text for doc in found] == texts and predict.windowed > 0
    for doc in found:
        check(doc)
        check_sentences(doc, within=segmenter in SEGMENTERS[:2])
    check_files(found, tmp_path / "found.jsonl")


@pytest.mark.parametrize("number", range(len(WAYS)))
def test_given_entities_keep_their_characters(guessing: tuple[Any, HFTokenizer], number: int) -> None:
    (splitter, segmenter), docs = WAYS[number], annotated(texts_of(number)[::2])
    found = list(Predictor(*guessing, given=True, splitter=splitter, segmenter=segmenter)(docs))
    for doc, given in zip(found, docs, strict=True):
        check(doc)
        assert sorted(quotes(doc)) == sorted(quotes(given))
        assert Doc.from_dict(json.loads(to_line(doc))) == doc


@pytest.mark.parametrize("number", range(len(WAYS)))
def test_segments_and_scores_of_annotation_count_characters(
    guessing: tuple[Any, HFTokenizer], number: int
) -> None:
    (splitter, segmenter), docs = WAYS[number], annotated(texts_of(number)[1::2])
    found = list(Predictor(*guessing, splitter=splitter, segmenter=segmenter)(docs))
    metric, counts = EntityMetric(), Counter[str]()
    for given, predicted in zip(docs, found, strict=True):
        gold = split_again(given, splitter)
        assert quotes(gold) == quotes(given)
        parts = [quote for part in segmenter.segments(gold) for quote in quotes(part)]
        assert set(parts) <= set(quotes(gold)) and len(parts) == len(set(parts))
        one, other = (
            {(*q, e.label) for q, e in zip(quotes(d), d.entities, strict=True)} for d in (gold, predicted)
        )
        counts.update(gold=len(one), predicted=len(other), correct=len(one & other))
        metric.update(*same_words([gold, predicted]))
    assert metric.to_json()["counts"] == counts and counts["correct"] > 0


def test_a_network_keeps_the_characters(talkative: Callable[..., Any], small: Path, tmp_path: Path) -> None:
    encoder = registry.encoders.get("jointre.hf.v1")(str(small))
    pairs = registry.samplers.get("jointre.entity_pairs.v1")(max_spans=6)
    model, tokenizer = talkative(max_width=2, threshold=0.5, encoder=encoder, pair_sampler=pairs)
    texts = paragraphs(COUNT)[:OF_A_NETWORK]
    for number, (splitter, segmenter) in enumerate(WAYS):
        some = texts[number :: len(WAYS)]
        predict = Predictor(model, tokenizer, splitter=splitter, segmenter=segmenter)
        found = list(predict(docs_from_texts(some, splitter)))
        for doc in found:
            check(doc)
        assert any(doc.relations for doc in found)
        check_files(found, tmp_path / "found.jsonl")
