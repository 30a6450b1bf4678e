"""Input designed to hang: reading takes time in proportion to its size, whatever it contains."""

import gzip
import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from jointre.config.interpolate import interpolate
from jointre.config.source import parse as parse_config
from jointre.data import unpack
from jointre.data.doc import Doc, Entity
from jointre.data.labels import Labels
from jointre.data.raw_text import split_sentences
from jointre.data.report import Report
from jointre.data.strict_read import parse
from jointre.errors import ConfigError, DataError
from jointre.readers.given_entities import GivenDocs
from jointre.readers.i2b2 import connections_of
from jointre.readers.open import open_data, read_input
from jointre.readers.overlaps import without_overlaps
from jointre.readers.triples import TriplesReader

SIZES = (10_000, 100_000)
SECONDS = 8.0  # quadratic time takes minutes at the last size

LINES = {  # of a file, with the pieces that patterns and loops may stumble over
    "text": ("{}", ["\u201c", "'", "a", "n'", "a\u0300", "Dr. "]),
    "SemEval": ('1\t"{}"\nOther\n', ["<e1>x</e1><e2>", "<e1>", '" ', " "]),
    "columns": ("0\tO\t0\t{}\tO\tO\tO\tO\tO\n", ["\t", "B-"]),
    "multi-head": ("#doc 1\n0\ta\tB-X\t[{}]\t[{}]\n", ["]\t[", "'a', ", "'", "0 ", " "]),
    "JSON": ('{{"tokens": ["a"], "x": "{}"}}', ["\\u0041", "a"]),
}
CONFIGS = [
    ("[a]\nb = {}", "${"),
    ("[a]\nb = {}", " \t"),
    ("[a]\nb = {}", " #"),
    ("[a]\n{} = 1", "b "),
    ("[a]\nb{}c = 1", " "),
    ("[a]\nb{}c", " "),
    ("[a{}]", ".a"),
    ("[{}]", "a. "),
    ("{}", "\n"),
]


def in_proportion(act: Callable[[int], object]) -> None:
    """Fail if something takes longer than its size allows."""
    for size in SIZES:
        began = time.process_time()
        act(size)
        assert time.process_time() - began < SECONDS * max(0.25, size / SIZES[-1]), f"at size {size}"


def refused_or_not(act: Callable[[], Any]) -> None:
    """Run what may refuse its input, to its end."""
    with suppress(DataError):
        list(act())


@pytest.mark.parametrize(
    ("form", "piece"), [(form, piece) for form, (_, all) in LINES.items() for piece in all]
)
def test_lines(tmp_path: Path, form: str, piece: str) -> None:
    file = tmp_path / "a"

    def read(size: int) -> None:
        text = (piece * size)[:size]
        file.write_text(LINES[form][0].format(text, text), encoding="utf-8")
        refused_or_not(lambda: read_input(str(file)))
        refused_or_not(lambda: open_data(str(file)))

    in_proportion(read)


@pytest.mark.parametrize(("form", "piece"), CONFIGS)
def test_configs(form: str, piece: str) -> None:
    def read(size: int) -> None:
        with suppress(ConfigError):
            interpolate(parse_config(form.format((piece * size)[:size]), "a.cfg").tree, {})

    in_proportion(read)


@pytest.mark.parametrize("piece", ['" 1:1 1:1||r="R"||c="', "||", '"', " "])
def test_relations_of_notes(tmp_path: Path, piece: str) -> None:
    file = tmp_path / "a.rel"

    def read(size: int) -> None:
        file.write_text(f'c="{(piece * size)[:size]}" 1:1 1:1\n', encoding="utf-8")
        list(connections_of(file, Report()))

    in_proportion(read)


def keys(number: int) -> str:
    return ", ".join(f'"k{n}": 0' for n in range(number))


def wide(number: int) -> dict[str, Any]:
    """Entities over the whole sentence that quote something else."""
    entity = {"start": 0, "end": number, "label": "X", "text": "b"}
    return {"tokens": ["a"] * number, "entities": [entity] * (number // 10)}


def triples(number: int) -> dict[str, Any]:
    """Many places for each of many names."""
    names = [f"{'a ' * n}b{n}" for n in range(1, number // 500)] + [f"w{n} a" for n in range(number // 10)]
    text = "a " * number + " ".join(f"w{n} a" for n in range(number // 10))
    return {"text": text, "triple_list": [[name, "R", "a a"] for name in names]}


RECORDS: dict[str, Callable[[int], str]] = {
    "a key that occurs twice": lambda n: f'{{{keys(n // 10)}, "k0": 1}}',
    "many keys": lambda n: f'{{"text": "a", {keys(n // 20)}}}',
    "many keys near a gold key": lambda n: f'{{"text": "a", {keys(n // 20).replace("k", "relation")}}}',
    "wide entities": lambda n: json.dumps(wide(n // 10)),
    "triples": lambda n: json.dumps(triples(n // 8)),
    "deep nesting": lambda n: "[" * n,
    "deep objects": lambda n: '{"a":' * (n // 5),
    "a long number": lambda n: "1" * n,
    "a long fraction": lambda n: f"0.{'1' * n}e-9",
    "many surrogates": lambda n: json.dumps("\ud83d\ude00" * (n // 12)),
}


@pytest.mark.parametrize("name", RECORDS)
def test_records(tmp_path: Path, name: str) -> None:
    file = tmp_path / "a.jsonl"

    def read(size: int) -> None:
        file.write_text(RECORDS[name](size), encoding="utf-8")
        refused_or_not(lambda: open_data(str(file)))
        refused_or_not(lambda: TriplesReader(str(file), occurrence="apart"))

    in_proportion(read)


def test_types_that_no_file_declares() -> None:
    """Also if all are alike, and as long as the comparison of strings is slow for."""

    def count(size: int) -> None:
        report = Report()
        for n in range(size // 100):
            report.use("entity", f"type number {n}", "here")
        report.use("entity", "x" * size, "here")
        known = Labels((*(f"Type Number {n}" for n in range(size // 100)), "y" * size))
        assert len(report.unknown_types(known)) == size // 100 + 1

    in_proportion(count)


def test_many_entities_of_a_sentence(tmp_path: Path) -> None:
    def look(size: int) -> None:
        entities = [Entity(n, n + 1, "X") for n in range(size // 10)]
        doc = Doc(["a"] * (size // 10), entities)
        assert without_overlaps(doc, "drop_sentence", Report(), "") is doc

    in_proportion(look)


def test_many_given_entities_of_many_sentences(tmp_path: Path) -> None:
    text, given = tmp_path / "a.txt", tmp_path / "a.jsonl"

    def read(size: int) -> None:
        number = size // 20
        text.write_text("Ann sings. " * number, encoding="utf-8")
        entities = [{"start": 11 * n, "end": 11 * n + 3, "label": "X"} for n in range(number)]
        given.write_text(json.dumps({"entities": entities}), encoding="utf-8")
        docs = list(GivenDocs(str(text), str(given), Labels(("X",))))
        assert [doc.surface(entity) for doc in docs for entity in doc.entities] == ["Ann"] * number

    in_proportion(read)


def test_the_key_that_occurs_twice_is_named() -> None:
    with pytest.raises(ValueError, match="the key 'b' occurs twice"):
        parse('{"a": 1, "b": 1, "c": 1, "b": 2}')


def test_long_lines_are_split_as_short_ones() -> None:
    """Sentences do not depend on where a window begins."""
    one = 'Ann met Dr. Lee (of Rome). "Did she?" She left. '
    text = one * 1000
    expected = [
        (start + n * len(one), end + n * len(one)) for n in range(3) for start, end in split_sentences(one)
    ]
    found = split_sentences(text)
    assert found[: len(expected) - 1] == expected[:-1]
    assert "".join(text[a:b] for a, b in found).replace(" ", "") == text.replace(" ", "")
    assert len(found) == 1000 * (len(expected) // 3)
    unbroken = "a" * 50_000
    assert split_sentences(f"{unbroken} She left. {unbroken}") == [(0, 50_010), (50_011, 100_011)]


def bomb(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(unpack, "SMALL", 2**16)
    path = folder / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"text": "' + b"a" * 2**20 + b'"}\n'))
    return path


def test_a_gzip_file_that_unpacks_to_far_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = bomb(tmp_path, monkeypatch)
    monkeypatch.setenv(unpack.GZIP_RATIO, "20")
    with pytest.raises(DataError) as error:
        list(open_data(str(path)))
    (fault,) = error.value.faults
    assert fault.what.startswith("unpacks to more than 65,536 bytes")
    assert (fault.where, unpack.GZIP_RATIO in fault.remedy) == (str(path), True)
    monkeypatch.setenv(unpack.GZIP_RATIO, "inf")
    assert len(list(open_data(str(path)))) == 1


@pytest.mark.parametrize("ratio", ["0", "-1", "nan", "many"])
def test_an_invalid_ratio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ratio: str) -> None:
    path = bomb(tmp_path, monkeypatch)
    monkeypatch.setenv(unpack.GZIP_RATIO, ratio)
    with pytest.raises(DataError, match=f"JOINTRE_GZIP_RATIO: is '{ratio}'"):
        open_data(str(path))
