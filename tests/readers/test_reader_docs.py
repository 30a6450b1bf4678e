"""The examples in docs/data-formats.md are correct."""

import json
import re
from pathlib import Path

import pytest

from jointre.data.labels import Labels
from jointre.readers.base import Reader
from jointre.readers.bilou_json import BilouJsonReader
from jointre.readers.column import ColumnReader
from jointre.readers.enpar_json import EnparJsonReader
from jointre.readers.fewrel import FewRelReader
from jointre.readers.head import look_at
from jointre.readers.i2b2 import CONCEPT, RELATION
from jointre.readers.jsonl import JsonlReader
from jointre.readers.multihead import MultiheadReader
from jointre.readers.open import open_data
from jointre.readers.opennre import OpenNREReader
from jointre.readers.recognise import recognise
from jointre.readers.semeval import SemEval2010Reader
from jointre.readers.spert_json import SpertJsonReader
from jointre.readers.tacred import TacredReader
from jointre.readers.triples import TriplesReader
from jointre.registry import registry
from jointre.testing import check_component
from jointre.writers.base import Writer
from jointre.writers.named import short_name

PAGE = (Path(__file__).parents[2] / "docs" / "data-formats.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    found = re.findall(r"```(\w*)\n(.*?)```", PAGE, re.DOTALL)
    return [text for named, text in found if named == language]


def facts(reader: Reader) -> tuple[list[str], list[tuple[int, int]]]:
    """The texts of the entities of the only document, and what is related."""
    (doc,) = reader
    return [doc.surface(entity) for entity in doc.entities], [(r.head, r.tail) for r in doc.relations]


def test_examples_with_tags_and_places(tmp_path: Path) -> None:
    _, column, multihead, places, semeval = blocks("text")
    (tmp_path / "a.tsv").write_text(column, encoding="utf-8")
    assert facts(ColumnReader(str(tmp_path / "a.tsv"))) == (["Azithromycin", "hearing loss"], [(0, 1)])
    (tmp_path / "a.txt").write_text(multihead, encoding="utf-8")
    assert facts(MultiheadReader(str(tmp_path / "a.txt"))) == (["Ann Lee", "Rome"], [(0, 1)])
    concept, relation = places.splitlines()
    assert CONCEPT.fullmatch(concept) and RELATION.fullmatch(relation)
    (tmp_path / "b.txt").write_text(semeval, encoding="utf-8")
    found = facts(SemEval2010Reader(str(tmp_path / "b.txt")))
    assert found == (["smoke", "chimney-fire"], [(1, 0)])


def test_the_sample_with_tags_of_entities(tmp_path: Path) -> None:
    (sample,) = blocks("conll")
    (tmp_path / "a").write_text(sample, encoding="utf-8")
    docs = list(open_data(str(tmp_path / "a")))
    assert [[doc.surface(entity) for entity in doc.entities] for doc in docs] == [["Ida Holm"], ["Oslo"], []]


def test_the_table_of_triples(tmp_path: Path) -> None:
    (sample,) = blocks("csv")
    (tmp_path / "a").write_text(sample, encoding="utf-8")
    docs = list(open_data(str(tmp_path / "a")))
    names = [[doc.surface(entity) for entity in doc.entities] for doc in docs]
    assert names == [["Ida Holm", "Oslo", "singer"], ["Velden", "Mia Berg"], []]
    assert [len(doc.relations) for doc in docs] == [2, 1, 0]


def test_the_sample_of_brat(tmp_path: Path) -> None:
    (sample,) = blocks("brat")
    (tmp_path / "a.ann").write_text(sample, encoding="utf-8")
    (tmp_path / "a.txt").write_text("Ida Holm works for Velden.", encoding="utf-8")
    assert facts(open_data(str(tmp_path))) == (["Ida Holm", "Velden"], [(0, 1)])


SAMPLES = [  # the reader of a sample, the words of all its entities, and the number of its relations
    ("tags_json", ["Ida Holm", "Oslo"], 0),
    ("tacred", ["Ida Holm", "Oslo", "Velden", "Ida", "Oslo", "Ida"], 2),
    ("fewrel", ["Ida Holm", "Oslo", "Velden", "Ida", "Velden", "Oslo", "Ida"], 2),
    ("triples", ["白河记", "林安", "周明", "林安", "白河记", "Ida Holm", "Oslo"], 4),
    ("dygie", ["Ida Holm", "She", "Oslo", "Velden", "Ida"], 2),
    ("docred", ["Ida Holm", "Holm", "Oslo", "Velden", "It", "Ida"], 2),
    ("doccano", ["Ida Holm", "Velden", "Velden", "Oslo"], 2),
    ("doccano", ["Ida Holm", "Velden", "Velden", "Oslo"], 0),
    ("prodigy", ["Ida Holm", "Velden", "Ida"], 1),
    ("spans_json", ["Ida Holm", "Velden", "Velden", "Oslo", "Ida Holm"], 0),
    ("label_studio", ["Ida", "Velden", "Oslo"], 1),
]


@pytest.mark.parametrize(("facts", "sample"), zip(SAMPLES, blocks("jsonl"), strict=True))
def test_samples_of_three_records(tmp_path: Path, facts: tuple[str, list[str], int], sample: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(sample, encoding="utf-8")
    kind = recognise(path)
    docs = list(open_data(str(path)))
    entities = [doc.surface(entity) for doc in docs for entity in doc.entities]
    name, *expected = facts
    assert registry.name_of(kind) == f"jointre.{name}.v1"
    assert [entities, sum(len(doc.relations) for doc in docs)] == expected


def test_json_examples(tmp_path: Path) -> None:
    text, tokens, spert, tagged, *pairs, types, labels = blocks("json")
    (tmp_path / "a.jsonl").write_text(text + tokens, encoding="utf-8")
    (tmp_path / "a.json").write_text(spert, encoding="utf-8")
    by_text, by_words = JsonlReader(str(tmp_path / "a.jsonl"))
    (sentence,) = SpertJsonReader(str(tmp_path / "a.json"))
    assert [by_text.surface(entity) for entity in by_text.entities] == ["Ann", "Rome"]
    assert [by_words.surface(entity) for entity in by_words.entities] == ["Ann"]
    assert sentence.meta == {"orig_id": 7}
    (tmp_path / "tagged.json").write_text(tagged, encoding="utf-8")
    assert facts(BilouJsonReader(str(tmp_path / "tagged.json"))) == (["Ann Lee", "Rome"], [(0, 1)])
    kinds = [
        OpenNREReader,
        TacredReader,
        FewRelReader,
        TriplesReader,
        TriplesReader,
        TriplesReader,
        EnparJsonReader,
    ]
    for number, (pair, kind) in enumerate(zip(pairs, kinds, strict=True)):
        (tmp_path / f"{number}.json").write_text(pair, encoding="utf-8")
        reader = open_data(str(tmp_path / f"{number}.json"))
        assert type(reader) is kind
        assert facts(reader) == (["Lee" if number == 4 else "Ann Lee", "Rome"], [(0, 1)])
    assert Labels.from_json(json.loads(types)) == Labels.from_json(json.loads(labels))


def test_python_examples(tmp_path: Path) -> None:
    _, use, own, writer = blocks("python")
    names: dict[str, object] = {}
    exec(use, names)
    assert isinstance(names["docs"], list)
    assert [doc.sentences for doc in names["docs"]] == [[(0, 5), (5, 8)]]
    exec(own.replace('@registry.readers("acme.lines.v1")', ""), names)
    (tmp_path / "a.tsv").write_text("#acme\nNew York\tLoc\n", encoding="utf-8")
    kind = names["LineReader"]
    assert isinstance(kind, type) and issubclass(kind, Reader)
    assert kind.recognises(look_at(tmp_path / "a.tsv"))
    reader = kind(str(tmp_path / "a.tsv"))  # type: ignore[call-arg]
    assert isinstance(reader, Reader)
    assert [doc.words for doc in reader] == [["New", "York"]]
    exec(writer.replace('@registry.writers("acme.words.v1")', ""), names)
    made = names["WordsWriter"]
    assert isinstance(made, type) and issubclass(made, Writer)
    check_component(made())


def test_the_table_of_writers_has_all_of_them() -> None:
    table = PAGE.split("| writer | a record is |")[1].split("\n\n")[0]
    first = " ".join(line.split(" | ")[0] for line in table.splitlines())
    named = set(re.findall(r"`(\w+)`", first))
    assert named - {"spert"} == {short_name(name) for name in registry.writers.names()}
