"""Variants that differ only in how they are scored: one trains, and the others get what they would have trained."""

import json
import shutil
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console
from runner_toys import InThisProcess, Pretended, make_place

from jointre.experiments import run_one
from jointre.experiments import runner as running
from jointre.experiments.job import Job
from jointre.experiments.load import load_experiment, trainers
from jointre.experiments.pack import pack, restore
from jointre.experiments.results.read import load_results
from jointre.experiments.run import prepare, run_experiment
from jointre.experiments.run_one import BUSY, execute
from jointre.experiments.show_plan import show_plan
from jointre.experiments.variants import Request

ROWS = """
[variants.full]

[variants.gold]
set = {"evaluation.entities": "gold"}

[variants.flat]
set = {"model.decoder.@decoders": "jointre.flat.v1", "model.relation_head.threshold": 0.2,
    "evaluation.metrics.strict.overlapping": "drop"}

[variants.tuned]
set = {"training.tune_threshold": "strict_micro_f"}

[variants.best]
set = {"training.keep": "best"}

[variants.best_gold]
set = {"training.keep": "best", "evaluation.entities": "gold"}

[variants.wide]
set = {"model.entity_head.sampler.max_width": 3}

[variants.wide_gold]
set = {"model.entity_head.sampler.max_width": 3, "evaluation.entities": "gold"}
"""
SHARED = {"full": "full", "gold": "full", "flat": "full"}


@pytest.fixture(scope="module")
def place(tmp_path_factory, encoder_folder):
    folder = tmp_path_factory.mktemp("place")
    file = make_place(folder, encoder_folder, model__relation_head__threshold=0.3)
    head = file.read_text("utf8").split("[variants]")[0].replace("max", "full")
    file.write_text(f"{head}[variants]\n{ROWS}", encoding="utf8")
    return folder


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(running, "TICK", 0.0)
    monkeypatch.setattr(running, "LOOK_AGAIN", 0.0)


ONLY = Request(seeds=[0], variants=list(SHARED))


def prepared(place, folder, request=ONLY):
    return prepare(load_experiment(place / "toy.cfg", request), folder)


def runs(place, folder, start, monkeypatch, request=ONLY, **options):
    monkeypatch.setattr(running.Runner.__init__, "__defaults__", (1, (), start))
    if not issubclass(start, InThisProcess):
        monkeypatch.setattr("jointre.experiments.run._find_vanished", lambda prepared, outcome: None)
    quiet = Console(file=StringIO(), width=200)
    return run_experiment(prepared(place, folder, request), console=quiet, **options)


@pytest.fixture(scope="module")
def done(place, tmp_path_factory):
    """The variants that share one training run; only the first of them may train."""
    folder = tmp_path_factory.mktemp("done") / "toy"
    trained = []
    with pytest.MonkeyPatch.context() as patch:
        train = run_one.train
        patch.setattr(
            run_one,
            "train",
            lambda config, to, *rest, **more: trained.append(to) or train(config, to, *rest, **more),
        )
        outcome = runs(place, folder, InThisProcess.fresh(looks=1), patch)
    assert len(outcome.done) == 3 and outcome.failed == []
    assert trained == [folder / "runs" / "full" / "seed-0"]
    return folder


def run_of(folder, variant):
    return folder / "runs" / variant / "seed-0"


def read(folder, name):
    return json.loads((folder / name).read_text("utf8"))


def without_time(facts):
    return {key: value for key, value in facts.items() if key not in ("seconds", "trained_in", "parts")}


@pytest.mark.parametrize("variant", ["gold", "flat"])
def test_shared_run_has_what_it_would_have_trained(place, done, tmp_path, variant):
    (run,) = (run for run, _ in prepared(place, tmp_path / "own").asked if run.variant == variant)
    assert run.trained_in == run_of(tmp_path / "own", "full")
    job = Job(replace(run, trained_in=None), ["dev"], ["length"])
    assert execute(job, lambda **event: None) == 0
    own, shared = run.folder, run_of(done, variant)
    assert (own / "log.jsonl").is_file() and not (shared / "log.jsonl").exists()
    for name in ("result.json", "run.json", "metrics.json", "model/meta.json"):
        assert without_time(read(shared, name)) == without_time(read(own, name))
    for name in (
        "config.cfg",
        "predictions.dev.jsonl",
        *(f"model/{p}" for p in ("config.cfg", "model.safetensors")),
    ):
        assert (shared / name).read_bytes() == (own / name).read_bytes()
    assert read(shared, "result.json")["corpora"] != read(run_of(done, "full"), "result.json")["corpora"]


def test_variants_train_separately_if_training_depends_on_what_differs(place):
    assert trainers(load_experiment(place / "toy.cfg").experiment) == {
        **SHARED,
        **{name: name for name in ("tuned", "best", "best_gold", "wide")},
        "wide_gold": "wide",
    }


def test_records_and_lists_say_where_weights_come_from(place, done, tmp_path):
    weights = read(run_of(done, "full"), "model/meta.json")["weights_sha256"]
    for name in ("run.json", "result.json"):
        assert read(run_of(done, "gold"), name)["trained_in"] == {
            "run": "full/seed-0",
            "weights_sha256": weights,
        }
        assert "trained_in" not in read(run_of(done, "full"), name)
    for folder, word in ((done, "complete"), (tmp_path / "new", "to do")):
        show_plan(prepared(place, folder), Console(file=(shown := StringIO()), width=200))
        assert f"gold  runs: 1 {word}, with the weights of full\n" in shown.getvalue()
        assert f"gold seed 0   {word}, with the weights of full/seed-0" in shown.getvalue()
        assert f"full seed 0   {word}, with" not in shown.getvalue()
    assert {result.variant for result in load_results(done)[1]} == set(SHARED)


def test_workers_wait_for_the_shared_training(place, tmp_path, monkeypatch):
    start = Pretended.fresh(looks=5)
    runs(place, tmp_path, start, monkeypatch, Request(variants=list(SHARED)), workers=2)
    assert [name for name, _, _ in start.begun[:2]] == ["full", "full"] and start.most == 2
    assert len(start.begun) == 6


def test_run_that_shares_a_training_brings_it_along(place, done, tmp_path, monkeypatch):
    gold = Request(seeds=[0], variants=["gold"])
    runs(place, tmp_path, start := Pretended.fresh(), monkeypatch, gold)
    assert [name for name, _, _ in start.begun] == ["full", "gold"]
    folder = shutil.copytree(done, tmp_path / "toy")
    shutil.rmtree(run_of(folder, "full"))
    (run_of(folder, "gold") / "result.json").unlink()
    runs(place, folder, start := Pretended.fresh(), monkeypatch, gold)
    assert [name for name, _, _ in start.begun] == ["gold"]


def test_killed_run_takes_the_weights_again_without_training(place, done, tmp_path, monkeypatch):
    folder = shutil.copytree(done, tmp_path / "toy")
    (run_of(folder, "gold") / "run.json").unlink()  # it is written last
    monkeypatch.setattr(run_one, "train", None)
    runs(place, folder, start := InThisProcess.fresh(looks=1), monkeypatch)
    assert [name for name, _, _ in start.begun] == ["gold"]
    assert read(run_of(folder, "gold"), "result.json") == read(run_of(done, "gold"), "result.json")


def test_runs_fail_with_the_shared_training_but_not_with_its_scores(place, done, tmp_path, monkeypatch):
    failing = Pretended.fresh({("full", 0): 1})
    outcome = runs(place, tmp_path / "none", failing, monkeypatch)
    assert [(run.variant, why) for run, why in outcome.failed] == [
        ("full", "code 1"),
        ("gold", "full seed 0 failed"),
        ("flat", "full seed 0 failed"),
    ]
    folder = shutil.copytree(done, tmp_path / "toy")
    for variant in SHARED:
        (run_of(folder, variant) / "result.json").unlink()
    outcome = runs(place, folder, Pretended.fresh({("full", 0): 1}), monkeypatch)
    assert [run.variant for run, _ in outcome.failed] == ["full"]
    assert [run.variant for run in outcome.done] == ["gold", "flat"]


def test_with_force_all_that_share_a_changed_training_are_scored_again(place, done, tmp_path, monkeypatch):
    folder = shutil.copytree(done, tmp_path / "toy")
    other = replace(ONLY, overrides={"training.epochs": 1})
    runs(place, folder, InThisProcess.fresh(looks=1), monkeypatch, other, force=True)
    weights = {read(run_of(folder, name), "model/meta.json")["weights_sha256"] for name in SHARED}
    assert len(weights) == 1
    assert weights != {read(run_of(done, "full"), "model/meta.json")["weights_sha256"]}
    assert read(run_of(folder, "flat"), "result.json")["updates"] == 3


def test_run_trains_itself_if_the_weights_to_share_were_not_kept(place, done, tmp_path):
    file, folder = tmp_path / "toy.zip", tmp_path / "elsewhere"
    pack(done, file)
    restore(prepared(place, folder), file)
    shutil.rmtree(run_of(folder, "gold"))
    states = {run.variant: (run, state) for run, state in prepared(place, folder).states}
    assert states["gold"][0].trained_in is None and states["gold"][1].status == "to do"
    assert [states[name][1].status for name in ("full", "flat")] == ["complete", "complete"]


def test_training_of_another_process_is_waited_for(place, tmp_path, monkeypatch):
    codes = {("full", 0): BUSY}

    class Busy(Pretended.fresh(codes)):
        def poll(self):
            code = super().poll()
            if code == BUSY:
                codes.clear()
            return code

    outcome = runs(place, tmp_path, Busy, monkeypatch, workers=2)
    assert [name for name, _, _ in Busy.begun] == ["full", "full", "gold", "flat"]
    assert len(outcome.done) == 3
