"""What a job says about the folder of another one."""

from typing import Any

import pytest

from jointre.jobs.changes import changes

A, B = "a" * 64, "b" * 64


def file(name: str, sha256: str = A, lines: int = 1) -> dict[str, Any]:
    return {"file": name, "sha256": sha256, "lines": lines}


@pytest.mark.parametrize(
    ("there", "now", "said"),
    [
        ([file("x")], [file("x")], []),
        ([file("x"), file("y")], [file("x")], ["input no longer contains y"]),
        ([file("x")], [file("z"), file("x")], ["input now contains z"]),
        ([file("x"), file("y")], [file("y"), file("x")], ["the files of input have another order"]),
        ([file("x")], [file("x", B, 3)], ["input.x has changed", "input.x.lines was 1, and is 3 now"]),
        ({"model.safetensors": A}, {"model.safetensors": B}, ["input.model.safetensors has changed"]),
        ({"level": "document"}, {"level": None}, ["input.level was 'document', and is None now"]),
        ([1, 2], [1, 3], ["input[1] was 2, and is 3 now"]),
        (None, [file("x")], [f"input was None, and is {[file('x')]!r} now"]),
    ],
)
def test_each_change_is_one_clause(there: Any, now: Any, said: list[str]) -> None:
    assert list(changes("input", there, now)) == said
