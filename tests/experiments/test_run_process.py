"""Processes of runs that are forks: as separate as new interpreters, with their environment, output and exit codes."""

import json
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from runner_toys import make_place

from jointre.experiments import run_process
from jointre.experiments.job import Job
from jointre.experiments.load import load_experiment
from jointre.experiments.plan import plan_runs
from jointre.experiments.run_process import forking, new_interpreter
from jointre.experiments.worker import Worker

pytestmark = pytest.mark.skipif(not run_process.FORKS, reason="needs Linux")
CODE = """
import os, random, sys, warnings
import numpy as np, torch
from jointre.registry import registry
print("PRINTED", os.environ["OMP_NUM_THREADS"], os.environ.get("CUDA_VISIBLE_DEVICES"), torch.get_num_threads(),
      os.getcwd(), len(warnings.filters), os.environ.get("LEAKED"), torch.initial_seed(),
      "toy.leak.v1" in registry.poolers)
os.system("echo FROM A CHILD")
os.environ["LEAKED"] = "yes"
os.chdir("/")
warnings.simplefilter("error")
torch.manual_seed(1), np.random.seed(1), random.seed(1), torch.set_num_threads(3)
registry.poolers("toy.leak.v1", func=dict)
"""


@pytest.fixture(scope="module")
def jobs(tmp_path_factory, encoder_folder):
    """Run of the toy experiment, in a folder that is given."""
    place = tmp_path_factory.mktemp("place")
    loaded = load_experiment(make_place(place, encoder_folder, training__epochs=1))
    run = plan_runs(loaded, place / "out")[0]
    return lambda folder, *code: Job(
        replace(run, folder=folder), ["dev"], ["length"], code=[str(c) for c in code]
    )


@pytest.fixture(scope="module")
def start():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        with forking() as start:
            yield start


def ended(worker, seconds=300.0):
    end = time.monotonic() + seconds
    while (code := worker.poll()) is None:
        assert time.monotonic() < end
        time.sleep(0.02)
    return code


def pid_of(worker):
    while worker._process._process is None:
        assert worker.poll() is None
        time.sleep(0.02)
    return worker._process._process


def printed(folder):
    lines = (folder / "output.log").read_text("utf8").splitlines()
    return [line for line in lines if line.startswith(("PRINTED", "FROM"))]


def test_fork_gives_the_bytes_of_a_new_interpreter(jobs, start, tmp_path):
    folders = {"forked": tmp_path / "forked", "fresh": tmp_path / "fresh"}
    for name, begin in (("forked", start), ("fresh", new_interpreter)):
        worker = Worker(jobs(folders[name]), 0, 1, begin)
        assert ended(worker) == 0, (folders[name] / "output.log").read_text("utf8")
        kinds = {worker.events.get()["event"] for _ in range(worker.events.qsize())}
        assert {"train", "epoch", "score"} <= kinds
    for name in ("model/model.safetensors", "predictions.dev.jsonl"):
        forked, fresh = ((folder / name).read_bytes() for folder in folders.values())
        assert forked == fresh
    forked, fresh = (json.loads((folder / "result.json").read_text("utf8")) for folder in folders.values())
    assert forked["corpora"] == fresh["corpora"]


def test_nothing_of_a_run_reaches_the_next_one(jobs, start, tmp_path):
    """Each run fails after its code has changed whatever a process shares."""
    code = tmp_path / "leaky.py"
    code.write_text(CODE + "\nraise ValueError('as planned')\n", encoding="utf8")
    for name, begin in (("first", start), ("second", start), ("fresh", new_interpreter)):
        worker = Worker(jobs(tmp_path / name, code), 0, 1, begin)
        assert ended(worker) == 2 and "as planned" in worker.failure(2)
    first, second, fresh = (printed(tmp_path / name) for name in ("first", "second", "fresh"))
    assert first == second and len(first) == 2
    words, expected = first[0].split(), fresh[0].split()
    # What is imported decides how many filters there are, and the seed is random until the run sets it.
    for differing in (7, 5):
        del words[differing], expected[differing]
    assert words == expected
    assert words[:4] == ["PRINTED", "1", "None", "1"] and words[-1] == "False"


def test_run_gets_the_environment_of_its_moment(jobs, start, tmp_path, monkeypatch):
    code = tmp_path / "leaky.py"
    code.write_text(CODE + "\nraise SystemExit('as planned')\n", encoding="utf8")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7")
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    worker = Worker(jobs(tmp_path / "run", code), 0, 2, start)
    assert ended(worker) != 0
    assert printed(tmp_path / "run")[0].split()[:4] == ["PRINTED", "2", "7", "2"]


def test_killed_run_and_killed_server_do_not_harm_the_next_run(jobs, tmp_path, monkeypatch):
    wait, quick = tmp_path / "wait.py", tmp_path / "quick.py"
    wait.write_text("import time\ntime.sleep(600)\n", encoding="utf8")
    quick.write_text("raise SystemExit(3)\n", encoding="utf8")
    monkeypatch.setattr(run_process, "SERVER", (sys.executable, "-c", LIGHT))
    with forking() as start:
        killed, other = (Worker(jobs(tmp_path / name, wait), 0, 1, start) for name in ("one", "two"))
        os.kill(pid_of(killed), signal.SIGKILL)
        assert ended(killed) == -signal.SIGKILL and "killed by signal 9" in killed.failure(-9)
        assert ended(Worker(jobs(tmp_path / "three", quick), 0, 1, start)) == 3
        assert other.poll() is None
        server = int(Path(f"/proc/{pid_of(other)}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(server, signal.SIGKILL)
        assert ended(other) == -signal.SIGKILL
        assert ended(Worker(jobs(tmp_path / "four", quick), 0, 1, start)) == 3
        last = Worker(jobs(tmp_path / "five", wait), 0, 1, start)
        last.kill()
        assert last.poll() == -signal.SIGKILL


LIGHT = """
import sys, types
from jointre.experiments import fork_server
program = types.ModuleType("program")
def main():
    import json

    exec(open(json.loads(sys.stdin.buffer.readline())["code"][0]).read(), {})
program.main = main
sys.modules["program"] = program
fork_server.PRELOADED = ("program",)
sys.exit(fork_server.main())
"""
"""A server without torch, whose runs only execute their code."""


def test_importing_what_runs_need_asks_for_no_gpu():
    """A process that has asked for a GPU cannot use it in a fork."""
    from subprocess import run

    program = (
        "import torch; from importlib import import_module; from jointre.experiments import fork_server\n"
        "def refuse(*_): raise SystemExit('a GPU was asked for')\n"
        "torch.cuda.is_available = torch.cuda.device_count = torch.cuda._lazy_init = refuse\n"
        "for name in fork_server.PRELOADED: import_module(name)\n"
        "assert not torch.cuda.is_initialized()\n"
    )
    assert run([sys.executable, "-c", program], check=False).returncode == 0
