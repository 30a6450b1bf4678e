"""Progress of long work where there is no terminal."""

import pytest

from jointre.cli import progress


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
