"""`jointre predict` as a pipe and as a writer of files: what is handed out, when, and under which name."""

import io
import json
import os
import sys
import threading

import pytest

from jointre.cli import console
from jointre.cli.app import run
from jointre.config import load_config
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
