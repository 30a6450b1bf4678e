"""`jointre train --processes N`: how its processes are started, stopped, and reported when they fail."""

import json
import os
import signal
import sys
import threading
import time
from types import SimpleNamespace

import pytest
import torch

from jointre.cli.app import run
from jointre.errors import TrainingError, UsageError
from jointre.system import pick_device
from jointre.training import launch as launching
from jointre.training.launch import REPORTED, launch, refuse_count

RANK = "import os, signal, sys, time; rank = int(os.environ['RANK']); "


@pytest.fixture
def program(monkeypatch):
    """Replaces jointre by some lines of Python."""
    monkeypatch.setattr(launching, "GRACE_SECONDS", 0.3)

    def replace(text):
        monkeypatch.setattr(launching, "PROGRAM", (sys.executable, "-S", "-c", RANK + text))

    return replace


def test_every_process_is_told_its_number_and_cores(program, tmp_path, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(launching, "cores", lambda: 8)
    program("import json; json.dump(dict(os.environ), open(f'{sys.argv[1]}/{rank}', 'w'))")
    assert launch([str(tmp_path)], 2, None) == 0
    told = [json.loads((tmp_path / str(rank)).read_text("utf8")) for rank in range(2)]
    assert [each["LOCAL_RANK"] for each in told] == ["0", "1"]
    for key, value in {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "OMP_NUM_THREADS": "4"}.items():
        assert [each[key] for each in told] == [value] * 2
    assert told[0]["MASTER_PORT"] == told[1]["MASTER_PORT"]


@pytest.mark.parametrize("killed", [0, 1])
def test_killed_process_ends_the_others_and_is_named(program, killed):
    program(f"time.sleep(0 if rank == {killed} else 60); os.kill(os.getpid(), signal.SIGKILL)")
    begin = time.monotonic()
    with pytest.raises(TrainingError, match=f"process {killed} of 2 was killed by SIGKILL.*\n.*--resume"):
        launch([], 2, 1)
    assert time.monotonic() - begin < 10


def test_process_that_fails_alone_is_shown(program):
    program("print('only I know', file=sys.stderr); sys.exit(rank)")
    with pytest.raises(TrainingError, match="process 1 of 2 failed:\nonly I know"):
        launch([], 2, 1)


def test_failure_that_the_first_process_reports_is_shown_once(program, capfd):
    program(f"print('the data', file=sys.stderr); sys.exit({REPORTED} if rank else 2)")
    assert launch([], 2, 1) == 2
    assert capfd.readouterr().err == "the data\n"


def test_request_to_stop_reaches_all(program):
    program("sys.exit(130 if sys.stdin.read() == '' else 1)")
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
    assert launch([], 2, 1) == 130


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="this system has no SIGUSR1")
def test_request_for_a_checkpoint_reaches_the_first(program):
    program("sys.exit(0 if rank or sys.stdin.readline() == 'save\\n' else 1)")
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGUSR1)).start()
    assert launch([], 2, 1) == 0


def test_more_processes_than_gpus_are_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    gpu = torch.device("cuda")
    refuse_count(2, gpu, "cuda")
    refuse_count(3, torch.device("cpu"), "auto")
    with pytest.raises(UsageError, match=r"cannot start 3 processes(.|\n)*this machine has 2"):
        refuse_count(3, gpu, "cuda")
    with pytest.raises(UsageError, match="'cuda:1' is a single GPU"):
        refuse_count(2, torch.device("cuda:1"), "cuda:1")


def test_command_is_repeated_in_the_processes(monkeypatch, tmp_path, capsys):
    seen = SimpleNamespace()
    monkeypatch.setattr(launching, "launch", lambda *given: vars(seen).update(given=given) or 5)
    words = ["train", "quickstart", "-o", str(tmp_path / "run"), "--processes", "2", "--device", "cpu"]
    assert run([*words, "--system.threads=1"]) == 5, capsys.readouterr().err
    assert seen.given == ([*words, "--system.threads=1"], 2, 1)


def test_launcher_with_another_number_is_refused(monkeypatch, capsys):
    monkeypatch.setenv("WORLD_SIZE", "3")
    assert run(["train", "quickstart", "--processes", "2"]) == 2
    assert "already started in 3 processes, not in 2" in capsys.readouterr().err


def test_one_gpu_is_not_shared(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert pick_device("cuda") == "cuda:1"
    with pytest.raises(UsageError, match="several processes cannot share device 'cuda:1'"):
        pick_device("cuda:1")
