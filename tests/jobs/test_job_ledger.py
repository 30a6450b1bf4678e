"""What is finished is never lost or done again, also with several runners in one folder and after kills."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from job_toys import shards

from jointre.engines.base import Do, Tick, Work
from jointre.engines.local import LocalEngine
from jointre.errors import DataError, TrainingError, UsageError
from jointre.jobs.folder import FORMAT, JobFolder, shard_facts
from jointre.jobs.inputs import input_files
from jointre.jobs.ledger import PROGRESS
from jointre.jobs.run import Job, Made
from jointre.jobs.source import Task
from jointre.writers.jsonl import JsonlWriter
from tests.soak.bulk import descendants, gone

ROOT = Path(__file__).parents[2]


class Copying(Work):
    """Copies lines; ``before`` is called with the number of each shard."""

    def __init__(self, before: Callable[[int], None] = lambda number: None) -> None:
        self.before = before
        self.made: list[int] = []

    def begin(self, device: str | None) -> Do:
        return self.make

    def make(self, task: Task, tick: Tick) -> Made:
        from jointre.data.report import Report

        self.before(task.number)
        self.made.append(task.number)
        lines = [line for stretch in task.stretches for line in stretch.lines]
        tick(len(lines))
        return Made(b"".join(lines), shard_facts({"lines": len(lines)}, Report(), [], {}))


@pytest.fixture
def job(tmp_path: Path) -> Callable[..., Job]:
    """Makes jobs of ten shards."""
    (tmp_path / "text.txt").write_text("".join(f"line {n}\n" for n in range(20)), encoding="utf8")

    def make(work: Work | None = None, output: str = "out") -> Job:
        files = input_files([str(tmp_path / "text.txt")])
        wanted = {"format": FORMAT, "input": [file.to_json() for file in files]}
        folder = JobFolder(tmp_path / output, "copy", JsonlWriter())
        return Job(folder, wanted, files, 2, work or Copying())

    return make


def stop_at(number: int) -> Callable[[int], None]:
    def before(found: int) -> None:
        if found == number:
            raise KeyboardInterrupt

    return before


def test_a_job_goes_on_where_it_was_stopped(job: Callable[..., Job], tmp_path: Path) -> None:
    job(output="whole").run(LocalEngine())
    with pytest.raises(KeyboardInterrupt):
        job(Copying(stop_at(4))).run(LocalEngine())
    rest, advanced, resumed = Copying(), list[int](), list[int]()
    job(rest).run(LocalEngine(), advance=advanced.append, resumed=resumed.append)
    assert rest.made == [4, 5, 6, 7, 8, 9] and resumed == [4] and sum(advanced) == 20
    assert shards(tmp_path / "out") == shards(tmp_path / "whole")


def test_two_runners_share_the_shards_and_repeat_none(job: Callable[..., Job], tmp_path: Path) -> None:
    other = Copying()

    def join(number: int) -> None:
        """While the first runner works on a shard, a second one does all others."""
        if number == 3:
            with pytest.MonkeyPatch.context() as patch, pytest.raises(InterruptedError):
                patch.setattr("jointre.jobs.run.time.sleep", interrupt)
                job(other).run(LocalEngine())

    def interrupt(seconds: float) -> None:
        raise InterruptedError  # it would wait for the first runner

    first = Copying(join)
    facts = job(first).run(LocalEngine())
    assert first.made == [0, 1, 2, 3] and other.made == [4, 5, 6, 7, 8, 9]
    assert facts["counts"]["lines"] == 20
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"job.json", "shard-00009.jsonl"}
    assert not (tmp_path / "out" / PROGRESS).exists()


def test_a_shard_is_free_again_when_its_runner_fails(job: Callable[..., Job]) -> None:
    def fail(number: int) -> None:
        raise DataError("no")

    with pytest.raises(DataError):
        job(Copying(fail)).run(LocalEngine())
    assert job().run(LocalEngine())["counts"]["lines"] == 20


def test_force_is_refused_while_another_runner_works_there(job: Callable[..., Job]) -> None:
    def join(number: int) -> None:
        if number == 5:
            with pytest.raises(UsageError, match="another process works there"):
                job().run(LocalEngine(), force=True)

    assert job(Copying(join)).run(LocalEngine())["counts"]["lines"] == 20


def test_a_shard_that_vanishes_is_reported_and_made_again(job: Callable[..., Job], tmp_path: Path) -> None:
    def remove(number: int) -> None:
        if number == 9:
            (tmp_path / "out" / "shard-00002.jsonl").unlink()

    with pytest.raises(TrainingError, match=r"shard-00002.jsonl vanished"):
        job(Copying(remove)).run(LocalEngine())
    again = Copying()
    job(again).run(LocalEngine())
    assert again.made == [2]


def test_a_finished_job_that_was_damaged_is_refused(job: Callable[..., Job], tmp_path: Path) -> None:
    job().run(LocalEngine())
    (tmp_path / "out" / "shard-00002.jsonl").write_text("odd", encoding="utf8")
    with pytest.raises(DataError, match="not the file that was written"):
        job().run(LocalEngine())


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="it looks at processes in /proc")
def test_a_killed_job_leaves_whole_shards_and_no_process(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("".join(f"line {n}\n" for n in range(400)), encoding="utf8")
    base = [sys.executable, "-m", "tests.soak.stub", str(tmp_path / "text.txt")]
    options = ["--shard-size", "10", "--workers", "2"]
    command = [*base, str(tmp_path / "out"), *options, "--seconds", "0.01"]
    with subprocess.Popen(command, cwd=ROOT) as process:
        while len(list((tmp_path / "out" / PROGRESS).glob("*.json"))) < 3:
            time.sleep(0.02)
        every = [process.pid, *descendants(process.pid)]
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert len(every) >= 3 and gone(every), "a worker outlived the command"
    there = {path.stem: path.stat().st_mtime_ns for path in (tmp_path / "out" / PROGRESS).glob("*.json")}
    assert 3 <= len(there) < 40
    subprocess.run([*command[:-1], "0"], cwd=ROOT, check=True)
    for number, written in there.items():
        assert (tmp_path / "out" / f"shard-{number}.jsonl").stat().st_mtime_ns <= written
    subprocess.run(
        [*base, str(tmp_path / "whole"), "--shard-size", "10", "--seconds", "0"], cwd=ROOT, check=True
    )
    assert shards(tmp_path / "out") == shards(tmp_path / "whole")


def test_the_manifest_names_all_shards(job: Callable[..., Job]) -> None:
    facts: dict[str, Any] = job().run(LocalEngine())
    assert [row["file"] for row in facts["shards"]] == [f"shard-{n:05d}.jsonl" for n in range(10)]
    assert all(len(row["sha256"]) == 64 and row["lines"] == 2 for row in facts["shards"])
