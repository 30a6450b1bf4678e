"""A folder of annotated shards is opened whole, or refused with everything that is wrong with it."""

import gzip
import json
from pathlib import Path

import pytest

from jointre.annotation.format import Counts, ShardFacts
from jointre.annotation.shard_reader import open_annotated
from jointre.data.atomic_write import file_sha256
from jointre.data.doc import Doc, Entity
from jointre.data.raw_text import doc_from_text
from jointre.data.write import to_line
from jointre.errors import DataError

TEXTS = ["Ann lives in Rome .", "Rome is old .", "Bob met Ann in Oslo ."]
NAMES = {"Ann": "PER", "Bob": "PER", "Rome": "LOC", "Oslo": "LOC"}


def documents() -> list[Doc]:
    docs = []
    for number, text in enumerate(TEXTS):
        found = [
            (text.index(name), text.index(name) + len(name), NAMES[name]) for name in NAMES if name in text
        ]
        docs.append(doc_from_text(text, found, id=str(number)))
    return docs


def write_shard(folder: Path, number: int, docs: list[Doc]) -> ShardFacts:
    facts = ShardFacts(number, "", Counts(documents=len(docs)))
    (folder / facts.file).write_bytes(gzip.compress("".join(f"{to_line(doc)}\n" for doc in docs).encode()))
    return ShardFacts(number, file_sha256(folder / facts.file), facts.counts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    docs = documents()
    shards = [write_shard(tmp_path, 0, docs[:2]).row(), write_shard(tmp_path, 2, docs[2:]).row()]
    facts = {"format": 1, "status": "complete", "labels": {"LOC": 3, "PER": 3}, "shards": shards}
    (tmp_path / "annotation.json").write_text(json.dumps(facts), encoding="utf8")
    return tmp_path


def change(folder: Path, **facts: object) -> None:
    file = folder / "annotation.json"
    file.write_text(json.dumps({**json.loads(file.read_text("utf8")), **facts}), encoding="utf8")


def refused(folder: Path) -> str:
    with pytest.raises(DataError) as error:
        open_annotated(folder)
    return str(error.value)


def test_documents_come_back_in_order_with_their_entities(folder: Path) -> None:
    opened = open_annotated(folder)
    assert opened.documents == 3 and dict(opened.labels) == {"LOC": 3, "PER": 3}
    assert [doc for shard in opened.shards for doc in shard] == documents()


def test_a_missing_shard_is_named(folder: Path) -> None:
    (folder / "shard-00002.jsonl.gz").unlink()
    assert "shard-00002.jsonl.gz: the shard is missing" in refused(folder)


def test_a_shard_cut_off_in_the_middle_is_named(folder: Path) -> None:
    shard = folder / "shard-00000.jsonl.gz"
    shard.write_bytes(shard.read_bytes()[:-20])
    assert "shard-00000.jsonl.gz: is not a whole gzip file" in refused(folder)


def test_a_label_that_is_not_declared_is_named_at_its_first_use(folder: Path) -> None:
    docs = documents()
    docs[1].entities.append(Entity(2, 3, "LOK"))
    write_shard(folder, 0, docs[:2])
    said = refused(folder)
    assert "shard-00000.jsonl.gz:2: entity type 'LOK'" in said and "did you mean 'LOC'" in said


def test_a_shard_with_fewer_documents_than_were_written_is_named(folder: Path) -> None:
    write_shard(folder, 0, documents()[:1])
    assert "not the file that was written (1 documents, 2 then)" in refused(folder)


def test_all_faults_are_told_at_once(folder: Path) -> None:
    (folder / "shard-00000.jsonl.gz").unlink()
    (folder / "shard-00002.jsonl.gz").write_bytes(b"no gzip")
    said = refused(folder)
    assert "(2 problems)" in said and "shard-00000" in said and "shard-00002" in said


def test_an_annotation_that_was_not_finished_is_refused(folder: Path) -> None:
    change(folder, status="running")
    assert "not finished" in refused(folder)


def test_another_version_of_the_form_is_refused(folder: Path) -> None:
    change(folder, format=2)
    assert "its format is 2" in refused(folder)


def test_facts_that_jointre_did_not_write_are_refused(folder: Path) -> None:
    change(folder, shards=[{"file": "shard-00000.jsonl.gz"}])
    assert "was not written by jointre" in refused(folder)


def test_a_folder_without_any_document_is_refused(folder: Path) -> None:
    change(folder, shards=[])
    assert "no document was kept" in refused(folder)


@pytest.mark.parametrize("name", ["", "nowhere"])
def test_a_folder_that_is_no_annotated_text_is_refused(tmp_path: Path, name: str) -> None:
    assert "jointre annotate" in refused(tmp_path / name)
