"""`jointre debug data` as a user types it."""

import json

import pytest

from jointre.cli import console
from jointre.cli.app import run
from jointre.data.write import to_line
from jointre.testing import tiny_encoder_folder, toy_docs


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a tiny encoder without its weights, and a toy corpus."""
    folder = tmp_path_factory.mktemp("place")
    tiny_encoder_folder(folder / "encoder")
    for weights in (folder / "encoder").glob("*.safetensors"):
        weights.unlink()
    lines = "".join(f"{to_line(doc)}\n" for doc in toy_docs(12))
    (folder / "toy.jsonl").write_text(lines, encoding="utf8")
    return folder


def arguments(place, *more, train="toy.jsonl"):
    reader = "--corpora.train.@readers=jointre.jsonl.v1"
    given = [reader, f"--paths.train={place / train}", f"--model.encoder.name={place / 'encoder'}", *more]
    return ["debug", "data", "spert/conll04", *given]


@pytest.fixture
def called(monkeypatch, capsys):
    """Runs the command in this process: exit code, stdout, stderr."""

    def call(*args, **options):
        monkeypatch.setattr(console.state, "quiet", False)
        monkeypatch.setattr(console.state, "verbose", False)
        code = run(arguments(*args, **options))
        return code, *capsys.readouterr()

    return call


def test_results_on_stdout_and_what_to_type_next_on_stderr(called, place, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, err = called(place)
    assert code == 0, err
    assert "train: 1 of 26 entities (3.85 %) can never be predicted" in out
    assert "toy.jsonl:10 (toy-9)" in out and "pieces per document" in out
    assert "next: jointre train spert/conll04 --corpora.train.@readers=jointre.jsonl.v1" in err
    assert max(map(len, out.splitlines())) <= 80


def test_a_reader_by_name(called, place, monkeypatch):
    code, _, err = called(place, "--reader", "jointre.auto.v1")
    assert code == 0, err
    assert "--reader jointre.auto.v1" in err.splitlines()[-1]
    code, _, err = called(place, "--reader", "jointre.auto.v1:scheme=BIO", "--training.epoch=3")
    assert code == 2 and "has no argument 'scheme'" in err and "--training.epoch:" in err


def test_the_same_facts_for_programs(called, place):
    code, out, err = called(place, "--json", "--quiet")
    facts = json.loads(out)
    assert code == 0 and err == ""
    assert facts["splits"]["train"]["counts"]["entities"] == 26
    assert facts["splits"]["train"]["unreachable"]["entities"] == {"wider than max_width = 10 words": 1}
    kinds = {finding["kind"]: finding for finding in facts["findings"]}
    assert kinds["unreachable"]["places"][0]["where"] == f"{place / 'toy.jsonl'}:10"
    assert facts["labels"]["entities"] == ["Org", "Person", "Place"]


def test_the_model_of_the_config_decides_what_is_out_of_reach(called, place):
    code, out, _ = called(place, "--json", "--model.entity_head.sampler.max_width=12")
    assert code == 0 and json.loads(out)["splits"]["train"]["unreachable"]["entities"] == {}


def test_verbose_shows_every_place(called, place):
    assert "more (--verbose" in called(place)[1]
    assert "more (--verbose" not in called(place, "-v")[1]


def test_a_faulty_corpus_is_refused_with_all_faults(called, place):
    (place / "bad.jsonl").write_text('{"tokens": ["a"], "entities": 3}\n{"tokens": 4}\n', encoding="utf8")
    code, out, err = called(place, train="bad.jsonl")
    assert code == 2 and out == ""
    assert "(2 problems)" in err and "bad.jsonl:1" in err and "bad.jsonl:2" in err
