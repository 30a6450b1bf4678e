"""Bulk `predict`, `evaluate` and `convert` on the command line: what they write, refuse and say."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from job_toys import shards

from jointre.cli.app import run
from jointre.data.write import to_line
from jointre.readers.open import open_data
from jointre.testing import toy_docs

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Exit code, stdout and stderr of a command in a folder with ``toy.jsonl`` and ``bad.jsonl``."""
    monkeypatch.chdir(tmp_path)
    lines = [f"{to_line(doc)}\n" for doc in toy_docs(7)]
    (tmp_path / "toy.jsonl").write_text("".join(lines), encoding="utf8")
    (tmp_path / "bad.jsonl").write_text("".join([*lines[:3], "{broken\n", *lines[3:]]), encoding="utf8")

    def call(*words: Any) -> tuple[int, str, str]:
        capsys.readouterr()
        return (run([str(word) for word in words]), *capsys.readouterr())

    return call


@pytest.fixture
def predict(command: Command, talkative_folder: Path) -> Command:
    """`jointre predict` with the model, in shards of three lines."""
    return lambda *words: command("predict", talkative_folder, *words, "--shard-size", 3, "--device", "cpu")


def test_a_folder_or_several_files_are_predicted_in_bulk(predict: Command, tmp_path: Path) -> None:
    code, out, err = predict("toy.jsonl", "found/")
    assert code == 0 and out == "" and "wrote found: 3 shards with 7 documents" in err, err
    (tmp_path / "a.txt").write_text("Anna met Otto.\n", encoding="utf8")
    assert predict("toy.jsonl", "a.txt", "both")[0] == 0
    assert predict("*.txt", "pattern")[0] == 0
    assert [len(list(open_data(str(tmp_path / name)))) for name in ("found", "both", "pattern")] == [7, 8, 1]
    before = shards(tmp_path / "found")
    assert predict("toy.jsonl", "found")[0] == 0 and shards(tmp_path / "found") == before


def test_a_folder_of_texts_is_predicted_in_bulk(predict: Command, tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    for name in ("a", "b"):
        (tmp_path / "texts" / f"{name}.txt").write_text(f"Anna met {name}.\nOtto left.\n", encoding="utf8")
    assert predict("texts", "found")[0] == 0
    assert [doc.id for doc in open_data(str(tmp_path / "found"))] == [
        "a.txt:1",
        "a.txt:2",
        "b.txt:1",
        "b.txt:2",
    ]
    assert "name a folder to write" in predict("texts")[2]


def test_bad_records_have_an_exit_code_of_their_own(predict: Command, tmp_path: Path) -> None:
    for _ in range(2):
        code, _, err = predict("bad.jsonl", "found/")
        assert code == 3 and "shard-00001.jsonl: bad.jsonl:4" in err and "7 documents" in err, err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["toy.jsonl", "bad.jsonl"], "is a file, not a folder"),
        (["*.jsonl"], "name a folder to write"),
        (["*.jsonl", "found.jsonl"], "found.jsonl: this is the name of a file"),
        (["*.jsonl", "found.html"], "name a folder, such as found/"),
        (["-", "found/"], "can be read only once"),
        (["none.jsonl", "found/"], "no such file"),
        (["toy.jsonl", "found/", "--engine", "spark"], "is not one of the engines"),
        (["toy.jsonl", "found/", "--engine", "local:x=1"], "has no argument 'x'"),
        (["toy.jsonl", "found/", "--entities", "other.jsonl"], "other.jsonl: no such file"),
        (["toy.jsonl", "found/", "--entities", "bad.jsonl"], "bad.jsonl:4: broken JSON"),
        (["toy.jsonl", "found.jsonl", "--workers", "2"], "one file is written by one process"),
        (["toy.jsonl", "found/", "--format", "text"], "'text' is not one of the writers"),
    ],
)
def test_what_cannot_be_done_is_refused(
    predict: Command, tmp_path: Path, words: list[str], said: str
) -> None:
    if words == ["toy.jsonl", "bad.jsonl"]:
        words = ["toy.jsonl", "toy.jsonl", "bad.jsonl"]
    code, out, err = predict(*words)
    assert code == 2 and said in err and out == "" and not (tmp_path / "found").exists(), err


def test_a_file_of_entities_gives_the_same_in_bulk(predict: Command, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Anna met Otto.\n\nOtto left Rome.\n", encoding="utf8")
    rows = [[(0, 4, "Person"), (9, 13, "Person")], [(0, 4, "Person")]]
    given = [{"entities": [{"start": s, "end": e, "label": n} for s, e, n in row]} for row in rows]
    (tmp_path / "given.jsonl").write_text("\n".join(map(json.dumps, given)), encoding="utf8")
    words = ["a.txt", "found/", "--entities", "given.jsonl", "--threshold", "0"]
    assert predict(*words)[0] == 0
    code, out, _ = predict("a.txt", *words[2:])
    written = (tmp_path / "found" / "shard-00000.jsonl").read_text("utf8")
    found, single = ([json.loads(line) for line in text.splitlines()] for text in (written, out))
    assert code == 0 and [doc["entities"] for doc in found] == [doc["entities"] for doc in single]
    pairs = [[(r["head"], r["tail"], r["label"]) for r in doc["relations"]] for doc in found]
    assert pairs == [[(r["head"], r["tail"], r["label"]) for r in doc["relations"]] for doc in single]
    assert pairs[0] and not pairs[1]


def test_a_bulk_evaluation_has_the_scores_of_a_single_process(
    command: Command, talkative_folder: Path, tmp_path: Path
) -> None:
    words = ["evaluate", talkative_folder, "toy.jsonl", "--device", "cpu", "--json"]
    code, out, err = command(*words, "--predictions", "found/", "--shard-size", 3)
    assert code == 0, err
    assert json.loads(out)["scores"] == json.loads(command(*words)[1])["scores"]
    assert len(list(open_data(str(tmp_path / "found")))) == 7


def test_a_bulk_conversion_holds_what_a_single_process_writes(command: Command, tmp_path: Path) -> None:
    code, out, err = command("convert", "toy.jsonl", "shards/", "--to", "spert", "--shard-size", 3, "--json")
    assert code == 0, err
    assert command("convert", "toy.jsonl", "whole.json", "--to", "spert")[0] == 0
    parts = [json.loads(path.read_text("utf8")) for path in sorted(tmp_path.glob("shards/shard-*"))]
    assert [len(part) for part in parts] == [3, 3, 1]
    assert [record for part in parts for record in part] == json.loads(
        (tmp_path / "whole.json").read_text("utf8")
    )
    again = json.loads(command("convert", "toy.jsonl", "new.json", "--to", "spert", "--json")[1])
    facts = json.loads(out)
    assert {key: facts[key] for key in ("read", "written")} == {
        key: again[key] for key in ("read", "written")
    }
    assert {loss["what"] for loss in facts["losses"]} == {loss["what"] for loss in again["losses"]}
    assert command("convert", "toy.jsonl", "other/")[0] == 2
    assert command("convert", "bad.jsonl", "bad/", "--to", "spert")[0] == 3
