"""`jointre debug data` as a user types it."""

import json

import pytest

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
def called(capsys):
    """Runs the command in this process: exit code, stdout, stderr."""

    def call(*args, **options):
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


def test_annotation_in_two_segments_is_listed(called, place):
    text = "Anna met Otto. Boris leads Acme."
    spans = [(0, 4, "Person"), (9, 20, "Person"), (27, 31, "Org")]
    entities = [dict(zip(("start", "end", "label"), span, strict=True)) for span in spans]
    relations = [{"head": 0, "tail": tail, "label": "knows"} for tail in (1, 2)]
    record = {"text": text, "entities": entities, "relations": relations}
    lines = [{"text": "It rains.", "entities": [], "relations": []}, record, record]
    (place / "long.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf8")
    code, out, err = called(place, "--json", train="long.jsonl")
    assert code == 0, err
    facts = json.loads(out)
    across, apart = "lies in two segments that the model reads separately", "arguments in two segments"
    assert facts["splits"]["train"]["unreachable"] == {
        "entities": {across: 2},
        "relations": {f"{apart} that the model reads separately": 4},
    }
    found = {f["what"]: f for f in facts["findings"] if f["kind"] == "unreachable"}
    entity = found[f"2 of 6 entities (33.33 %) can never be predicted: {across}"]
    assert [(p["where"], p["what"]) for p in entity["places"]] == [
        (f"{place / 'long.jsonl'}:{line}", 'Person "Otto. Boris"') for line in (2, 3)
    ]
    assert f"can never be predicted: {across}" in " ".join(called(place, train="long.jsonl")[1].split())
    options = ("--json", "--segmenter.@segmenters=jointre.documents.v1")
    facts = json.loads(called(place, *options, train="long.jsonl")[1])
    assert facts["splits"]["train"]["unreachable"] == {"entities": {}, "relations": {}}
