"""A killed annotation leaves whole shards and no process behind; the same command makes the rest."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jointre.annotation.shard_reader import open_annotated
from jointre.jobs.ledger import PROGRESS

LINES, SIZE = 10_000, 100
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "NO_COLOR": "1"}

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="it looks at processes in /proc")


@pytest.fixture
def command(names: Path, tmp_path: Path) -> list[str]:
    """An annotation of many lines in two processes."""
    text = "".join(f"Ann met Bob {number} times in New York.\n" for number in range(LINES))
    (tmp_path / "many.txt").write_text(text, encoding="utf8")
    options = ["--tagger", f"gazetteer:{names}", "--shard-size", str(SIZE), "--workers", "2"]
    return [
        sys.executable, "-m", "jointre", "annotate", str(tmp_path / "many.txt"), str(tmp_path / "out"), *options,
    ]  # fmt: skip


def finished(folder: Path) -> list[Path]:
    return sorted((folder / PROGRESS).glob("[0-9]*.json"))


def descendants(process: int) -> Iterator[int]:
    for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
        yield int(child)
        yield from descendants(int(child))


def gone(processes: list[int]) -> bool:
    for _ in range(100):
        if not any(_runs(number) for number in processes):
            return True
        time.sleep(0.1)
    return False


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"  # ended, and nobody has asked how


def stopped(command: list[str], folder: Path, how: signal.Signals) -> tuple[int, str, list[int]]:
    """Exit code and stderr of a command that is sent a signal when some shards are there; its processes."""
    with subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, preexec_fn=_listen) as process:
        for _ in range(600):
            if len(finished(folder)) >= 5:
                break
            time.sleep(0.05)
        children = list(descendants(process.pid))
        process.send_signal(how)
        _, said = process.communicate(timeout=60)
    return process.returncode, said.decode(), children


def _listen() -> None:
    """A test run started in the background hands on that SIGINT is ignored; a terminal never does."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def check_rest(command: list[str], folder: Path) -> None:
    """The same command again makes what is missing, and only that."""
    there = {path.stem: path.stat().st_mtime_ns for path in finished(folder)}
    assert 5 <= len(there) < LINES / SIZE and not (folder / "shard-00099.jsonl.gz").exists()
    again = subprocess.run(command, env=ENVIRONMENT, capture_output=True, encoding="utf8", timeout=120)
    assert again.returncode == 0 and f"continuing: {len(there)} shards" in again.stderr, again.stderr
    for number in there:
        shard = folder / f"shard-{number}.jsonl.gz"
        assert shard.stat().st_mtime_ns <= there[number], "a finished shard was written again"
    names = [doc.id for shard in open_annotated(folder).shards for doc in shard]
    assert names == [f"many.txt:{number}" for number in range(1, LINES + 1)]
    assert {path.name for path in folder.iterdir()} == {
        ".lock", "annotation.json", *(f"shard-{number:05d}.jsonl.gz" for number in range(LINES // SIZE)),
    }  # fmt: skip


def test_sigkill_loses_and_repeats_nothing(command: list[str], tmp_path: Path) -> None:
    code, _, children = stopped(command, tmp_path / "out", signal.SIGKILL)
    assert code == -signal.SIGKILL and len(children) >= 2
    assert gone(children), "a worker outlived the process that began it"
    check_rest(command, tmp_path / "out")


def test_ctrl_c_says_how_to_go_on(command: list[str], tmp_path: Path) -> None:
    code, said, children = stopped(command, tmp_path / "out", signal.SIGINT)
    assert code == 130 and "repeat the command to continue" in said and "Traceback" not in said, said
    assert gone(children)
    check_rest(command, tmp_path / "out")


def test_a_worker_that_is_killed_ends_the_run_with_a_plain_message(
    command: list[str], tmp_path: Path
) -> None:
    with subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE) as process:
        while len(finished(tmp_path / "out")) < 5:
            time.sleep(0.05)
        workers = [
            n for n in descendants(process.pid) if b"spawn_main" in Path(f"/proc/{n}/cmdline").read_bytes()
        ]
        os.kill(workers[0], signal.SIGKILL)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1 and b"a worker process died" in said and b"fewer --workers" in said, said
    check_rest(command, tmp_path / "out")
