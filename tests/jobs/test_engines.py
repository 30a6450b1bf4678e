"""Engines: what several workers write is what one writes; Ray is refused or fails in time, never hangs."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from job_toys import shards

from jointre.engines.named import NamedEngine
from jointre.errors import UsageError
from jointre.registry import registry

ROOT = Path(__file__).parents[2]


def test_short_names_stand_for_engines_of_jointre() -> None:
    assert [NamedEngine.parse(name).name for name in ("local", "ray", "submitit")] == [
        "jointre.local.v1", "jointre.ray.v1", "jointre.submitit.v1",
    ]  # fmt: skip
    engine = NamedEngine.parse("ray:gpus=0.5").make(4)
    assert engine.workers == 4 and vars(engine)["gpus"] == 0.5
    with pytest.raises(UsageError, match="did you mean"):
        NamedEngine.parse("locl")


def test_workers_share_devices() -> None:
    engine = registry.engines.get("jointre.local.v1")(devices=[0, 2])
    assert engine.workers == 2 and [engine.device(slot) for slot in range(3)] == [
        "cuda:0",
        "cuda:2",
        "cuda:0",
    ]


def test_two_processes_predict_the_same_bytes(
    predict: Callable[..., Any], text: Path, tmp_path: Path
) -> None:
    predict(text, output="one")
    predict(text, workers=2)
    assert shards(tmp_path / "out") == shards(tmp_path / "one")


def stub(*words: str, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tests.soak.stub", *words, "--seconds", "0"]
    return subprocess.run(command, cwd=cwd, capture_output=True, encoding="utf8", timeout=120)


def test_ray_writes_the_same_bytes_and_says_when_it_has_no_room(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="the engine needs Ray")
    (tmp_path / "text.txt").write_text("".join(f"line {n}\n" for n in range(40)), encoding="utf8")
    options = ["--shard-size", "10"]
    assert stub(str(tmp_path / "text.txt"), str(tmp_path / "one"), *options).returncode == 0
    ray = [*options, "--engine", "ray"]
    done = stub(str(tmp_path / "text.txt"), str(tmp_path / "out"), *ray)
    assert done.returncode == 0, done.stderr
    assert shards(tmp_path / "out") == shards(tmp_path / "one")
    full = stub(str(tmp_path / "text.txt"), str(tmp_path / "full"), *ray, "--workers", "4000")
    assert full.returncode == 1 and "Ray has no room for 4000 workers" in full.stderr, full.stderr


def test_ray_at_an_address_where_it_is_not_fails_with_a_message(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="the engine needs Ray")
    (tmp_path / "text.txt").write_text("line\n", encoding="utf8")
    begin = time.monotonic()
    done = stub(str(tmp_path / "text.txt"), str(tmp_path / "out"), "--engine", "ray:address=127.0.0.1:9")
    assert done.returncode == 1 and "Ray cannot be used at 127.0.0.1:9" in done.stderr, done.stderr
    assert time.monotonic() - begin < 60
