"""Every registered reader is asked whether it recognises a corpus, and the one that does reads it."""

import json
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import catalogue
import pytest
from public_corpora import public

from jointre.config import load_config, resolve
from jointre.data.doc import Doc, Entity
from jointre.data.labels import Labels
from jointre.errors import ConfigError, DataError, UsageError
from jointre.readers import head as heads
from jointre.readers.auto import AutoReader
from jointre.readers.base import Reader
from jointre.readers.head import Head, look_at, with_records
from jointre.readers.jsonl import JsonlReader
from jointre.readers.named import NamedReader
from jointre.readers.open import open_data, read_input
from jointre.readers.recognise import candidates, recognise
from jointre.readers.spert_json import SpertJsonReader
from jointre.registry import registry

OURS = {"tokens": ["Ann", "sings"], "entities": [{"start": 0, "end": 1, "label": "X"}]}
SPERT = {"tokens": ["Ann", "sings"], "entities": [{"start": 0, "end": 1, "type": "X"}], "relations": []}
BARE = {"tokens": ["Ann"]}


def save(path: Path, *records: Any) -> str:
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf8")
    return str(path)


class LineReader(Reader):
    """A reader as a plugin has it: words, a tab and the type of the whole line."""

    layout = "lines: 2 columns with tabs, #acme first"

    def __init__(self, path: str | None, repair: bool = True) -> None:
        self.path, self.repair = path, repair

    @classmethod
    def recognises(cls, head: Head) -> bool:
        return head.lines[:1] == ("#acme",)

    def __iter__(self) -> Iterator[Doc]:
        assert self.path is not None
        for line in Path(self.path).read_text(encoding="utf8").splitlines()[1:]:
            words, label = line.split("\t")
            yield Doc(words.split(), [Entity(0, len(words.split()), label)])


@pytest.fixture
def register() -> Iterator[Callable[[str, Any], None]]:
    """Registers readers for one test."""
    before = dict(catalogue.REGISTRY)
    yield lambda name, kind: registry.readers.register(name, func=kind) and None
    catalogue.REGISTRY.clear()
    catalogue.REGISTRY.update(before)


@pytest.mark.parametrize(
    ("records", "kind"),
    [
        ([OURS], JsonlReader),
        ([SPERT], SpertJsonReader),
        ([BARE, BARE, SPERT, OURS], SpertJsonReader),
        ([BARE, OURS, SPERT], JsonlReader),
        ([BARE], JsonlReader),
    ],
)
def test_the_first_record_that_shows_a_form_decides(tmp_path: Path, records: list[Any], kind: type) -> None:
    assert recognise(Path(save(tmp_path / "a", *records))) is kind


def test_auto_is_the_reader_that_recognises_the_corpus(tmp_path: Path) -> None:
    path = save(tmp_path / "a.json", SPERT, SPERT)
    auto, named = AutoReader(path), SpertJsonReader(path)
    assert list(auto) == list(named) and list(auto) == list(named)
    assert auto.notices == named.notices and auto.repairs == named.repairs
    assert auto.labels() is None
    types = tmp_path / "types.json"
    types.write_text('{"entities": ["Y"], "relations": []}', encoding="utf8")
    with pytest.raises(DataError, match="'X' is not among the labels"):
        list(AutoReader(path, str(types)))
    assert AutoReader(path, str(types)).labels() == Labels(("Y",))


def test_auto_opens_nothing_before_it_is_read() -> None:
    for path in (None, "nowhere.jsonl"):
        reader = AutoReader(path)
        assert reader.notices == []
        with pytest.raises(DataError):
            list(reader)


def test_the_default_config_reads_any_form(tmp_path: Path) -> None:
    given = {"paths.train": save(tmp_path / "a.jsonl", OURS), "paths.dev": save(tmp_path / "b.json", SPERT)}
    config = load_config("spert/conll04", overrides={"corpora.*.@readers": "jointre.auto.v1", **given})
    readers = resolve(config, "corpora")
    assert [len(list(readers[name])) for name in ("train", "dev")] == [1, 1]
    assert config["corpora.train.types"] is None and config["corpora.dev.path"] == given["paths.dev"]
    assert config["corpora.test.@readers"] == "jointre.auto.v1"


def test_a_config_that_names_another_reader_keeps_the_default_paths(tmp_path: Path) -> None:
    (tmp_path / "a.cfg").write_text('[corpora.train]\n@readers = "jointre.spert_json.v1"\n', encoding="utf8")
    config = load_config(tmp_path / "a.cfg", overrides={"paths.train": "a.json"}, sections=("corpora",))
    assert config["corpora.train.path"] == "a.json"


def test_a_named_reader_replaces_the_readers_of_files_alone(tmp_path: Path) -> None:
    named = NamedReader.parse("jointre.spert_json.v1:overlapping=drop_sentence").overrides
    config = load_config("spert/conll04", ["ablations/spert/train_dev"], named)
    assert config["corpora.train.@readers"] == "jointre.joined.v1"
    assert config["corpora.train.readers.dev.overlapping"] == "drop_sentence"
    config = load_config("spert/conll04", overrides={**named, "corpora.test.overlapping": "keep"})
    assert [config[f"corpora.{name}.overlapping"] for name in ("dev", "test")] == ["drop_sentence", "keep"]
    with pytest.raises(ConfigError, match="no corpus of the config is read from a file"):
        load_config("quickstart", overrides=named)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("jointre.jsnl.v1", "did you mean 'jointre.jsonl.v1'"),
        ("jointre.max.v1", "is one of the poolers"),
        ("jointre.sample.v1", "does not read a file"),
        ("jointre.column.v1:shceme=BIO", "did you mean 'scheme'"),
        ("jointre.column.v1:scheme=BOI", "scheme cannot be 'BOI'"),
        ("jointre.column.v1:repair", "'repair' has no value"),
        ("jointre.column.v1:repair=yes", "repair cannot be 'yes'"),
    ],
)
def test_names_and_arguments_that_are_wrong(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        NamedReader.parse(text)
    with pytest.raises(UsageError, match=said):
        open_data("sample:train", reader=text)


def test_a_corpus_is_read_with_the_reader_that_is_named(tmp_path: Path) -> None:
    path = save(tmp_path / "a", OURS)
    assert type(open_data(path, reader="jointre.spert_json.v1")) is SpertJsonReader
    reader = open_data(path, "t.json", "jointre.spert_json.v1:overlapping=drop_sentence,repeated=drop")
    assert isinstance(reader, SpertJsonReader)
    assert (reader.types, reader.overlapping, reader.repeated) == ("t.json", "drop_sentence", "drop")
    with pytest.raises(DataError, match="entity 0 has no 'type'"):
        list(read_input(path, reader="jointre.spert_json.v1"))


def test_the_reader_of_a_plugin_takes_part(tmp_path: Path, register: Callable[[str, Any], None]) -> None:
    path = tmp_path / "a.txt"
    path.write_text("#acme\nNew York\tLoc\n", encoding="utf8")
    with pytest.raises(DataError, match="its first line is '#acme'"):
        open_data(str(path))
    register("acme.lines.v1", LineReader)
    assert type(open_data(str(path), "types.json")) is LineReader  # which takes no types file
    assert [doc.words for doc in AutoReader(str(path))] == [["New", "York"]]
    assert [doc.words for doc in read_input(str(path))] == [["New", "York"]]
    assert NamedReader.parse("acme.lines.v1:repair=false").arguments == {"repair": False}


def test_a_corpus_that_two_readers_recognise_is_refused(
    tmp_path: Path, register: Callable[[str, Any], None]
) -> None:
    class Greedy(LineReader):
        @classmethod
        def recognises(cls, head: Head) -> bool:
            return isinstance(head.record, dict)

    register("acme.greedy.v1", Greedy)
    path = save(tmp_path / "a.jsonl", OURS)
    with pytest.raises(DataError, match=r"acme.greedy.v1, jointre.jsonl.v1\n.*--reader acme.greedy.v1"):
        open_data(path)
    assert type(open_data(path, reader="jointre.jsonl.v1")) is JsonlReader


def test_a_plugin_that_fails_to_answer_is_left_out(
    tmp_path: Path, register: Callable[[str, Any], None]
) -> None:
    class Broken(LineReader):
        @classmethod
        def recognises(cls, head: Head) -> bool:
            return bool(head.lines[99])

    register("acme.broken.v1", Broken)
    path = save(tmp_path / "a.jsonl", OURS)
    with pytest.warns(UserWarning, match=r"acme.broken.v1 cannot say .* IndexError"):
        assert type(open_data(path)) is JsonlReader


def refusal(path: Path | str) -> str:
    with pytest.raises(DataError) as error:
        open_data(str(path))
    assert len(error.value.faults) == 1
    return str(error.value)


def test_a_file_that_no_reader_recognises_is_one_fault_with_the_nearest_forms(tmp_path: Path) -> None:
    said = refusal(save(tmp_path / "a", *[{"sentence": "Ann sings", "ents": [], "rels": []}] * 144))
    assert "its records have the keys 'sentence', 'ents', 'rels'" in said
    assert "jointre.jsonl.v1 (JSON: text or tokens, entities" in said
    assert "jointre docs data-formats" in said and "--reader NAME" in said and "lines:" not in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1\tCause-Effect\n", "nearest formats are jointre.semeval2010.v1"),
        ("1\tCause-Effect\n", "its first line is '1"),
        ("Ann sings.\n", "raw text has no annotation"),
        ("[1, 2]", "its first record is '1'"),
    ],
)
def test_what_else_is_not_recognised(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a").write_text(text, encoding="utf8")
    assert said in refusal(tmp_path / "a")


def test_a_folder_that_is_not_recognised(tmp_path: Path) -> None:
    assert "file endings in it are none" in refusal(tmp_path)
    (tmp_path / "a.txt").write_text("", encoding="utf8")
    said = refusal(tmp_path)
    assert "nearest formats are jointre.brat.v1" in said and "; jointre.i2b2.v1" in said


def test_a_layout_says_what_its_files_look_like() -> None:
    layouts = {name: kind.layout.partition(":")[0] for name, kind in candidates()}
    without = {f"jointre.{name}.v1" for name in ("auto", "fold", "joined", "sample", "text")}
    assert {name for name, layout in layouts.items() if not layout} == without
    assert set(layouts.values()) == {"", "JSON", "lines", "folder", "binary"}


def test_only_the_beginning_of_a_file_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([BARE] * 5000 + [SPERT]), encoding="utf8")
    assert recognise(path) is JsonlReader
    assert sum(1 for _ in with_records(look_at(path))) == heads.MOST_RECORDS
    long = [{"tokens": ["a" * 500]}, SPERT]
    monkeypatch.setattr(heads, "RECORD_BYTES", 100)
    for text in (json.dumps(long), "".join(f"{json.dumps(record)}\n" for record in long)):
        path.write_text(text, encoding="utf8")
        found = [head.record for head in with_records(look_at(path))]
        assert found[0] == long[0], "the first record is read whatever its size"


@pytest.mark.parametrize(
    ("name", "reader"),
    [
        ("conll04/spert_dev.json", "spert_json"),
        ("conll04/bilou_dev.json", "bilou_json"),
        ("conll04/multihead_dev.txt", "multihead"),
        ("scierc/spert_dev.json", "spert_json"),
        ("scierc/doc_dev.jsonl", "dygie"),
        ("ade/ade_full.json", "spert_json"),
        ("ade/bioes_full.tsv", "column"),
        ("semeval2010_task8/TRAIN_FILE.TXT", "semeval2010"),
        ("semeval2010_task8/TEST_FILE_CLEAN.TXT", "semeval2010"),
        ("webnlg/exact_dev.json", "triples"),
        ("webnlg/star_dev.json", "triples"),
        ("nyt/exact_dev.jsonl", "triples"),
        ("nyt/star_dev.json", "triples"),
    ],
)
def test_public_corpora(name: str, reader: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert registry.name_of(recognise(Path(public(name)))) == f"jointre.{reader}.v1"
