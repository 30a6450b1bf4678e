"""`jointre predict` as a pipe and as a writer of files: what is handed out, when, and under which name."""

import gzip
import io
import json
import os
import sys
import threading

import pytest

from jointre.cli import console
from jointre.cli.app import run
from jointre.config import load_config
from jointre.data.atomic_write import replacing
from jointre.data.write import to_line
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
