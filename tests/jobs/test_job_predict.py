"""A bulk prediction writes what one process would write, whatever its input, and reports what it cannot use."""

import gzip
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from job_toys import shards

from jointre.data.doc import Doc
from jointre.data.write import to_line
from jointre.errors import DataError, UsageError
from jointre.jobs.predict import ShardPredictor
from jointre.pipeline import Pipeline
from jointre.readers.given_entities import GivenDocs
from jointre.readers.open import open_data, read_input
from jointre.testing import toy_docs

Predict = Callable[..., dict[str, Any]]


def close(found: Any, wanted: Any) -> bool:
    """Return whether two JSON values are equal up to rounding."""
    if isinstance(found, float):
        return found == pytest.approx(wanted, abs=1e-5)
    if isinstance(found, dict):
        return found.keys() == wanted.keys() and all(close(found[key], wanted[key]) for key in found)
    if isinstance(found, list):
        return len(found) == len(wanted) and all(map(close, found, wanted))
    return bool(found == wanted)


def records(docs: Any) -> list[Any]:
    return [json.loads(to_line(doc)) for doc in docs]


def jsonl(path: Path, docs: list[Doc]) -> Path:
    path.write_text("".join(f"{to_line(doc)}\n" for doc in docs), encoding="utf8")
    return path


def test_shards_hold_what_one_process_predicts_in_order(
    predict: Predict, pipeline: Pipeline, text: Path, tmp_path: Path
) -> None:
    facts = predict(text)
    assert [row["documents"] for row in facts["shards"]] == [2, 1, 1]
    wanted = records(pipeline.predict(read_input(str(text), splitter=pipeline.splitter)))
    found = records(open_data(str(tmp_path / "out")))
    assert close(found, wanted) and [one["id"] for one in found] == [f"text.txt:{n}" for n in (1, 2, 4, 5)]
    assert any(one["relations"] for one in found)


@pytest.mark.parametrize("size", [1, 3, 100])
def test_the_size_of_shards_changes_nothing(predict: Predict, tmp_path: Path, size: int) -> None:
    source = jsonl(tmp_path / "toy.jsonl", toy_docs(12))
    predict(source, output="two", size=2)
    predict(source, size=size)
    assert close(records(open_data(str(tmp_path / "out"))), records(open_data(str(tmp_path / "two"))))


def test_several_files_of_several_forms_are_one_input(predict: Predict, text: Path, tmp_path: Path) -> None:
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress(b"Anna slept.\n"))
    source = jsonl(tmp_path / "a.jsonl", toy_docs(3))
    facts = predict(source, tmp_path / "b.txt.gz", text, size=4)
    assert [file["lines"] for file in facts["input"]] == [3, 1, 5]
    ids = [doc.id for doc in open_data(str(tmp_path / "out"))]
    assert ids[:4] == ["toy-0", "toy-1", "toy-2", "b.txt.gz:1"] and len(ids) == 8


def test_parquet_is_read_by_row_groups_and_written(predict: Predict, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="reading Parquet needs pyarrow")
    from pyarrow import parquet

    from jointre.readers.arrow_rows import arrow_rows
    from jointre.writers.convert import convert
    from jointre.writers.parquet import ParquetWriter

    source = jsonl(tmp_path / "toy.jsonl", toy_docs(12))
    convert(toy_docs(12), ParquetWriter(), tmp_path / "all.parquet")
    parquet.write_table(
        parquet.read_table(tmp_path / "all.parquet"), tmp_path / "toy.parquet", row_group_size=5
    )
    rows = list(arrow_rows(tmp_path / "toy.parquet"))
    for first in (0, 3, 5, 7, 10, 12):
        assert list(arrow_rows(tmp_path / "toy.parquet", first=first)) == rows[first:]
    facts = predict(tmp_path / "toy.parquet", size=5, writer="jointre.parquet.v1")
    assert [row["file"] for row in facts["shards"]] == [f"shard-0000{n}.parquet" for n in range(3)]
    predict(source, output="lines", size=5)
    found, wanted = (list(open_data(str(tmp_path / name))) for name in ("out", "lines"))
    assert [doc.id for doc in found] == [doc.id for doc in wanted]
    assert [len(doc.entities) for doc in found] == [len(doc.entities) for doc in wanted]


def test_a_corpus_in_another_format_is_predicted(predict: Predict, tmp_path: Path) -> None:
    from jointre.writers.brat import BratWriter
    from jointre.writers.convert import convert

    convert(toy_docs(4), BratWriter(), tmp_path / "brat")
    assert predict(tmp_path / "brat")["counts"]["documents"] == 4


def test_a_bad_record_is_reported_with_its_line_and_the_rest_is_done(
    predict: Predict, tmp_path: Path
) -> None:
    docs = toy_docs(6)
    lines = [to_line(doc).encode() for doc in docs]
    lines[2], lines[4] = b'{"tokens": [1]}', b'{"tokens": \xff'
    (tmp_path / "bad.jsonl").write_bytes(b"\n".join(lines))
    facts = predict(tmp_path / "bad.jsonl")
    assert facts["counts"]["bad"] == 2 and facts["counts"]["documents"] == 4
    places = [(fault["shard"], fault["where"].rpartition("/")[2]) for fault in facts["faults"]]
    assert places == [("shard-00001.jsonl", "bad.jsonl:3"), ("shard-00002.jsonl", "bad.jsonl:5")]
    found = [doc.id for doc in open_data(str(tmp_path / "out"))]
    assert found == [docs[row].id for row in (0, 1, 3, 5)]
    assert predict(tmp_path / "bad.jsonl") == facts


def test_a_document_that_the_model_refuses_is_reported_too(
    predict: Predict, pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline.tokenizer, "overflow", "error")
    long = Doc(["rain"] * 600, id="long")
    facts = predict(jsonl(tmp_path / "long.jsonl", [*toy_docs(2), long, *toy_docs(1)]), size=4)
    assert facts["counts"]["bad"] == 1 and facts["counts"]["documents"] == 3
    assert "long.jsonl:3" in facts["faults"][0]["where"]


def test_given_entities_are_kept_and_unknown_types_reported(
    predict: Predict, text: Path, tmp_path: Path
) -> None:
    docs = toy_docs(2)
    source = jsonl(tmp_path / "gold.jsonl", docs)
    with source.open("a", encoding="utf8") as file:
        file.write(
            '{"tokens": ["a"], "entities": [{"start": 0, "end": 1, "label": "Odd"}], "relations": []}\n'
        )
    facts = predict(source, given=True)
    assert facts["counts"]["bad"] == 1 and "'Odd'" in facts["faults"][0]["what"]
    found = [[entity.label for entity in doc.entities] for doc in open_data(str(tmp_path / "out"))]
    assert found == [[entity.label for entity in doc.entities] for doc in docs]
    with pytest.raises(DataError, match="has no entities"):
        predict(text, output="other", given=True)


GIVEN = [("Anna Berg", "Rome"), ("Rome",), ("Otto",), ("Anna",)]
"""The given entities of the lines of the text that are not blank."""


def given_record(text: str, names: Iterable[str]) -> str:
    """Return the line of a file with entities, all of one type of the model, for a line of text."""
    starts = [(text.index(name), len(name)) for name in names]
    return json.dumps(
        {"entities": [{"start": start, "end": start + size, "label": "Person"} for start, size in starts]}
    )


@pytest.fixture
def entities(text: Path, tmp_path: Path) -> Path:
    """A file with the entities of the text."""
    texts = [line for line in text.read_text("utf8").splitlines() if line]
    lines = [given_record(line, names) for line, names in zip(texts, GIVEN, strict=True)]
    path = tmp_path / "entities.jsonl"
    path.write_text("\n\n".join(lines), encoding="utf8")
    return path


@pytest.mark.parametrize("size", [1, 2, 100])
def test_entities_of_a_file_are_those_of_their_line(
    predict: Predict, pipeline: Pipeline, text: Path, entities: Path, tmp_path: Path, size: int
) -> None:
    predict(text, size=size, given=True, beside=entities)
    docs = GivenDocs(str(text), str(entities), pipeline.labels, splitter=pipeline.splitter)
    wanted = records(pipeline.predictor(given=True)(docs))
    found = records(open_data(str(tmp_path / "out")))
    assert close(found, wanted) and [len(one["entities"]) for one in found] == [2, 1, 1, 1]


def test_a_file_of_entities_goes_on_over_several_inputs_and_where_a_job_was_stopped(
    predict: Predict, pipeline: Pipeline, text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docs = toy_docs(5)
    corpus = jsonl(tmp_path / "toy.jsonl", docs)
    wanted = [[(e.start, e.end, e.label) for e in doc.entities] for doc in docs]
    lines = [
        json.dumps({"entities": [dict(zip(("start", "end", "label"), e, strict=True)) for e in entities]})
        for entities in wanted
    ]
    path = tmp_path / "all.jsonl"
    path.write_text("\n".join([*['{"entities": []}'] * 4, *lines]), encoding="utf8")
    made = ShardPredictor.__call__

    def stop(self: ShardPredictor, task: Any, tick: Any) -> Any:
        if task.number == 2:
            raise KeyboardInterrupt
        return made(self, task, tick)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(ShardPredictor, "__call__", stop)
        predict(text, corpus, size=3, given=True, beside=path)
    predict(text, corpus, size=3, given=True, beside=path)
    found = [doc.entities for doc in open_data(str(tmp_path / "out"))]
    assert [[(e.start, e.end, e.label) for e in one] for one in found] == [*[[]] * 4, *wanted]


def test_a_bad_record_of_entities_costs_its_line_only(
    predict: Predict, text: Path, entities: Path, tmp_path: Path
) -> None:
    lines = entities.read_text("utf8").split("\n\n")
    lines[1] = lines[1].replace('"Person"', '"Odd"')
    lines[2] = '{"entities": [{"start": 50, "end": 60, "label": "Person"}]}'
    entities.write_text("\n".join(lines), encoding="utf8")
    facts = predict(text, given=True, beside=entities)
    assert facts["counts"]["bad"] == 2
    assert [fault["where"].rpartition("/")[2] for fault in facts["faults"]] == [
        "text.txt:2",
        "entities.jsonl:3",
    ]
    assert [doc.id for doc in open_data(str(tmp_path / "out"))] == ["text.txt:1", "text.txt:5"]


def test_a_file_of_entities_with_other_records_is_refused(
    predict: Predict, text: Path, entities: Path
) -> None:
    predict(text, given=True, beside=entities)
    entities.write_text('{"entities": []}\n' * 4, encoding="utf8")
    with pytest.raises(UsageError, match=r"options\.entities\.entities\.jsonl has changed"):
        predict(text, given=True, beside=entities)
    with pytest.raises(UsageError, match=r"options\.entities was \{.*, and is None now"):
        predict(jsonl(text.with_name("toy.jsonl"), toy_docs(1)), given=True)
    entities.write_text('{"entities": []}\n' * 5, encoding="utf8")
    with pytest.raises(DataError, match=r"has 5 records, but text\.txt has 4 lines that are not blank"):
        predict(text, given=True, beside=entities)
    entities.write_text('{"entities": []}\n{broken', encoding="utf8")
    with pytest.raises(DataError, match=r"entities\.jsonl:2"):
        predict(text, given=True, beside=entities)


def test_a_format_of_folders_is_refused(predict: Predict, text: Path) -> None:
    with pytest.raises(UsageError, match="writes a folder of files"):
        predict(text, writer="jointre.brat.v1")


def test_another_model_input_or_setting_is_refused_unless_forced(
    predict: Predict, text: Path, tmp_path: Path
) -> None:
    predict(text)
    text.write_text("Anna slept.\n", encoding="utf8")
    with pytest.raises(UsageError) as error:
        predict(text, threshold=0.5)
    said = str(error.value)
    assert "input.text.txt has changed" in said and "options.threshold was None, and is 0.5 now" in said
    predict(text, size=1, force=True)
    assert [name for name in shards(tmp_path / "out") if name.startswith("shard")] == ["shard-00000.jsonl"]


def test_a_job_that_was_not_finished_is_no_corpus(predict: Predict, text: Path, tmp_path: Path) -> None:
    predict(text)
    manifest = tmp_path / "out" / "job.json"
    manifest.write_text(manifest.read_text("utf8").replace("complete", "running", 1), encoding="utf8")
    with pytest.raises(DataError, match="not finished"):
        list(open_data(str(tmp_path / "out")))
