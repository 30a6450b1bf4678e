"""Progress of long work where there is no terminal."""

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from jointre import predict
from jointre.cli import progress
from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.readers.jsonl import JsonlReader
from jointre.readers.open import count_documents
from jointre.readers.records import Record
from tests.cli.conftest import Command


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that has passed, as its only item."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_a_line_every_15_seconds(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with progress.counted("lines", 500) as advance:
        for seconds, count in ((14, 80), (16, 13), (30, 7), (62, 24)):
            clock[0] = seconds
            advance(count)
    assert (
        capsys.readouterr().err
        == "lines: 93 of 500, 5.8/s, 0:01:10 left\nlines: 124 of 500, 2.0/s, 0:03:08 left\n"
    )


def test_nothing_where_results_go_to_the_same_place(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with progress.counted("lines", show=False) as advance:
        clock[0] = 100.0
        advance()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("quiet", [False, True])
def test_predict_tells_the_time_left(
    command: Command, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet: bool
) -> None:
    monkeypatch.setattr(progress, "LINE_SECONDS", 0)
    done = command("predict", trained, "toy.jsonl", tmp_path / "out.jsonl", *(["--quiet"] if quiet else []))
    assert done.code == 0, done.err
    lines = [line for line in done.err.splitlines() if line.startswith("documents: ")]
    assert len(lines) == (0 if quiet else 12)
    assert quiet or (lines[0].startswith("documents: 1 of 12, ") and lines[-1].endswith("/s, 0:00:00 left"))


FIRST = {  # of 12 documents, of which 5 are read before the first is predicted
    "toy.jsonl": "documents: 1 of 12, ",
    "list.json": "documents: 1, ",
    "text.txt": "documents: 1 of 24, ",
}


@pytest.mark.parametrize("name", FIRST)
def test_a_corpus_is_parsed_once_for_its_total(
    command: Command,
    trained: Path,
    workplace: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    source = workplace / name
    if name == "list.json":
        source = tmp_path / name
        rows = [json.loads(line) for line in (workplace / "toy.jsonl").read_text("utf8").splitlines()]
        source.write_text(json.dumps(rows), encoding="utf8")
    parsed, parse = [], JsonlReader.parse

    def noted(self: JsonlReader, record: Record, report: Report) -> Doc | None:
        parsed.append(record)
        return parse(self, record, report)

    monkeypatch.setattr(JsonlReader, "parse", noted)
    monkeypatch.setattr(progress, "LINE_SECONDS", 0)
    monkeypatch.setattr(predict, "CHUNK", 5)
    done = command("predict", trained, source, tmp_path / "out.jsonl")
    lines = [line for line in done.err.splitlines() if line.startswith("documents: ")]
    assert lines[0].startswith(FIRST[name]) and lines[-1].endswith("/s, 0:00:00 left")
    assert len(parsed) == (0 if name == "text.txt" else 12)


def test_documents_are_counted_where_no_parser_is_needed(tmp_path: Path) -> None:
    contents = {
        "lines.jsonl": '{"tokens": ["a"]}\n\n{"tokens": ["b"]}',
        "one.json": '{"tokens": ["a"]}\n',
        "text.txt": "One.\n \nTwo.\n",
        "list.json": '[{"tokens": ["a"]}]',
        "spread.json": '{\n"tokens": ["a"]\n}\n',
        "words.conll": "A B-X\n\nB O\n",
    }
    for name, text in contents.items():
        (tmp_path / name).write_text(text, encoding="utf8")
    counts = [count_documents(str(tmp_path / name)) for name in contents]
    assert counts == [2, 1, 2, None, None, None]
    assert count_documents("-") is count_documents(str(tmp_path)) is count_documents("sample:test") is None


def test_a_bar_learns_its_total_later() -> None:
    bar = Progress(progress.TimeLeft(), console=Console(file=StringIO()))
    counter = progress.Bar(bar, "documents", None)
    [task] = bar.tasks
    assert progress.TimeLeft().render(task).plain == "0:00:00"
    counter.expect(3)
    assert task.total == 3 and progress.TimeLeft().render(task).plain == "-:--:--"


@pytest.mark.parametrize(("name", "total"), [("evaluate", 12), ("tune", 24)])
def test_scoring_tells_the_time_left(
    command: Command, trained: Path, monkeypatch: pytest.MonkeyPatch, name: str, total: int
) -> None:
    monkeypatch.setattr(progress, "LINE_SECONDS", 0)
    done = command(name, trained, "toy.jsonl")
    assert done.code == 0 and f"documents: 1 of {total}, " in done.err and "0:00:00 left" in done.err
    assert "documents: " not in command(name, trained, "toy.jsonl", "--quiet").err
