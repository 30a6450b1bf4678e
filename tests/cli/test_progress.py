"""Progress of long work where there is no terminal."""

from pathlib import Path

import pytest

from jointre.cli import progress
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


@pytest.mark.parametrize(("name", "total"), [("evaluate", 12), ("tune", 24)])
def test_scoring_tells_the_time_left(
    command: Command, trained: Path, monkeypatch: pytest.MonkeyPatch, name: str, total: int
) -> None:
    monkeypatch.setattr(progress, "LINE_SECONDS", 0)
    done = command(name, trained, "toy.jsonl")
    assert done.code == 0 and f"documents: 1 of {total}, " in done.err and "0:00:00 left" in done.err
    assert "documents: " not in command(name, trained, "toy.jsonl", "--quiet").err
