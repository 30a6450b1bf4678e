"""``training.corpus_store``: a run whose corpora are on disk is the run whose corpora are in memory."""

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice

import pytest

from jointre.data.encoded_corpus import EncodedCorpus
from jointre.data.report import CorpusError
from jointre.data.stored_docs import StoredDocs
from jointre.data.write import to_line
from jointre.errors import TrainingError
from jointre.readers.jsonl import JsonlReader
from jointre.registry import registry
from jointre.testing import toy_docs
from jointre.training import corpus_store
from jointre.training.corpus_store import CorpusStore
from jointre.training.run import train
from jointre.training.setup import Setup
from jointre.training.updater import Updater

TAGGER = {
    "model__entity_head__@entity_heads": "jointre.tagger.v1",
    "model__entity_head__overlap": "keep_outer",
}
MODELS = {"spans": {"training__group_by_length": True}, "tags": TAGGER}


@pytest.fixture
def disk(tmp_path):
    """The options that keep corpora on disk."""
    return {"training__corpus_store": "disk", "training__corpus_folder": str(tmp_path / "store")}


@pytest.fixture
def short(config, toy_dev):
    """Two epochs of six updates, with a checkpoint after each."""
    options = {
        "training__batch_size": 2,
        "training__optimizer__lr": 5e-3,
        "training__checkpoint_every": 1e-9,
        "paths__dev": str(toy_dev),
    }
    return lambda **more: config(**{**options, **more})


def result(folder):
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text("utf8").splitlines()]
    for line in lines:
        line.pop("seconds", None), line.pop("documents_per_second", None)
    record = json.loads((folder / "run.json").read_text("utf8"))
    return (folder / "model" / "model.safetensors").read_bytes(), lines, record["data"]


def entries(folder):
    return {path.name.rsplit("-", 1)[0]: path for path in folder.iterdir()}


@pytest.mark.parametrize("model", MODELS)
def test_the_run_is_the_same_also_if_it_is_resumed(short, disk, tmp_path, monkeypatch, model):
    options = MODELS[model]
    train(short(**options), tmp_path / "memory", quiet=True)
    gradients, calls = Updater._gradients, []

    def stopping(self, *given):
        calls.append(given)
        if len(calls) == 4:
            os.kill(os.getpid(), signal.SIGINT)
        return gradients(self, *given)

    with monkeypatch.context() as patch:
        patch.setattr(Updater, "_gradients", stopping)
        assert train(short(**options, **disk), tmp_path / "disk", quiet=True).status == "interrupted"
    train(short(**options, **disk, training__workers=1), tmp_path / "disk", quiet=True, resume=True)
    assert result(tmp_path / "disk") == result(tmp_path / "memory")
    assert set(entries(tmp_path / "store")) == {
        "train-read",
        "dev-read",
        "train-segments",
        "train-encodings",
        "dev-encodings",
    }


def built(config):
    setup = Setup(config)
    setup.build()
    return setup


def as_list(encodings):
    return [(e.doc, e.ids, e.words.tolist(), e.key, e.around) for e in encodings]


@pytest.mark.parametrize("store", ["memory", "disk"])
def test_each_step_of_reading_counts_its_documents(short, disk, store):
    counts = {}

    @contextmanager
    def counting(step):
        counts[step] = 0
        yield lambda: counts.update({step: counts[step] + 1})

    setup = Setup(short(**disk | {"training__corpus_store": store}), counting=counting)
    setup.build()
    train, dev = len(setup.corpora.train), len(setup.corpora.dev)
    assert (
        train
        and dev
        and counts
        == {
            "reading train": train,
            "reading dev": dev,
            "segmenting train": len(setup.train),
            "tokenising train": len(setup.train),
            "tokenising dev": dev,
        }
    )


def test_stored_corpora_are_used_again_without_reading_and_tokenising(short, disk, tmp_path, monkeypatch):
    first = built(short(**disk))
    assert isinstance(first.train, StoredDocs) and isinstance(first.updater.data.encodings, EncodedCorpus)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "store").rglob("*")}

    def fail(*_):
        raise AssertionError

    monkeypatch.setattr(JsonlReader, "parse", fail)
    again = built(short(**disk))
    assert as_list(again.updater.data.encodings) == as_list(first.updater.data.encodings)
    assert again.notices == first.notices
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "store").rglob("*")}


@pytest.mark.parametrize(
    "change",
    [{"training__max_words": 9}, {"segmenter__sentences": 2}, {"tokenizer__overflow": "error"}],
)
def test_another_setting_makes_other_entries(short, disk, tmp_path, change):
    built(short(**disk))
    one = set((tmp_path / "store").glob("train-encodings-*"))
    given, stored = built(short(**change)), built(short(**disk, **change))
    assert len(set((tmp_path / "store").glob("train-encodings-*")) - one) == 1
    assert as_list(stored.updater.data.encodings) == as_list(given.updater.data.encodings)


def test_a_changed_corpus_is_read_again(short, disk, tmp_path):
    path = tmp_path / "train.jsonl"
    for count in (4, 6):
        path.write_text("".join(f"{to_line(doc)}\n" for doc in toy_docs(count)), encoding="utf8")
        assert len(Setup(short(**disk, paths__train=str(path))).train) == count


@pytest.mark.parametrize("entry", ["train-read", "train-encodings"])
def test_a_damaged_entry_is_made_again(short, disk, tmp_path, entry):
    expected = as_list(built(short(**disk)).updater.data.encodings)
    folder = entries(tmp_path / "store")[entry]
    file = folder / ("record.bin" if entry == "train-read" else "ids.bin")
    data = file.read_bytes()
    file.unlink()
    file.write_bytes(data[:-4] + b"????")
    assert as_list(built(short(**disk)).updater.data.encodings) == expected
    assert file.read_bytes() == data


def test_runs_that_write_the_same_entries_at_once(short, disk, tmp_path):
    config = short(**disk)
    with ThreadPoolExecutor(4) as pool:
        found = [list(setup.train) for setup in pool.map(lambda _: Setup(config), range(4))]
    assert all(docs == found[0] for docs in found) and len(found[0]) == 12
    assert sorted(entries(tmp_path / "store")) == ["dev-read", "train-read", "train-segments"]
    assert not list((tmp_path / "store").glob(".*"))


def test_a_refused_corpus_leaves_nothing(short, disk, tmp_path):
    path = tmp_path / "train.jsonl"
    path.write_text(f"{to_line(toy_docs(1)[0])}\n{{}}\n", encoding="utf8")
    with pytest.raises(CorpusError):
        Setup(short(**disk, paths__train=str(path)))
    assert not any(name.startswith("train") for name in os.listdir(tmp_path / "store"))


def test_auto_stores_what_is_large(short, disk, tmp_path, monkeypatch):
    options = {**disk, "training__corpus_store": "auto"}
    given = list(Setup(short(**options)).train)
    assert not (tmp_path / "store").exists()
    monkeypatch.setattr(corpus_store, "LARGE_WORDS", 30)
    setup = Setup(short(**options))
    assert isinstance(setup.train, StoredDocs) and list(setup.train) == given
    assert isinstance(setup.corpora.dev, list), "which has fewer words"
    assert not CorpusStore(short(**options))._is_large("train", None), "a small file is read first"
    monkeypatch.setattr(corpus_store, "LARGE_FILES", 10)
    assert CorpusStore(short(**options))._is_large("train", None)
    assert not CorpusStore(short(**options))._is_large("dev", None)


def test_a_reader_that_is_not_from_jointre_always_reads(short, disk, tmp_path, monkeypatch):
    monkeypatch.setitem(registry.readers._packages, "jointre.jsonl.v1", "someone")
    whole = JsonlReader.__iter__
    for limit, n_entries in ((3, 1), (5, 2), (5, 2)):
        monkeypatch.setattr(JsonlReader, "__iter__", lambda self, n=limit: islice(whole(self), n))
        assert len(Setup(short(**disk)).train) == limit
        assert len(list((tmp_path / "store").glob("train-read-*"))) == n_entries


def test_a_folder_that_cannot_be_written_is_named(short, disk, tmp_path):
    (tmp_path / "store").write_text("a file")
    with pytest.raises(TrainingError, match="the stored corpus cannot be written"):
        Setup(short(**disk))
