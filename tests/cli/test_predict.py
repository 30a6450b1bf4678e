"""`jointre predict` as a pipe and as a writer of files: what is handed out, when, and under which name."""

import gzip
import io
import json
import os
import shutil
import sys
import threading

import pytest

import jointre
from jointre.cli import console
from jointre.cli.app import run
from jointre.config import load_config
from jointre.data.atomic_write import replacing
from jointre.data.write import to_line
from jointre.readers.open import open_data
from jointre.testing import toy_docs
from jointre.training.run import train


@pytest.fixture(scope="module")
def place(tmp_path_factory, encoder_folder):
    """A folder with a toy corpus and a trained run, ``m``."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "toy.jsonl").write_text("".join(f"{to_line(doc)}\n" for doc in toy_docs(12)), encoding="utf8")
    given = {"model.encoder.name": str(encoder_folder), "training.epochs": 1, "system.device": "cpu"}
    given |= {f"corpora.{split}.@readers": "jointre.jsonl.v1" for split in ("train", "dev")}
    given |= {f"paths.{split}": str(folder / "toy.jsonl") for split in ("train", "dev")}
    given["model.entity_head.sampler.max_width"] = 2
    train(load_config("spert/conll04", overrides=given), folder / "m", quiet=True)
    return folder


@pytest.fixture
def predict(place, tmp_path, monkeypatch, capsys):
    """Call the command in a folder with the run ``m``, and ``stdin`` on standard input."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m").symlink_to(place / "m")

    def call(*arguments, stdin=b""):
        for name in ("quiet", "verbose"):
            monkeypatch.setattr(console.state, name, False)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        code = run(["predict", "m", *map(str, arguments)])
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def whole_documents(place, tmp_path):
    """Makes the run ``m`` read whole documents instead of sentences."""

    def change():
        (tmp_path / "m").unlink()
        shutil.copytree(place / "m", tmp_path / "m")
        config = tmp_path / "m" / "model" / "config.cfg"
        before, _, rest = config.read_text("utf8").partition("[segmenter]")
        segmenter = '[segmenter]\n@segmenters = "jointre.documents.v1"\n\n'
        config.write_text(before + segmenter + rest[rest.index("\n[") + 1 :], "utf8")

    return change


def rows_of(text):
    return [json.loads(line) for line in text.splitlines()]


BAD_STREAM = b"Anna met Otto.\nShe left.\n\xff\nNot read.\n"


def test_an_output_that_ends_in_gz_is_packed_and_can_be_read_again(predict, tmp_path):
    (tmp_path / "in.txt.gz").write_bytes(gzip.compress(b"Anna met Otto.\n"))
    assert predict("in.txt.gz", "out.jsonl.gz")[0] == 0
    packed = (tmp_path / "out.jsonl.gz").read_bytes()
    assert json.loads(gzip.decompress(packed))["text"] == "Anna met Otto."
    assert predict("out.jsonl.gz", "again.jsonl")[0] == 0
    assert json.loads((tmp_path / "again.jsonl").read_text())["text"] == "Anna met Otto."
    assert predict("in.txt.gz", "page.html.gz")[0] == 0
    assert b"<html" in gzip.decompress((tmp_path / "page.html.gz").read_bytes())


def test_packed_text_comes_on_standard_input(predict):
    code, out, _ = predict("-", stdin=gzip.compress(b"Anna met Otto.\nShe left.\n"))
    assert code == 0
    assert [json.loads(line)["text"] for line in out.splitlines()] == ["Anna met Otto.", "She left."]
    code, _, err = predict("-", stdin=gzip.compress(b"Anna met Otto.\n" * 99)[:-9])
    assert code == 2 and "stdin: is not a whole gzip file" in err


def test_what_is_good_before_a_faulty_line_is_handed_out(predict):
    code, out, err = predict("-", stdin=BAD_STREAM)
    assert code == 2 and "stdin:3: byte 1 of the line (0xff) is not UTF-8" in err
    assert [json.loads(line)["text"] for line in out.splitlines()] == ["Anna met Otto.", "She left."]
    code, out, _ = predict("-", "--format", "spert", stdin=BAD_STREAM)
    assert code == 2 and len(json.loads(out)) == 2


def test_a_file_is_whole_or_absent(predict, tmp_path):
    code, out, err = predict("-", "out.jsonl", stdin=BAD_STREAM)
    assert code == 2 and out == "" and "stdin:3" in err
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_a_slow_pipe_gives_each_result_before_the_next_line(predict, monkeypatch):
    reading, writing = os.pipe()
    seen, in_time = threading.Semaphore(0), []

    class Stdout(io.StringIO):
        def flush(self):
            seen.release()

    def produce():
        with os.fdopen(writing, "wb", buffering=0) as pipe:
            for _ in range(2):
                pipe.write(b"Anna met Otto.\n")
                in_time.append(seen.acquire(timeout=30))

    with os.fdopen(reading) as source:
        monkeypatch.setattr(sys, "stdin", source)
        monkeypatch.setattr(sys, "stdout", out := Stdout())
        producer = threading.Thread(target=produce)
        producer.start()
        assert run(["predict", "m", "-"]) == 0
        producer.join()
    assert in_time == [True, True]
    assert [json.loads(line)["id"] for line in out.getvalue().splitlines()] == ["stdin:1", "stdin:2"]


@pytest.fixture
def toy(place, tmp_path):
    """The toy corpus in the current folder."""
    (tmp_path / "toy.jsonl").write_bytes((place / "toy.jsonl").read_bytes())
    return tmp_path / "toy.jsonl"


@pytest.mark.parametrize("link", [None, "symlink_to", "hardlink_to"])
def test_the_input_is_never_the_output(predict, toy, tmp_path, link):
    output = toy
    if link is not None:
        output = tmp_path / "other.jsonl"
        getattr(output, link)(toy)
    before = toy.read_bytes()
    code, _, err = predict("toy.jsonl", output, "--force")
    assert code == 2 and "is the same file as the input toy.jsonl" in err
    assert toy.read_bytes() == before


def test_nothing_is_written_into_the_model(predict, toy):
    code, _, err = predict("toy.jsonl", "m/model/weights.safetensors", "--force")
    assert code == 2 and "is in m/model, which is an input" in err


def test_a_link_is_written_through_and_stays(predict, toy, tmp_path):
    (tmp_path / "target.jsonl").write_text("old", "utf8")
    link = tmp_path / "link.jsonl"
    link.symlink_to("target.jsonl")
    code, _, err = predict("toy.jsonl", "link.jsonl")
    assert code == 2 and "already exists" in err
    code, _, err = predict("toy.jsonl", "link.jsonl", "--force")
    assert code == 0, err
    assert link.is_symlink() and len((tmp_path / "target.jsonl").read_text("utf8").splitlines()) == 12


def test_a_planted_part_is_not_followed(predict, toy, tmp_path):
    (tmp_path / "mine").write_text("precious", "utf8")
    (tmp_path / ".out.jsonl.part").symlink_to("mine")
    code, _, err = predict("toy.jsonl", "out.jsonl")
    assert code == 0, err
    assert (tmp_path / "mine").read_text("utf8") == "precious"
    assert (tmp_path / ".out.jsonl.part").is_symlink()


def test_two_runs_with_one_output_do_not_meet(predict, toy, tmp_path):
    """The second begins while the first writes; each file is whole, and the later one stays."""
    place, other = tmp_path / "out.jsonl", []

    def docs():
        yield from toy_docs(2)
        other.append(run(["predict", "m", "toy.jsonl", "out.jsonl"]))
        other.append(len(place.read_text("utf8").splitlines()))

    with replacing(place) as file:
        for doc in docs():
            file.write(to_line(doc) + "\n")
    assert other == [0, 12]
    assert len(place.read_text("utf8").splitlines()) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m", "out.jsonl", "toy.jsonl"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (os.fsdecode(b"caf\xe9.jsonl"), "its name is not UTF-8"),
        ("x" * 300 + ".jsonl", "File name too long"),
        ("loop.jsonl", "is a link in a circle of links"),
    ],
)
def test_names_that_cannot_be_written_are_refused_before_the_model_is_loaded(predict, tmp_path, name, reason):
    (tmp_path / "loop.jsonl").symlink_to("loop.jsonl")
    (tmp_path / "m").unlink()
    code, _, err = predict("-", name)
    assert code == 2 and "the output cannot be written" in err and reason in err


def test_a_long_name_is_no_fault(predict, toy, tmp_path):
    assert predict("toy.jsonl", "x" * 240 + ".jsonl")[0] == 0


def test_a_threshold_for_one_call(predict, toy):
    counts = []
    for value in ("0", "0.5", "1"):
        code, out, err = predict("toy.jsonl", "--threshold", value)
        assert code == 0, err
        counts.append(sum(len(json.loads(line)["relations"]) for line in out.splitlines()))
    assert counts[0] > counts[1] > counts[2] == 0
    code, out, err = predict("toy.jsonl", "--threshold", "1.5")
    assert code == 2 and out == "" and "--threshold" in err and "less than or equal to 1" in err


TWO = "Anna met Otto. Boris leads Acme."


def test_python_finds_what_the_command_finds(predict, tmp_path):
    lines = [TWO, "Frida sleeps in Bergen.", "It rains."]
    (tmp_path / "in.txt").write_text("\n".join(lines), "utf8")
    code, out, err = predict("in.txt", "--device", "cpu")
    assert code == 0, err
    found = jointre.load("m", "cpu")(lines, as_dicts=True)
    assert any(record["relations"] for record in found)
    assert rows_of(out) == [
        {**record, "id": f"in.txt:{number}", "line": number} for number, record in enumerate(found, 1)
    ]


def test_standard_input_gives_what_a_file_gives(predict, tmp_path):
    text = f"{TWO}\n\nFrida sleeps in Bergen.\n".encode()
    (tmp_path / "stdin").write_bytes(text)
    for level in ("document", "sentence"):
        streamed, read = (predict(source, "--level", level, stdin=text) for source in ("-", "stdin"))
        assert streamed[:2] == read[:2] and streamed[0] == 0
        assert [row["id"] for row in rows_of(streamed[1])][-2:] == ["stdin:1", "stdin:3"]


def test_sentences_as_records_have_the_annotation_of_the_document(predict):
    code, out, _ = predict("-", stdin=TWO.encode())
    (whole,) = rows_of(out)
    code, out, err = predict("-", "--level", "sentence", stdin=TWO.encode())
    parts = rows_of(out)
    assert code == 0 and "left out" not in err
    assert [(part["id"], part["text"], part["start"]) for part in parts] == [
        ("stdin:1", "Anna met Otto.", 0),
        ("stdin:1", "Boris leads Acme.", 15),
    ]
    moved = [
        {**entity, "start": entity["start"] + part["start"], "end": entity["end"] + part["start"]}
        for part in parts
        for entity in part["entities"]
    ]
    assert moved == whole["entities"] and moved
    assert sum(len(part["relations"]) for part in parts) == len(whole["relations"]) > 0
    assert all(part["sentences"] == [[0, len(part["text"])]] for part in parts)


@pytest.mark.parametrize("form", ["text", "spert", "html"])
def test_sentences_as_records_in_other_forms(predict, form):
    code, out, err = predict(
        "-", "--level", "sentence", "--format", form, "--threshold", "1", stdin=TWO.encode()
    )
    assert code == 0, err
    if form == "spert":
        assert [row["tokens"] for row in json.loads(out)] == [
            ["Anna", "met", "Otto", "."],
            ["Boris", "leads", "Acme", "."],
        ]
    else:
        assert out.count("stdin:1") >= 2


def test_relations_between_sentences_are_told_where_records_are_sentences(predict, whole_documents):
    whole_documents()
    code, out, _ = predict("-", "--threshold", "0", stdin=TWO.encode())
    (whole,) = rows_of(out)
    between = [relation for relation in whole["relations"] if relation["evidence"] == [0, len(TWO)]]
    code, out, err = predict("-", "--level", "sentence", "--threshold", "0", stdin=TWO.encode())
    kept = sum(len(row["relations"]) for row in rows_of(out))
    across = len(whole["entities"]) - sum(len(row["entities"]) for row in rows_of(out))
    assert code == 0 and between and kept + len(between) == len(whole["relations"])
    assert f"relations between sentences, left out: {len(between)} (first in stdin:1)" in err
    assert (f"entities across sentences, left out: {across} (first in stdin:1)" in err) == (across > 0)


def given(tmp_path, *spans):
    """A file with the entities of `TWO`, given by their texts."""
    places = [(TWO.index(text), TWO.index(text) + len(text)) for text in spans]
    entities = [{"start": start, "end": end, "label": "Person"} for start, end in places]
    (tmp_path / "given.jsonl").write_text(json.dumps({"entities": entities}), "utf8")
    return "given.jsonl"


def test_given_entities_in_two_sentences_are_related_if_they_are_read_together(
    predict, tmp_path, whole_documents
):
    file = given(tmp_path, "Anna", "Acme")
    options = ("-", "--entities", file, "--threshold", "0")
    code, out, err = predict(*options, stdin=TWO.encode())
    (row,) = rows_of(out)
    assert code == 0 and row["relations"] == [] and row["sentences"] == [[0, 14], [15, 32]], err
    whole_documents()
    code, out, err = predict(*options, stdin=TWO.encode())
    (row,) = rows_of(out)
    assert [entity["text"] for entity in row["entities"]] == ["Anna", "Acme"]
    assert {relation["evidence"] == [0, 32] for relation in row["relations"]} == {True}


def test_a_given_entity_across_sentences_joins_them(predict, tmp_path):
    file = given(tmp_path, "Anna", "Otto. Boris", "Acme")
    code, out, err = predict("-", "--entities", file, "--threshold", "0", stdin=TWO.encode())
    (row,) = rows_of(out)
    assert code == 0 and row["sentences"] == [[0, 32]]
    assert [entity["text"] for entity in row["entities"]] == ["Anna", "Otto. Boris", "Acme"]
    assert (0, 2) in {(relation["head"], relation["tail"]) for relation in row["relations"]}
    assert "sentences read together with the one before, because an entity lies in both: 1" in err


def test_predictions_in_the_format_of_any_writer(predict, toy, tmp_path):
    code, _, err = predict("toy.jsonl", "found.conll")
    assert code == 0 and "relations that the format does not have, left out" in err
    words = [
        line.split("\t")[0] for line in (tmp_path / "found.conll").read_text("utf8").splitlines() if line
    ]
    assert words == [word for doc in open_data("toy.jsonl") for word in doc.words]
    code, _, err = predict("toy.jsonl", "found", "--format", "brat")
    assert code == 0 and len(list((tmp_path / "found").glob("*.ann"))) == 12
    code, out, _ = predict("toy.jsonl", "--format", "dygie")
    assert code == 0 and [json.loads(line)["doc_key"] for line in out.splitlines()] == [
        doc.id for doc in open_data("toy.jsonl")
    ]


def test_an_unknown_format_is_refused_before_the_model_is_loaded(predict, toy):
    code, _, err = predict("toy.jsonl", "--format", "htlm")
    assert code == 2 and "--format: 'htlm' is not one of the writers" in err and "'html'" in err
    code, _, err = predict("toy.jsonl", "--format", "brat")
    assert code == 2 and "name the OUTPUT to write" in err


def test_evaluate_writes_predictions_in_the_format_of_the_ending(predict, toy, tmp_path):
    assert run(["evaluate", "m", "toy.jsonl", "--predictions", "found.csv"]) == 0
    assert (tmp_path / "found.csv").read_text("utf8").startswith("id,sentence,head,relation,tail,")
    assert run(["evaluate", "m", "toy.jsonl", "--predictions", "found.any"]) == 0
    assert (tmp_path / "found.any").read_text("utf8").startswith('{"id"')
