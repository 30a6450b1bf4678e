"""`jointre convert`: formats by name and by ending, what is lost, and when nothing is written."""

import gzip
import json
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import cast

import catalogue
import pytest

from jointre.cli.app import run
from jointre.data.doc import Doc
from jointre.readers.open import open_data
from jointre.writers.spert_json import SpertJsonWriter

Convert = Callable[..., tuple[int, str, str]]
NESTED = {
    "tokens": ["New", "York", "Times", "wrote"],
    "entities": [{"type": "Org", "start": 0, "end": 3}, {"type": "Loc", "start": 0, "end": 2}],
    "relations": [{"type": "In", "head": 0, "tail": 1}],
    "orig_id": 5,
}


@pytest.fixture
def convert(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Convert:
    """Call the command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["convert", *arguments])
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def nested(tmp_path: Path) -> str:
    """A file in SpERT's format with a nested entity."""
    (tmp_path / "nested.json").write_text(json.dumps([NESTED]), encoding="utf8")
    return "nested.json"


def test_the_ending_says_the_format_and_gz_packs_it(convert: Convert, tmp_path: Path) -> None:
    assert convert("sample:dev", "dev.jsonl.gz")[0] == 0
    assert gzip.decompress((tmp_path / "dev.jsonl.gz").read_bytes()).startswith(b'{"id"')
    assert convert("dev.jsonl.gz", "dev.conll")[0] == 0
    assert list(open_data("dev.jsonl.gz")) == list(open_data("sample:dev"))
    assert [doc.words for doc in open_data("dev.conll")] == [doc.words for doc in open_data("sample:dev")]


def test_what_is_lost_is_said_by_kind_with_its_place(convert: Convert, nested: str) -> None:
    code, out, err = convert(nested, "out.conll")
    assert code == 0 and out == ""
    assert "lost: entities that overlap a wider one, left out: 1 (first in nested.json[0])" in err
    assert "lost: relations that the format does not have, left out: 1 (first in nested.json[0])" in err
    assert "changed: key 'orig_id' of documents, not written: 1" in err
    assert "wrote out.conll: 1 document with 1 of 2 entities and 0 of 1 relations" in err


def test_json_has_the_same_facts(convert: Convert, nested: str) -> None:
    facts = json.loads(convert(nested, "out", "--to", "column", "--json")[1])
    assert facts["writer"] == "jointre.column.v1"
    assert facts["read"] == {"documents": 1, "entities": 2, "relations": 1}
    assert facts["written"] == {"documents": 1, "entities": 1, "relations": 0}
    assert [row["count"] for row in facts["losses"]] == [1, 1]
    assert facts["losses"][0]["first"] == "nested.json[0]"


def test_strict_writes_nothing_if_annotation_is_lost(convert: Convert, nested: str, tmp_path: Path) -> None:
    code, _, err = convert(nested, "out.conll", "--strict")
    assert code == 2 and "entities that overlap a wider one, left out: 1" in err
    assert not (tmp_path / "out.conll").exists()
    assert convert(nested, "out.jsonl", "--strict")[0] == 0


def test_an_unclear_format_is_refused_with_the_names(convert: Convert) -> None:
    code, _, err = convert("sample:dev", "dev.json")
    assert code == 2 and "name it with --to: bilou_json, brat," in err
    code, _, err = convert("sample:dev", "dev", "--to", "bratt")
    assert code == 2 and "did you mean 'brat'?" in err
    code, _, err = convert("sample:dev", "dev", "--to", "conll:scheme=IOB")
    assert code == 2 and "scheme cannot be 'IOB'" in err
    code, _, err = convert("sample:dev", "dev.jsonl", "--from", "jointre.nothing.v1")
    assert code == 2 and "--from: 'jointre.nothing.v1' is not one of the readers" in err


def test_a_pattern_names_several_corpora(convert: Convert, tmp_path: Path) -> None:
    for split in ("dev", "test"):
        assert convert(f"sample:{split}", f"{split}.jsonl")[0] == 0
    code, _, err = convert("*.jsonl", "both.json", "--to", "spert")
    assert code == 0, err
    number = sum(1 for split in ("dev", "test") for _ in open_data(f"sample:{split}"))
    assert len(json.loads((tmp_path / "both.json").read_text("utf8"))) == number
    code, _, err = convert("*.none", "none.jsonl")
    assert code == 2 and "no file has a name like that" in err
    code, _, err = convert("*.jsonl", "dev.jsonl", "--force")
    assert code == 2 and "is the same file as the input dev.jsonl" in err


def test_a_folder_is_replaced_only_if_it_has_no_other_files(convert: Convert, tmp_path: Path) -> None:
    assert convert("sample:dev", "out", "--to", "brat")[0] == 0
    (tmp_path / "out" / "old.txt").write_text("old", "utf8")
    code, _, err = convert("sample:dev", "out", "--to", "brat")
    assert code == 2 and "overwrite it with --force" in err
    assert convert("sample:dev", "out", "--to", "brat", "--force")[0] == 0
    assert not (tmp_path / "out" / "old.txt").exists()
    (tmp_path / "out" / "notes.md").write_text("precious", "utf8")
    code, _, err = convert("sample:dev", "out", "--to", "brat", "--force")
    assert code == 2 and "has other files, such as 'notes.md'" in err
    code, _, err = convert("out", ".", "--to", "brat", "--force")
    assert code == 2 and "has the input out" in err
    assert (tmp_path / "out" / "notes.md").read_text("utf8") == "precious"


def test_an_output_without_documents_is_not_written(convert: Convert, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"tokens": ["It", "rains"], "entities": []}', encoding="utf8")
    code, _, err = convert("a.jsonl", "out.json", "--to", "tacred")
    assert code == 2 and "documents without a pair of entities, left out: 1" in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl"]


def test_a_faulty_corpus_leaves_nothing(convert: Convert, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"tokens": ["a"], "entities": []}\n{"tokens": 1}\n', encoding="utf8")
    code, _, err = convert("a.jsonl", "out", "--to", "brat", "--from", "jointre.jsonl.v1")
    assert code == 2 and "a.jsonl:2" in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl"]


@pytest.mark.parametrize("name", ["dev.parquet", "dev.arrow", "dev.spacy", "dev.csv", "dev.tsv"])
def test_binary_files_and_tables_come_back(convert: Convert, name: str) -> None:
    facts = json.loads(convert("sample:dev", name, "--json")[1])
    code, _, err = convert(name, "back.jsonl")
    assert code == 0, err
    before, after = list(open_data("sample:dev")), list(open_data("back.jsonl"))
    assert [doc.words for doc in after] == [doc.words for doc in before]
    sizes = {"entities": sum(len(doc.entities) for doc in after), "documents": len(after)}
    assert facts["written"] == {**sizes, "relations": sum(len(doc.relations) for doc in after)}
    assert facts["written"]["relations"] > 60


def test_a_missing_package_is_named(
    convert: Convert, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("jointre.writers.fit.find_spec", lambda name: None)
    code, _, err = convert("sample:dev", "dev.parquet")
    assert code == 2 and "pyarrow must be installed" in err and "pip install 'jointre[datasets]'" in err
    assert not list(tmp_path.iterdir())


def test_only_text_is_packed(convert: Convert, tmp_path: Path) -> None:
    for arguments in (["dev.parquet.gz"], ["dev.gz", "--to", "brat"]):
        code, _, err = convert("sample:dev", *arguments)
        assert code == 2 and "does not pack its output" in err
    assert not list(tmp_path.iterdir())


def test_a_plugin_takes_part(convert: Convert, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "from jointre.registry import registry\n"
        "from jointre.writers.jsonl import JsonlWriter\n"
        "@registry.writers('acme.mine.v1')\n"
        "class Mine(JsonlWriter):\n"
        "    endings = ('.mine',)\n",
        "utf8",
    )
    before = dict(catalogue.REGISTRY)
    try:
        assert convert("sample:dev", "dev.mine", "--code", "own.py")[0] == 0
        assert convert("sample:dev", "other", "--code", "own.py", "--to", "mine")[0] == 0
    finally:
        catalogue.REGISTRY.clear()
        catalogue.REGISTRY.update(before)
    assert (tmp_path / "dev.mine").read_bytes() == (tmp_path / "other").read_bytes()


def test_a_json_list_is_closed_after_an_error_and_may_be_left_early() -> None:
    def failing() -> Iterator[Doc]:
        yield Doc(["a"])
        raise ValueError("stop")

    pieces = []
    with pytest.raises(ValueError, match="stop"):
        for piece in SpertJsonWriter().pieces(failing()):
            pieces.append(piece)
    assert len(json.loads("".join(pieces))) == 1
    begun = cast(Generator[str, None, None], SpertJsonWriter().pieces([Doc(["a"]), Doc(["b"])]))
    next(begun)
    begun.close()
