"""The standard form: what is read, what is refused, and the messages."""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.labels import Labels
from jointre.errors import DataError
from jointre.readers.head import look_at, looks_like_json, with_records
from jointre.readers.jsonl import JsonlReader
from jointre.registry import registry

TEXT: dict[str, Any] = {
    "id": "n1",
    "text": "Ann lives in Rome.",
    "entities": [{"start": 0, "end": 3, "label": "Peop"}, {"start": 13, "end": 17, "label": "Loc"}],
    "relations": [{"head": 0, "tail": 1, "label": "Live_In"}],
    "source": {"page": 3},
}
TOKENS = {"tokens": ["Ann", "sings"], "entities": [{"start": 0, "end": 1, "label": "Peop", "score": 0.5}]}
DOC = Doc(
    ["Ann", "lives", "in", "Rome", "."],
    [Entity(0, 1, "Peop"), Entity(3, 4, "Loc")],
    [Relation(0, 1, "Live_In")],
    "Ann lives in Rome.",
    [(0, 3), (4, 9), (10, 12), (13, 17), (17, 18)],
    "n1",
    {"source": {"page": 3}},
)


def lines(path: Path, *records: Any) -> str:
    text = "".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records)
    path.write_text(text, encoding="utf-8")
    return str(path)


def refusal(path: str, types: str | None = None) -> DataError:
    with pytest.raises(DataError) as error:
        list(JsonlReader(path, types))
    return error.value


def test_both_forms(tmp_path: Path) -> None:
    reader = JsonlReader(lines(tmp_path / "a.jsonl", TEXT, "", TOKENS, {"text": "Plain."}))
    expected = [
        DOC,
        Doc(["Ann", "sings"], [Entity(0, 1, "Peop", 0.5)], id="a.jsonl:3"),
        Doc(["Plain", "."], text="Plain.", offsets=[(0, 5), (5, 6)], id="a.jsonl:4"),
    ]
    assert list(reader) == expected
    assert list(reader) == expected, "a reader can be walked again"
    first = tmp_path / "a.jsonl"
    assert reader.notices == [
        f"records without 'entities', which others of the file have: 1 (first in {first}:4)",
        f"records without 'relations', which others of the file have: 2 (first in {first}:3)",
    ]
    assert reader.labels() is None


def test_objects_over_many_lines_begin_at_their_places(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    records = [{"text": "Ann left."}, {"text": "Bob sings.", "entities": []}]
    text = "".join(f"{json.dumps(record, indent=1)}\n" for record in records)
    path.write_text(f"\ufeff\n{text}", encoding="utf-8")
    docs = list(JsonlReader(str(path)))
    assert [(doc.text, str(doc.where)) for doc in docs] == [
        ("Ann left.", f"{path}:2"),
        ("Bob sings.", f"{path}:5"),
    ]
    assert [head.record for head in with_records(look_at(path))] == records
    assert looks_like_json(path)


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.json", "a.json.gz", "a.data"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("form", ["lines", "crlf", "list", "indented"])
def test_every_container(tmp_path: Path, name: str, bom: bytes, form: str) -> None:
    docs = [TEXT, {**TEXT, "id": "n2"}]
    ends = {"lines": "\n", "crlf": "\r\n"}
    text = (
        "".join(json.dumps(d) + ends[form] for d in docs)
        if form in ends
        else json.dumps(docs, indent=2 if form == "indented" else None)
    )
    data = bom + text.encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    assert [doc.id for doc in JsonlReader(str(tmp_path / name))] == ["n1", "n2"]


def test_a_folder_is_its_jsonl_files_in_order(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.jsonl", "c.txt"):
        lines(tmp_path / name, {"tokens": [name]})
    assert [doc.words for doc in JsonlReader(str(tmp_path))] == [["a.jsonl"], ["b.jsonl"]]


def test_other_line_ends_do_not_end_a_record(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": "a\u2028b\x85c\x0bd"}, ensure_ascii=False) + "\n", encoding="utf-8")
    assert [doc.words for doc in JsonlReader(str(path))] == [["a", "b", "c", "d"]]


def entity(**changes: Any) -> dict[str, Any]:
    return {"text": "Ann sings", "entities": [{"start": 0, "end": 3, "label": "Peop"} | changes]}


def related(head: Any, tail: Any, label: Any = "R") -> dict[str, Any]:
    relation = {"head": head, "tail": tail, "label": label}
    return {**entity(), "entities": [*entity()["entities"], *entity(start=4, end=9)["entities"]]} | {
        "relations": [relation]
    }


FAULTY = [
    ('{"text": "a",}', "broken JSON", "column 13" if sys.version_info >= (3, 13) else "column 14"),
    ('{"text": "a"} x', "more text after the end", "column 15"),
    ("{'text': 'a'}", "broken JSON", "column 2"),
    ('{"text": "a", "score": NaN}', "NaN is not JSON", ""),
    ('{"text": "a", "x": [-Infinity]}', "-Infinity is not JSON", ""),
    ('{"text": "a", "weight": 1e999}', "the number 1e999 is too large", "numbers go up to 1.8e+308"),
    ('{"text": "a", "x": {"y": -1.5e400}}', "the number -1.5e400 is too large", ""),
    (f'{{"text": "a", "x": {"1" * 400}}}', "a number has 400 digits", "numbers go up to"),
    (f'{{"text": "a", "x": -{"1" * 9000}}}', "a number has 9000 digits", ""),
    ('{"text": "a", "text": "b"}', "'text' occurs twice", ""),
    ("[" * 100000, "nested too deeply", ""),
    ("3", "a document is an object", "the number 3"),
    ({}, "neither 'text' nor 'tokens'", "give text"),
    ({"text": "a", "tokens": ["a"]}, "both 'text' and 'tokens'", "give text"),
    ({"text": 3}, "'text' is the number 3", ""),
    ({"tokens": "a b"}, "'tokens' is a string", ""),
    ({"tokens": ["a", None]}, "word 1 is null", ""),
    ({"text": "a", "entities": {}}, "'entities' is an object, not a list", ""),
    ({"text": "a", "entities": [[0, 1]]}, "entity 0 is a list, not an object", ""),
    ({"text": "a", "relations": 1}, "'relations' is the number 1, not a list", ""),
    ({"text": "a", "id": [1]}, "'id' is a list, not a string", ""),
    ({"text": "a \ud83d"}, "surrogate", ""),
    ({"text": "a b", "words": [[0, 1], [2]]}, "'words' is not a list of", ""),
    ({"text": "a b", "words": [[0, 1], [0, 3]]}, "word 1 cannot be at", ""),
    (
        {"text": "a b", "words": [[0, 1]], "entities": entity(start=2)["entities"]},
        "outside the given words",
        "",
    ),
    (entity(start="0"), "entity 0: 'start' is a string, not a whole number", ""),
    (entity(end=3.0), "'end' is the number 3.0, not a whole number", ""),
    (entity(end=True), "'end' is true or false", ""),
    (entity(label=None), "'label' is null, not a string", ""),
    (entity(label=""), "empty label", ""),
    (entity(score="1"), "'score' is a string, not a number", ""),
    (entity(end=99), "outside the 9 characters", "offsets count characters"),
    (entity(start=-1), "outside the 9 characters", ""),
    (entity(end=0), "is empty", "the end is exclusive"),
    (entity(start=3, end=4), "only blanks", ""),
    (entity(text="nn"), "quotes 'nn', but 0 to 3 is 'Ann'", "offsets count characters"),
    ({"text": "Ann", "entities": [{"type": "Peop", "start": 0, "end": 1}]}, "no 'label'", "spert_json"),
    ({"tokens": ["a"], "entities": entity()["entities"]}, "outside the 1 words", "offsets count words"),
    (related(0, 2), "there is no entity 2", "positions in the document's list"),
    (related(-1, 0), "there is no entity -1", ""),
    (related(1, 1), "to itself", ""),
    (related(0, 1, None), "'label' is null", ""),
    (related("0", 1), "'head' is a string", ""),
]


@pytest.mark.parametrize(("record", "what", "more"), FAULTY)
def test_each_fault_is_named_with_its_line(tmp_path: Path, record: Any, what: str, more: str) -> None:
    path = lines(tmp_path / "a.jsonl", TOKENS, record, {"text": "fine"})
    error = refusal(path)
    (fault,) = error.faults
    assert what in fault.what
    assert more in str(fault)
    assert fault.where == f"{path}:2"


def test_all_faults_of_all_lines_in_one_error(tmp_path: Path) -> None:
    lines(tmp_path / "a.jsonl", *(record for record, *_ in FAULTY))
    lines(tmp_path / "b.jsonl", entity(end=99), *[TOKENS] * 3)
    error = refusal(str(tmp_path))
    assert [fault.where.rsplit("/", 1)[1] for fault in error.faults] == [
        *(f"a.jsonl:{n}" for n in range(1, len(FAULTY) + 1)),
        "b.jsonl:1",
    ]
    assert str(error).endswith(f"and {len(FAULTY) + 1 - 20} more")


def test_several_faults_in_one_record(tmp_path: Path) -> None:
    record = {
        "tokens": ["a", "b"],
        "entities": [
            {"start": 0, "end": 9, "label": "X"},
            {"start": "x"},
            {"start": 1, "end": 1, "label": "X"},
        ],
        "relations": [{"head": 0, "tail": 1, "label": "R"}, {"head": 0, "tail": 3, "label": "R"}],
    }
    whats = " | ".join(fault.what for fault in refusal(lines(tmp_path / "a.jsonl", record)).faults)
    for part in ("outside", "'start' is a string", "no 'end'", "no 'label'", "is empty", "no entity 3"):
        assert part in whats
    assert "no entity 1" not in whats, "a faulty entity still counts as one"


def test_copies_of_one_entity_cannot_be_related(tmp_path: Path) -> None:
    record = related(0, 1)
    record["entities"][1] = record["entities"][0]
    (fault,) = refusal(lines(tmp_path / "a.jsonl", record)).faults
    assert "to itself" in fault.what


def test_bytes_that_are_not_utf8_are_found_by_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "a"}\n{"text": "caf\xe9"}\n{"text": "b"}\n{"text": "\xff"}\n')
    error = refusal(str(path))
    assert [fault.where for fault in error.faults] == [f"{path}:2", f"{path}:4"]
    assert "byte 14 of the line (0xe9) is not UTF-8" in error.faults[0].what
    path.write_bytes(b'[{"text": "a"},\n{"text": "caf\xe9"}]')
    assert refusal(str(path)).faults[0].where == f"{path}:2"


def test_utf16_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes('{"text": "a"}\n'.encode("utf-16"))
    assert "UTF-16" in str(refusal(str(path)))


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ('[{"text": "a"},\n {"text": "b"}', "expecting ',' or the end", ":2:15"),
        ('[{"text": "a"},\n]', "broken JSON", ":2:1"),
        ('[{"text": "a"}] x', "after the end of the list", ":1:17"),
        ('[{"text": "a"},\n {"text": ]', "broken JSON", ":2:11"),
        ("[]", "no documents", ""),
        ('[{"text": "a"},\n\n {"text": 3}]', "'text' is the number 3", "[1] (line 3)"),
        ('[{"text": 3}]', "'text' is the number 3", "[0]"),
        ("", "is empty", ""),
        ("\n \n", "is empty", ""),
        ("\ufeff", "is empty", ""),
        ('{\n "text": "a"\n}\n{\n', "broken JSON", ":5:1"),
        ('{\n "text": 3\n}', "'text' is the number 3", ":1"),
    ],
)
def test_faults_of_a_whole_file(tmp_path: Path, text: str, message: str, place: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    (fault,) = refusal(str(path)).faults
    assert message in fault.what
    assert fault.where == f"{path}{place}"


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    lines(tmp_path / "train.jsonl", {"tokens": ["Ann", "sings"]})
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.gz").write_bytes(b"no gzip")
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b'{"text": "a"}\n' * 999)[:40])
    assert "did you mean 'train.jsonl'" in str(refusal(str(tmp_path / "tran.jsonl")))
    assert "there is no folder" in str(refusal(str(tmp_path / "x" / "y.jsonl")))
    assert "a folder without *.jsonl" in str(refusal(str(tmp_path / "empty")))
    assert "not a whole gzip file" in str(refusal(str(tmp_path / "bad.gz")))
    assert "not a whole gzip file" in str(refusal(str(tmp_path / "cut.gz")))
    with pytest.raises(DataError, match="no path is given"):
        list(JsonlReader(None))


def test_nothing_is_opened_before_iterating() -> None:
    JsonlReader("no/such/file", "no/such/types")


def test_repairs_are_counted(tmp_path: Path) -> None:
    twice = {**TEXT, "relations": TEXT["relations"] * 2, "entities": TEXT["entities"] * 2}
    two_types = entity()["entities"] + entity(label="Org", page=1)["entities"]
    records = [
        TEXT,
        twice,
        {"text": "Ann sings", "entities": two_types},
        entity(end=4),
        entity(end=2),
        {"tokens": ["a", " "]},
        {"text": ""},
    ]
    reader = JsonlReader(lines(tmp_path / "a.jsonl", *records))
    docs = list(reader)
    assert docs[1] == DOC
    assert docs[4].words == ["Ann", "sings"]
    assert docs[4].entities[0].chars == (0, 2)
    assert docs[6].words == []
    path = tmp_path / "a.jsonl"
    assert set(reader.notices) == {
        f"duplicate entities, kept once: 2 (first in {path}:2)",
        f"duplicate relations, kept once: 1 (first in {path}:2)",
        f"duplicate ids: 1 (first in {path}:2)",
        f"spans with a second label: 1 (first in {path}:3)",
        f"key 'page' of an entity, not used: 1 (first in {path}:3)",
        f"entities with blanks at an end, trimmed: 1 (first in {path}:4)",
        f"words without a visible character: 1 (first in {path}:6)",
        f"documents without words: 1 (first in {path}:7)",
        f"records without 'entities', which others of the file have: 2 (first in {path}:6)",
        f"records without 'relations', which others of the file have: 5 (first in {path}:3)",
    }


def test_types_file(tmp_path: Path) -> None:
    labels = Labels(("Peop", "Loc"), ("Live_In", "Near"), frozenset({"Near"}))
    types = lines(tmp_path / "types.json", labels.to_json())
    path = lines(tmp_path / "a.jsonl", TEXT, TOKENS)
    reader = JsonlReader(path, types)
    assert reader.labels() == labels
    assert len(list(reader)) == 2
    bad = lines(tmp_path / "b.jsonl", TEXT, entity(label="Loca"), entity(label="Loca"), entity(end=99))
    error = refusal(bad, types)
    assert [(fault.where, fault.remedy) for fault in error.faults][1] == (f"{bad}:2", "did you mean 'Loc'?")
    assert len(error.faults) == 2
    assert "used 2 times" in str(error)


def test_unknown_types_of_faulty_records_are_named_too(tmp_path: Path) -> None:
    types = lines(tmp_path / "types.json", Labels(("Peop",)).to_json())
    error = refusal(lines(tmp_path / "a.jsonl", entity(end=99, label="Poep")), types)
    assert ["outside" in error.faults[0].what, error.faults[1].remedy] == [True, "did you mean 'Peop'?"]


def test_a_faulty_types_file_joins_the_faults_of_the_corpus(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", entity(end=99))
    error = refusal(path, lines(tmp_path / "types.json", {"entities": ["A"], "relations": ["R"]}))
    assert ["outside" in error.faults[0].what, "symmetric" in error.faults[1].what] == [True, True]


def test_registered() -> None:
    assert registry.readers.get("jointre.jsonl.v1") is JsonlReader
    expected = {"jointre.jsonl.v1", "jointre.sample.v1", "jointre.spert_json.v1", "jointre.text.v1"}
    assert expected <= set(registry.readers.names())
