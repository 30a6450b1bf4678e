"""SpERT's JSON with tags instead of entities, and CoNLL04 in this format."""

import json
from pathlib import Path
from typing import Any

import pytest
from public_corpora import public, sizes

from jointre.data.doc import Doc, Entity, Relation
from jointre.errors import DataError
from jointre.readers.bilou_json import BilouJsonReader
from jointre.readers.spert_json import SpertJsonReader

SENTENCE = {
    "tokens": ["Ann", "Lee", "left", "Rome"],
    "tags": ["B-Peop", "L-Peop", "O", "U-Loc"],
    "relations": [{"type": "Live_In", "head": 0, "tail": 1}],
    "orig_id": 7,
}


def reader(folder: Path, *sentences: Any, **options: Any) -> BilouJsonReader:
    path = folder / "a.json"
    path.write_text(json.dumps(sentences), encoding="utf-8")
    return BilouJsonReader(str(path), **options)


def test_a_sentence(tmp_path: Path) -> None:
    assert list(reader(tmp_path, SENTENCE)) == [
        Doc(
            ["Ann", "Lee", "left", "Rome"],
            [Entity(0, 2, "Peop"), Entity(3, 4, "Loc")],
            [Relation(0, 1, "Live_In")],
            id="a.json[0]",
            meta={"orig_id": 7},
        )
    ]
    bioes = {**SENTENCE, "tags": ["B-Peop", "E-Peop", "O", "S-Loc"]}
    assert list(reader(tmp_path, bioes, scheme="BIOES")) == list(reader(tmp_path, SENTENCE))


def test_tags_that_do_not_fit(tmp_path: Path) -> None:
    """They are read where no relation counts the entities, and refused where one does."""
    broken = {"tokens": ["a", "b", "c"], "tags": ["B-X", "O", "L-X"], "relations": []}
    read = reader(tmp_path, broken)
    assert [doc.entities for doc in read] == [[Entity(0, 1, "X"), Entity(2, 3, "X")]]
    assert [str(repair).rsplit(": ", 1)[1] for repair in read.repairs] == [
        "O follows B-X (word 1)",
        "L-X follows O (word 2)",
    ]
    with pytest.raises(DataError, match="correct the tags"):
        list(reader(tmp_path, broken, repair=False))
    with pytest.raises(DataError, match="the relations count the entities"):
        list(reader(tmp_path, {**broken, "relations": [{"type": "R", "head": 0, "tail": 1}]}))


def test_faults_name_the_record(tmp_path: Path) -> None:
    read = reader(
        tmp_path,
        {**SENTENCE, "tags": ["B-Peop"]},
        {**SENTENCE, "tags": [1, 2, 3, 4]},
        {"tokens": ["a"], "entities": []},
        3,
        {**SENTENCE, "tags": ["B-Peop", "E-Peop", "O", "Loc"]},
        {**SENTENCE, "relations": [{"type": "R", "head": 0, "tail": 2}]},
        {**SENTENCE, "tokens": None},
    )
    with pytest.raises(DataError) as error:
        list(read)
    told = [(f.where.removeprefix(f"{tmp_path}/a.json"), f.what) for f in error.value.faults]
    assert told == [
        ("[0]", "1 tags for 'tokens', which is 4"),
        ("[1]", "'tags' is not a list of strings"),
        ("[2]", "a sentence has 'tags' and no 'entities'"),
        ("[3]", "a document is an object {...}, not the number 3"),
        ("[4]: word 1", "'E-Peop' is not a tag of the scheme BILOU"),
        ("[4]: word 3", "'Loc' is not a tag of the scheme BILOU"),
        ("[5]", "relation 0 ('R', 0 to 2): there is no entity 2, the document has 2"),
        ("[6]", "4 tags for 'tokens', which is null"),
    ]


@pytest.mark.parametrize("part", ["train", "dev", "test"])
def test_the_files_equal_those_in_spert_s_format(part: str) -> None:
    read = BilouJsonReader(public(f"conll04/bilou_{part}.json"), public("conll04/types.json"))
    docs, theirs = list(read), list(SpertJsonReader(public(f"conll04/spert_{part}.json")))
    assert [(d.words, d.entities, d.meta) for d in docs] == [(d.words, d.entities, d.meta) for d in theirs]
    assert [set(d.relations) for d in docs] == [set(d.relations) for d in theirs]
    assert read.notices == []


def test_train_and_dev_in_one_file() -> None:
    docs = list(BilouJsonReader(public("conll04/bilou_train_dev.json")))
    assert sizes(docs) == (1153, 26525 + 6993, 3377 + 893, 1283 + 343)
