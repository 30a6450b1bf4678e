"""The splitter of the config splits text in training, evaluation and prediction alike."""

import json
from pathlib import Path

import pytest

from jointre.cli.app import run
from jointre.config import load_config
from jointre.data.report import CorpusError
from jointre.data.write import to_line
from jointre.errors import DataError
from jointre.pipeline import load
from jointre.readers.open import open_data
from jointre.segmenters import Documents
from jointre.splitters import EnglishWords, UnicodeWords
from jointre.testing import tiny_encoder_folder, toy_docs
from jointre.training.run import train
from jointre.training.setup import segments_to_train

PEOPLE, CITIES = ["李娜", "王芳", "林小雨", "Ann"], ["成都", "西安", "武汉", "Oslo"]


def sentence(number: int) -> dict:
    """A sentence of a person and a city, with offsets of characters."""
    person, city = PEOPLE[number % 4], CITIES[number // 4 % 4]
    text = f"今年{person}搬到{city}了。"
    place = text.index(city)
    entities = [
        {"start": 2, "end": 2 + len(person), "label": "Peop"},
        {"start": place, "end": place + len(city), "label": "Loc"},
    ]
    return {"text": text, "entities": entities, "relations": [{"head": 0, "tail": 1, "label": "Live_In"}]}


def lines(path: Path, *records: dict) -> str:
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf8")
    return str(path)


@pytest.fixture(scope="module")
def zh_encoder(tmp_path_factory):
    """A tiny encoder that knows the characters of the corpus."""
    characters = "".join(sentence(number)["text"] for number in range(16))
    return tiny_encoder_folder(tmp_path_factory.mktemp("encoder") / "zh", characters=characters)


def trained(folder: Path, encoder_folder: Path, corpus: str, **changed):
    values = {"model.encoder.name": str(encoder_folder), "system.device": "cpu", "training.epochs": 1}
    values |= {"paths.train": corpus, "paths.dev": corpus, "paths.types": None}
    values |= {key.replace("__", "."): value for key, value in changed.items()}
    config = load_config("spert/conll04", overrides=values)
    train(config, folder, quiet=True)
    return folder


@pytest.fixture(scope="module")
def place(tmp_path_factory, zh_encoder):
    """A folder with a corpus, its text, and a run that was trained on the corpus."""
    folder = tmp_path_factory.mktemp("splitter")
    records = [sentence(number) for number in range(16)]
    corpus = lines(folder / "zh.jsonl", *records)
    (folder / "zh.txt").write_text("".join(f"{record['text']}\n" for record in records), encoding="utf8")
    learning = {
        "training__epochs": 30,
        "training__optimizer__lr": 2e-3,
        "model__entity_head__sampler__negatives": 5,
    }
    trained(folder / "run", zh_encoder, corpus, **learning)
    return folder


def test_evaluation_finds_what_prediction_on_raw_text_finds(place, capsys):
    assert (
        run(["evaluate", str(place / "run"), str(place / "zh.jsonl"), "--output", str(place / "s.json")]) == 0
    )
    counts = json.loads((place / "s.json").read_text(encoding="utf8"))["scores"]["entities"]["counts"]
    assert run(["predict", str(place / "run"), str(place / "zh.txt"), str(place / "found.jsonl")]) == 0
    found = [json.loads(line) for line in (place / "found.jsonl").read_text(encoding="utf8").splitlines()]
    gold = [json.loads(line) for line in (place / "zh.jsonl").read_text(encoding="utf8").splitlines()]
    items = [
        {
            (row, e["start"], e["end"], e["label"])
            for row, record in enumerate(part)
            for e in record["entities"]
        }
        for part in (gold, found)
    ]
    assert counts == {
        "gold": len(items[0]),
        "predicted": len(items[1]),
        "correct": len(items[0] & items[1]),
    }
    assert counts["correct"] > 0, "the model finds nothing, so the test shows nothing"


def test_words_are_the_same_in_prediction_on_text_on_a_corpus_and_in_python(place):
    pipeline = load(place / "run")
    text = sentence(1)["text"]
    (from_text,) = pipeline([text])
    from_corpus = list(pipeline.predict(open_data(str(place / "zh.jsonl"))))[1]
    assert isinstance(pipeline.splitter, UnicodeWords)
    assert (
        from_text.words == from_corpus.words == ["今", "年", "王", "芳", "搬", "到", "成", "都", "了", "。"]
    )
    spans = [[(e.extent, e.label) for e in doc.entities] for doc in (from_text, from_corpus)]
    assert spans[0] == spans[1]


def test_a_model_without_a_splitter_has_the_rule_for_english(place, tmp_path):
    old = tmp_path / "old"
    old.mkdir()
    for file in (place / "run" / "model").iterdir():
        (old / file.name).symlink_to(file)
    text = (old / "config.cfg").read_text(encoding="utf8")
    before, _, rest = text.partition("[splitter]")
    (old / "config.cfg").unlink()
    (old / "config.cfg").write_text(before + rest[rest.index("[") :], encoding="utf8")
    pipeline = load(old)
    assert isinstance(pipeline.splitter, EnglishWords)
    assert pipeline([sentence(1)["text"]])[0].words == ["今年王芳搬到成都了", "。"]


def test_an_edge_inside_an_english_word(encoder_folder, tmp_path, capsys):
    spans = [{"start": 0, "end": 4, "label": "T"}, {"start": 21, "end": 25, "label": "L"}]
    record = {
        "text": "Postwar years were in Rome.",
        "entities": [spans[0], {**spans[1], "start": 22, "end": 26}],
    }
    corpus = lines(tmp_path / "en.jsonl", *[{**record, "relations": []}] * 4)
    folder = trained(tmp_path / "run", encoder_folder, corpus, training__batch_size=1)
    told = capsys.readouterr()
    assert run(["evaluate", str(folder), corpus]) == 0
    told = capsys.readouterr()
    assert (
        "4 of 8 gold entities (50.00 %) begin or end inside a word, so no prediction can match them"
        in told.err
    )
    assert f"(first in {corpus}:1)" in told.err
    with pytest.raises(CorpusError, match="begin or end inside a word: 'Post' in 'Postwar'"):
        trained(tmp_path / "no", encoder_folder, corpus, training__edges_inside_words="refuse")
    given = ["--paths.train", corpus, "--paths.types", "null", "--model.encoder.name", str(encoder_folder)]
    assert run(["debug", "data", "spert/conll04", *given]) == 0
    assert (
        "4 of 8 entities (50.00 %) can never be predicted: begins or ends inside a word"
        in capsys.readouterr().out
    )


def test_written_predictions_keep_characters(place):
    pipeline = load(place / "run")
    doc = next(iter(open_data(str(place / "zh.jsonl"))))
    (found,) = pipeline.predictor(given=True)([doc])
    assert [doc.surface(e) for e in found.entities] == [doc.surface(e) for e in doc.entities]
    assert '"text": "李娜"' in to_line(found)


def test_long_sentences_are_left_out_of_training() -> None:
    docs = [toy for toy in toy_docs() if toy.words]
    limit = min(len(doc.words) for doc in docs)
    kept, notices = segments_to_train(docs, Documents(), limit)
    assert kept == [doc for doc in docs if len(doc.words) == limit] and 0 < len(kept) < len(docs)
    left_out = f"{len(docs) - len(kept)} of {len(docs)} sentences have more than {limit} words"
    assert notices == [f"train: {left_out}, left out (training.max_words)"]
    assert segments_to_train(docs, Documents()) == (docs, [])
    with pytest.raises(DataError, match="no training sentence is left"):
        segments_to_train(docs, Documents(), limit - 1)
