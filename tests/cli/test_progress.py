"""Where there is no terminal, long work says now and then how far it is."""

import pytest

from jointre.cli import progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that has passed, as its only item."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_a_line_every_half_a_minute(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with progress.counted("lines", 500) as advance:
        for seconds, count in ((29, 80), (31, 13), (40, 7), (62, 24)):
            clock[0] = seconds
            advance(count)
    assert capsys.readouterr().err == "lines: 93 of 500, 3/s\nlines: 124 of 500, 2/s\n"


def test_nothing_where_results_go_to_the_same_place(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with progress.counted("lines", show=False) as advance:
        clock[0] = 100.0
        advance()
    assert capsys.readouterr().err == ""
