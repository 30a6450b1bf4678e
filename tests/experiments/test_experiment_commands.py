"""``jointre experiment run`` and ``list`` on the command line, with real processes."""

import json
import os
import shlex
import time
from io import StringIO

import catalogue
import pytest
from command_process import completed, start
from rich.console import Console
from runner_toys import BAD_VARIANT, BROKEN, InThisProcess, make_place

from jointre.cli.app import run
from jointre.experiments.job import Job
from jointre.experiments.load import load_experiment
from jointre.experiments.progress import View
from jointre.experiments.results.read import load_results
from jointre.experiments.run import prepare
from jointre.experiments.runner import Outcome, Runner
from jointre.experiments.state import State
from jointre.experiments.variants import Request
from jointre.training.run_folder import RunFolder

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "NO_COLOR": "1", "COLUMNS": "100"}


@pytest.fixture(scope="module")
def place(tmp_path_factory, encoder_folder):
    """An experiment with a variant that fails when it is trained."""
    folder = tmp_path_factory.mktemp("place")
    file = make_place(
        folder, encoder_folder, training__epochs=6, training__batch_size=1, training__checkpoint_every=0.2
    )
    with file.open("a", encoding="utf8") as out:
        out.write(BAD_VARIANT)
    (folder / "broken_pooler.py").write_text(BROKEN, encoding="utf8")
    yield folder
    for key in [key for key in catalogue.REGISTRY if key[-1] == "toy.broken.v1"]:
        del catalogue.REGISTRY[key]


def command(place, *more):
    return [
        "experiment",
        *more,
        str(place / "toy.cfg"),
        "--code",
        str(place / "broken_pooler.py"),
        "--seeds",
        "0",
    ]


def wait_for(what, seconds=180.0):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture(scope="module")
def killed(place):
    """The command of an experiment whose runner was killed, and the runs that it had started."""
    folder = place / "killed"
    arguments = [*command(place, "run"), "-o", str(folder), "--workers", "2"]
    runs = [RunFolder(folder / "runs" / variant / "seed-0") for variant in ("max", "sum")]
    with open(os.devnull, "r+b") as nothing:
        process = start(arguments, ENVIRONMENT, nothing, nothing, nothing)
        wait_for(lambda: any(run.checkpoint.is_file() for run in runs) or process.poll() is not None)
        process.kill()
        process.wait()
    stopped = []
    wait_for(lambda: stopped.extend(_stopped(runs)) or stopped)
    return arguments, stopped


def _stopped(runs):
    """The runs that stopped with a checkpoint, once none is at work. One that was still starting has none."""
    started = [run for run in runs if run.record.is_file()]
    if any(run.in_use for run in started):
        return []
    return [run for run in started if json.loads(run.record.read_text("utf8"))["status"] == "interrupted"]


def test_runs_of_a_killed_runner_stop_by_themselves_with_a_checkpoint(killed):
    assert killed[1]
    for folder in killed[1]:
        assert json.loads(folder.record.read_text("utf8"))["status"] == "interrupted"
        assert folder.checkpoint.is_file() and not (folder.root / "result.json").exists()


def test_killed_experiment_continues_to_the_same_scores(place, killed, tmp_path, capsys):
    arguments, begun = killed
    assert run([*command(place, "list"), "-o", str(place / "killed"), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert list(facts)[:2] == ["command", "jointre"] and facts["command"] == "experiment list"
    listed = {item["variant"]: item for item in facts["runs"]}
    for folder in begun:
        item = listed[folder.root.parent.name]
        assert item["state"] == "stopped" and item["update"] > 0
    assert listed["bad"]["state"] == "to do"
    done = completed(arguments, ENVIRONMENT)
    assert done.returncode == 1, done.stderr
    assert "failed  bad seed 0" in done.stderr and "ArithmeticError: the pooler is broken" in done.stderr
    assert "toy.broken.v1 of " in done.stderr and "broken_pooler.py, line 13, in forward):" in done.stderr
    assert "2 of 3 complete, 1 failed" in done.stderr and "next: jointre experiment table" in done.stderr
    assert all("resumed after update" in (folder.root / "output.log").read_text("utf8") for folder in begun)
    prepared = prepare(load_experiment(place / "toy.cfg", Request(seeds=(0,))), tmp_path / "undisturbed")
    assert _scores(place / "killed") == _undisturbed(prepared)


def _undisturbed(prepared):
    experiment = prepared.loaded.experiment
    jobs = [Job(run, experiment.score, experiment.by) for run, _ in prepared.states if run.variant != "bad"]
    view = View(Console(file=StringIO()), 2, 0, "entities_micro_f")
    Runner(jobs, lambda run: State("to do"), view, start=InThisProcess.fresh(looks=1)).run()
    return {job.run.variant: _result(job.run.folder) for job in jobs}


def _result(folder):
    return json.loads((folder / "result.json").read_text("utf8"))["corpora"]


def _scores(folder):
    return {
        result.variant: _result(result.folder)
        for result in load_results(folder)[1]
        if result.variant != "again"
    }


def test_failed_run_is_listed_with_its_error(place, killed, capsys):
    assert run([*command(place, "list"), "-o", str(place / "killed")]) == 0
    out = capsys.readouterr().out
    assert "bad seed 0   failed" in out and "the pooler is broken" in out
    assert "max seed 0   complete" in out and "1 of 3 runs to do" in out
    assert "shares the runs of max" in out and "model.entity_head.extractor.pooler.@poolers" in out


def test_list_writes_nothing(place, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(command(place, "list")) == 0
    assert "3 of 3 runs to do" in capsys.readouterr().out and list(tmp_path.iterdir()) == []


def test_hints_can_be_pasted(place, tmp_path, monkeypatch, capsys):
    given = [*command(place, "list"), "--output", str(tmp_path / "a folder"), "--training.epochs=2"]
    assert run(given) == 0
    hint = shlex.split(capsys.readouterr().err.splitlines()[-1])
    assert hint[:5] == ["next:", "jointre", "experiment", "run", str(place / "toy.cfg")]
    assert sorted(hint[5:]) == sorted(given[3:])
    monkeypatch.setattr("jointre.experiments.run.run_experiment", lambda *arguments: Outcome())
    assert run(hint[2:]) == 0
    hint = shlex.split(capsys.readouterr().err.splitlines()[-1])
    assert hint == ["next:", "jointre", "experiment", "table", str(tmp_path / "a folder")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seeds", "1,x"], "invalid seed 'x'"),
        (["--seeds", "1,1"], "1 is listed twice"),
        (["--devices", "cpu"], "invalid GPU 'cpu'"),
        (["--trainin.epochs=3"], "did you mean --training.epochs?"),
        (["--system.seed=3"], "cannot be set for an experiment"),
        (["--with", "nowhere"], "--with: nowhere: is neither a file nor a built-in config"),
        (["--wiht", "nowhere"], "did you mean --with?"),
    ],
)
def test_invalid_command_lines_are_reported(place, arguments, message, capsys):
    given = [*command(place, "run")[:-2], *arguments]
    assert run(given) == 2
    assert message in capsys.readouterr().err
    assert not (place / "runs").exists()


def test_train_rejects_an_experiment(capsys):
    assert run(["train", "ablations/spert/table3"]) == 2
    assert "jointre experiment run ablations/spert/table3" in capsys.readouterr().err
