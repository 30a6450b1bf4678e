"""Doing the runs: order, workers, failures, locks, and what is there already."""

import json
import os
import re
import shutil
import signal
import time
from io import StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from rich.console import Console
from runner_toys import InThisProcess, Pretended, make_place

from jointre.errors import DataError, UsageError
from jointre.experiments import runner as running
from jointre.experiments.load import load_experiment
from jointre.experiments.pack import pack, restore
from jointre.experiments.plan import plan_runs
from jointre.experiments.progress import View
from jointre.experiments.results.read import load_results
from jointre.experiments.run import prepare, run_experiment
from jointre.experiments.run_one import BUSY
from jointre.experiments.runner import Runner
from jointre.experiments.variants import Request
from jointre.training import run as training
from jointre.training.run_folder import RunFolder


@pytest.fixture(scope="module")
def place(tmp_path_factory, encoder_folder):
    folder = tmp_path_factory.mktemp("place")
    make_place(folder, encoder_folder)
    return folder


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(running, "TICK", 0.0)
    monkeypatch.setattr(running, "LOOK_AGAIN", 0.0)


def runs(place, folder, start, monkeypatch, call=None, **options):
    """Run the experiment with other processes; returns the outcome and what was shown."""
    shown = StringIO()
    monkeypatch.setattr(running.Runner.__init__, "__defaults__", (1, (), start))
    if not issubclass(start, InThisProcess):  # it leaves nothing that could be looked for
        monkeypatch.setattr("jointre.experiments.run._find_vanished", lambda prepared, outcome: None)
    prepared = prepare(load_experiment(place / "toy.cfg", call), folder)
    outcome = run_experiment(prepared, console=Console(file=shown, width=200), **options)
    return outcome, shown.getvalue()


def snapshot(folder):
    return {
        file: (file.stat().st_mtime_ns, file.stat().st_size) for file in folder.rglob("*") if file.is_file()
    }


@pytest.fixture(scope="module")
def done(place, tmp_path_factory):
    """A complete experiment."""
    folder = tmp_path_factory.mktemp("done") / "toy"
    with pytest.MonkeyPatch.context() as patch:
        outcome, shown = runs(place, folder, InThisProcess.fresh(looks=1), patch)
    assert (len(outcome.done), outcome.failed, outcome.left) == (4, [], [])
    (folder / "shown.txt").write_text(shown, encoding="utf8")
    return folder


def test_complete_experiment_has_facts_results_and_predictions(done):
    facts, results = load_results(done)
    assert [variant.runs for variant in facts.variants] == ["max", "sum", "max"] and facts.seeds == (0, 1)
    assert [(r.variant, r.seed) for r in results] == [(v, s) for v in ("max", "sum", "again") for s in (0, 1)]
    for result in results:
        predicted = (result.folder / "predictions.dev.jsonl").read_text("utf8").splitlines()
        assert len(predicted) == result.documents["dev"] == 4
        assert result.scores["dev"]["entities"]["protocol"] and result.seconds > 0
        assert "entities_micro_f@length:<20" in result.metrics["dev"]


def test_dev_scores_are_those_that_training_found(done):
    for file in done.glob("runs/*/*/result.json"):
        found = json.loads(file.read_text("utf8"))["corpora"]["dev"]["scores"]
        assert found == json.loads(file.with_name("metrics.json").read_text("utf8"))["scores"]["dev"]


def test_without_a_terminal_runs_print_a_line_at_start_and_end(done):
    lines = (done / "shown.txt").read_text("utf8").splitlines()
    assert lines[0] == "started  max seed 0  (0 of 4 complete)"
    assert lines[1].startswith("done  max seed 0  in 0:00:") and "dev entities_micro_f" in lines[1]
    assert len(lines) == 8 and "4 of 4 complete" in lines[-1]


def test_complete_runs_are_never_repeated(place, done, monkeypatch):
    before, start = snapshot(done / "runs"), Pretended.fresh()
    outcome, _ = runs(place, done, start, monkeypatch)
    assert (outcome.done, start.begun) == ([], []) and snapshot(done / "runs") == before


def test_packed_results_are_restored_elsewhere_and_not_trained_again(place, done, tmp_path, monkeypatch):
    file = tmp_path / "toy.zip"
    assert pack(done, file) == 4
    with ZipFile(file) as packed:
        text = " ".join(packed.read(name).decode("utf8") for name in packed.namelist())
    assert str(place / "train.jsonl") not in text and "Vienna" not in text
    folder = tmp_path / "elsewhere"
    loaded = load_experiment(place / "toy.cfg")
    assert len(restore(prepare(loaded, folder), file)) == 4
    outcome, _ = runs(place, folder, start := Pretended.fresh(), monkeypatch)
    assert (outcome.done, start.begun) == ([], [])
    for run in ("max/seed-0", "sum/seed-1"):
        then, now = (root / "runs" / run for root in (done, folder))
        assert (now / "config.cfg").read_text("utf8") == (then / "config.cfg").read_text("utf8")
        assert predictions(now) == predictions(then)
        assert not list(now.rglob("*.safetensors"))
    again = tmp_path / "again.zip"
    pack(folder, again)
    assert again.read_bytes() == file.read_bytes()


def test_packed_results_of_another_config_are_refused(place, done, tmp_path, monkeypatch):
    file = tmp_path / "toy.zip"
    pack(done, file)
    more = Request(overrides={"training.epochs": 4})
    prepared = prepare(load_experiment(place / "toy.cfg", more), tmp_path / "elsewhere")
    restore(prepared, file)
    with pytest.raises(UsageError, match=r"training\.epochs: was 3, is 4"):
        runs(place, prepared.folder, Pretended.fresh(), monkeypatch, more)
    (tmp_path / "text.zip").write_text("nothing")
    with pytest.raises(DataError, match="it was not written by jointre experiment pack"):
        restore(prepared, tmp_path / "text.zip")


def predictions(run):
    """The predicted documents of a run; entities have no text, which packing leaves out."""
    records = [json.loads(line) for line in (run / "predictions.dev.jsonl").read_text("utf8").splitlines()]
    for record in records:
        record["entities"] = [{**entity, "text": None} for entity in record["entities"]]
    return records


def test_a_breakdown_that_is_not_computed_may_differ(place, done, monkeypatch):
    file = done / "runs" / "sum" / "seed-1" / "result.json"
    text = file.read_text("utf8")
    result = json.loads(text)
    for name, left in (("distance", 0), ("length", 1)):
        breakdowns = {key: value for key, value in result["evaluation"]["breakdowns"].items() if key != name}
        changed = {**result, "evaluation": {**result["evaluation"], "breakdowns": breakdowns}}
        file.write_text(json.dumps(changed), "utf8")
        runs(place, done, start := Pretended.fresh(), monkeypatch)
        assert len(start.begun) == left
    file.write_text(text, "utf8")


def test_run_that_is_trained_is_only_scored(place, done, monkeypatch):
    run = done / "runs" / "sum" / "seed-1"
    before = json.loads((run / "result.json").read_text("utf8"))
    (run / "result.json").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(training, "Setup", None)
        runs(place, done, start := InThisProcess.fresh(looks=1), patch)
    assert start.begun == [("sum", 1, 0)]
    assert json.loads((run / "result.json").read_text("utf8")) == before


def test_run_without_cost_and_errors_is_only_scored(place, done, monkeypatch):
    file, run = place / "toy.cfg", done / "runs" / "sum" / "seed-0"
    text, before = file.read_text("utf8"), json.loads((run / "result.json").read_text("utf8"))
    file.write_text(text.replace('by = ["length"]', 'by = ["length", "error"]\ncost = true'), "utf8")
    try:
        with monkeypatch.context() as patch:
            patch.setattr(training, "Setup", None)
            only = Request(seeds=[0], variants=["sum"])
            runs(place, done, start := InThisProcess.fresh(looks=1), patch, only)
    finally:
        file.write_text(text, "utf8")
    assert start.begun == [("sum", 0, 0)]
    result = json.loads((run / "result.json").read_text("utf8"))
    assert result["cost"]["sentences"] == 4 and result["cost"]["flops"] > 0
    figures = result["corpora"]["dev"]["figures"].items()
    missed = sum(share for name, share in figures if name.startswith("entities_missed_share@error:"))
    assert missed == pytest.approx(1 - result["corpora"]["dev"]["scores"]["entities"]["micro"]["r"])
    assert missed > 0
    classes = result["corpora"]["dev"]["breakdowns"]["error"]["buckets"]
    assert classes["boundary"]["scores"]["entities"]["counts"].keys() == {"wrong", "missed"}
    assert result["corpora"]["dev"]["scores"] == before["corpora"]["dev"]["scores"]


def test_run_with_another_config_or_other_data_is_refused_and_forced(place, done, monkeypatch):
    more = Request(overrides={"training.epochs": 4})
    with pytest.raises(UsageError) as refused:
        runs(place, done, Pretended.fresh(), monkeypatch, more)
    text = str(refused.value)
    assert "max seed 0, sum seed 0, max seed 1 and 1 more: training.epochs: was 3, is 4" in text
    assert "--force" in text and "(1 problem)" in text
    start = Pretended.fresh()
    outcome, _ = runs(place, done, start, monkeypatch, more, force=True)
    assert len(start.begun) == len(outcome.done) == 4
    less = Request(overrides={"paths.train": str(place / "dev.jsonl")})
    with pytest.raises(
        UsageError, match=r"corpora.train: the documents are not the same \(12 documents, now 4"
    ):
        runs(place, done, Pretended.fresh(), monkeypatch, less)


def test_run_whose_encoder_has_other_files_is_refused(tmp_path, encoder_folder, monkeypatch):
    """The config is the same, word for word."""
    encoder = shutil.copytree(encoder_folder, tmp_path / "encoder")
    make_place(tmp_path, encoder)
    one = Request(seeds=[0], variants=["max"])
    runs(tmp_path, tmp_path / "runs", InThisProcess.fresh(looks=1), monkeypatch, one)
    with (encoder / "vocab.txt").open("a") as changed:
        changed.write("more\n")
    with pytest.raises(UsageError) as refused:
        runs(tmp_path, tmp_path / "runs", Pretended.fresh(), monkeypatch, one)
    assert f"model.encoder.name: the files of {encoder} are not the same" in str(refused.value)


def test_key_that_changes_no_result_is_none_of_the_config(place, done, monkeypatch):
    start = Pretended.fresh()
    runs(
        place,
        done,
        start,
        monkeypatch,
        Request(overrides={"training.workers": 1, "training.checkpoint_every": 60}),
    )
    assert start.begun == []


def test_folder_of_something_else_is_refused(place, tmp_path, monkeypatch):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf8")
    with pytest.raises(UsageError, match="not an experiment folder"):
        runs(place, tmp_path, Pretended.fresh(), monkeypatch)


def test_other_experiment_of_the_same_name_is_refused(place, done, tmp_path, monkeypatch):
    other = (place / "toy.cfg").read_text("utf8").replace('"Toy"', '"Another"')
    (tmp_path / "toy.cfg").write_text(other, encoding="utf8")
    with pytest.raises(UsageError, match="contains the experiment 'Toy', not 'Another'"):
        runs(tmp_path, done, Pretended.fresh(), monkeypatch)


def test_folds_are_trained_and_scored_each_on_its_parts(place, tmp_path, monkeypatch):
    text = (place / "toy.cfg").read_text("utf8").replace('score = ["dev"]', 'score = ["test"]')
    text += "\n[folds]\nk = 2\ndev_share = 0\n"
    (tmp_path / "toy.cfg").write_text(text, encoding="utf8")
    call, start = Request(seeds=(0,), overrides={"training.epochs": 1}), InThisProcess.fresh(looks=1)
    runs(tmp_path, tmp_path / "out", start, monkeypatch, call)
    facts, results = load_results(tmp_path / "out")
    assert facts.folds == 2 and [r.fold for r in results if r.variant == "sum"] == [0, 1]
    assert sum(r.documents["test"] for r in results if r.variant == "max") == 12
    again = Pretended.fresh()
    runs(tmp_path, tmp_path / "out", again, monkeypatch, call)
    assert again.begun == []


def test_order_is_that_of_the_plan_and_workers_share_it(place, tmp_path, monkeypatch):
    start = Pretended.fresh()
    runs(place, tmp_path / "one", start, monkeypatch)
    assert start.begun == [("max", 0, 0), ("sum", 0, 0), ("max", 1, 0), ("sum", 1, 0)] and start.most == 1
    start = Pretended.fresh(looks=3)
    runs(place, tmp_path / "two", start, monkeypatch, workers=2)
    assert start.begun == [("max", 0, 0), ("sum", 0, 1), ("max", 1, 0), ("sum", 1, 1)] and start.most == 2


def test_workers_share_devices_and_cores(place, tmp_path, monkeypatch):
    seen = []

    class Seen(Pretended.fresh()):
        def __init__(self, job, slot, threads):
            super().__init__(job, slot, threads)
            seen.append((job.run.config["system.device"], threads))

    monkeypatch.setattr(running, "cores", lambda: 8)
    runs(place, tmp_path, Seen, monkeypatch, workers=2, devices=(0, 3))
    assert seen == [("cuda:0", 4), ("cuda:3", 4)] * 2


def test_failed_run_is_reported_and_the_others_continue(place, tmp_path, monkeypatch):
    start = Pretended.fresh({("sum", 0): 1})
    outcome, shown = runs(place, tmp_path, start, monkeypatch, quiet=True)
    assert [run.variant for run, _ in outcome.failed] == ["sum"] and len(outcome.done) == 3
    assert "failed  sum seed 0" in shown and "    code 1" in shown


def test_run_of_another_process_comes_later(place, tmp_path, monkeypatch, in_another):
    start = Pretended.fresh()
    first = RunFolder(tmp_path / "runs" / "max" / "seed-0")
    release = in_another(first)
    look, looks = running.Runner._can_begin, [0]

    def counted(self, job):
        looks[0] += 1
        if looks[0] == 12:
            release()
        return look(self, job)

    monkeypatch.setattr(Runner, "_can_begin", counted)
    (tmp_path / "experiment.json").write_text('{"name": "toy", "title": "Toy"}', encoding="utf8")
    outcome, shown = runs(place, tmp_path, start, monkeypatch)
    assert start.begun[0] == ("sum", 0, 0) and ("max", 0, 0) in start.begun and len(outcome.done) == 4
    assert shown.count("another process is working on") == 1


def test_run_that_turns_out_to_be_busy_waits(place, tmp_path, monkeypatch):
    codes = {("max", 0): BUSY}

    class CachedReader(Pretended.fresh(codes)):
        def poll(self):
            code = super().poll()
            if code == BUSY:
                codes.clear()
            return code

    outcome, _ = runs(place, tmp_path, CachedReader, monkeypatch)
    assert len(outcome.done) == 4 and not outcome.failed


def test_ctrl_c_stops_the_active_runs_and_starts_no_other(place, tmp_path, monkeypatch):
    class Interrupted(Pretended.fresh(looks=10**6)):
        def __init__(self, job, slot, threads):
            super().__init__(job, slot, threads)
            if len(self.begun) == 2:
                os.kill(os.getpid(), signal.SIGTERM)

    outcome, shown = runs(place, tmp_path, Interrupted, monkeypatch, workers=2)
    assert outcome.interrupted and len(outcome.left) == 4 and outcome.done == []
    assert len(Interrupted.begun) == 2 and "save a checkpoint" in shown


def test_sigusr1_is_passed_on_to_the_active_runs(place, tmp_path, monkeypatch):
    class Asked(Pretended.fresh(looks=3)):
        saved = []

        def __init__(self, job, slot, threads):
            super().__init__(job, slot, threads)
            if len(self.begun) == 2:
                os.kill(os.getpid(), signal.SIGUSR1)

        def save(self):
            self.saved.append(self.job.run.variant)

    outcome, shown = runs(place, tmp_path, Asked, monkeypatch, workers=2)
    assert len(Asked.saved) == 2 and len(outcome.done) == 4 and "save a checkpoint and continue" in shown


def test_a_run_that_vanishes_after_it_was_complete_is_reported(place, tmp_path, monkeypatch):
    """Also one that an earlier call had completed; what the experiment itself knows is written again."""
    folder, first, other = tmp_path / "toy", "max/seed-0", "max/seed-1"

    class Removing(InThisProcess.fresh(looks=1)):
        def __init__(self, job, slot, threads):
            super().__init__(job, slot, threads)
            if job.run.folder.match("sum/seed-1"):
                shutil.rmtree(folder / "runs" / first)
                (folder / "runs" / other / "result.json").unlink()
                (folder / "experiment.json").unlink()

    outcome, _ = runs(place, folder, Removing, monkeypatch)
    assert len(outcome.done) == 2
    assert [
        (str(run.folder.relative_to(folder / "runs")), text.partition(":")[0]) for run, text in outcome.failed
    ] == [
        (first, "it was complete, but is now to do"),
        (other, "it was complete, but is now to score"),
    ]
    assert (folder / "experiment.json").is_file()


def test_what_a_kill_leaves_before_the_first_run_is_no_other_folder(place, tmp_path, monkeypatch):
    part = tmp_path / ".experiment.json.0123456789abcdef.part"
    part.touch()
    os.utime(part, (0, 0))
    runs(place, tmp_path, Pretended.fresh(), monkeypatch)
    assert [path.name for path in tmp_path.iterdir()] == ["experiment.json"]


def test_terminal_shows_the_active_runs_and_the_remaining_time(place, tmp_path):
    run = plan_runs(load_experiment(place / "toy.cfg"), tmp_path)[0]
    screen = StringIO()
    console = Console(file=screen, force_terminal=True, width=100, color_system=None)
    with View(console, 4, 1, "entities_micro_f") as view:
        view.tick(2)
        view.begin(run)
        assert view.remaining() is None
        view.event(run, {"event": "train", "step": 3, "total": 9})
        for moment in ("started", "since"):
            setattr(view.active[str(run.folder)], moment, time.monotonic() - 2.0)
        view.event(run, {"event": "step", "step": 5, "epoch": 2, "loss": 0.5})
        view.event(run, {"event": "epoch", "epoch": 2, "loss": 0.25, "dev": {"entities_micro_f": 0.5}})
        assert 15.5 < view.remaining() < 17.0  # 4 of this run, 6 of each that waits
        console.print(view._table())
        view.end(run, "failed", "no\nluck")
    text = screen.getvalue()
    assert re.search(r"max +0 +training +2/3 +0.2500 +50.00 +0:00:04", text)
    assert "1 of 4 complete, 0:00:16 left" in text and "    no\n    luck" in text
    assert "1 of 4 complete, 1 failed" in text


def test_one_folder_is_trained_in_by_one_process(place, tmp_path, in_another):
    folder = RunFolder(tmp_path / "run")
    config = load_experiment(place / "toy.cfg").experiment.variants[0].config
    release = in_another(folder)
    for force in (False, True):
        with pytest.raises(UsageError, match="another process trains there"):
            training.train(config, folder.root, force, quiet=True)
    release()
    assert training.train(config, folder.root, quiet=True).status == "complete"


@pytest.fixture
def in_another(tmp_path):
    """Hold a run folder in another process until it is released or killed."""
    import subprocess
    import sys

    program = (
        "import sys; from filelock import FileLock; lock = FileLock(sys.argv[1]); lock.acquire();"
        "print('held', flush=True); sys.stdin.read()"
    )
    begun = []

    def hold(folder: RunFolder):
        folder.root.mkdir(parents=True)
        command = [sys.executable, "-c", program, str(Path(folder.root) / ".lock")]
        begun.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        assert begun[-1].stdout.readline() == b"held\n" and folder.in_use

        def release():
            begun[-1].kill()
            begun[-1].wait()

        return release

    yield hold
    for process in begun:
        process.kill()
        process.communicate()
