"""Variants that start from a pre-training: it is run first, once, and continued or refused like other runs."""

import json
from io import StringIO
from itertools import pairwise

import pytest
from rich.console import Console
from runner_toys import InThisProcess, Pretended

from jointre.config import load_config
from jointre.data.write import to_line
from jointre.errors import RefusedError, UsageError
from jointre.experiments import runner as running
from jointre.experiments.load import load_experiment, owners
from jointre.experiments.run import prepare, run_experiment
from jointre.experiments.show_plan import show_plan
from jointre.experiments.variants import Request
from jointre.testing import toy_docs

EXPERIMENT = """[experiment]
config = "{place}/base.cfg"
seeds = [0, 1]
metrics = ["entities_micro_f"]

[variants.bert]

[variants.enpar]
pretrain = "full"

[variants.early]
pretrain = "full"
update = 1

[variants.encoder]
pretrain = "full"
set = {{"initialize.parts": ["encoder"]}}

[pretrain.full]
config = "{place}/pre.cfg"
set = {{"pretraining.objectives.typing": null}}
"""
SMALL = {
    "model.entity_head.extractor.pooler.filters": 8,
    "model.entity_head.extractor.pooler.hidden": 8,
    "model.pair_extractor.context.pooler.filters": 8,
    "model.pair_extractor.context.pooler.hidden": 8,
    "model.relation_head.hidden": 8,
    "system.device": "cpu",
}
TRAINING = {"epochs": 1, "batch_size": 4, "keep": "last", "patience": None, "checkpoint_every": None}
PRETRAINING = {"steps": 2, "stop_after": None, "batch_size": 4, "accumulate": 1, "min_entities": 1}
PRETRAINING |= {"workers": 0, "eval_every": 0, "checkpoint_every": 1}


@pytest.fixture(scope="module")
def file(tmp_path_factory, encoder_folder):
    place = tmp_path_factory.mktemp("place")
    lines = [f"{to_line(doc)}\n" for doc in toy_docs(8)]
    for name in ("train", "dev"):
        (place / f"{name}.jsonl").write_text("".join(lines), encoding="utf8")
    given = {**SMALL, "model.encoder.name": str(encoder_folder)}
    given |= {f"paths.{name}": str(place / f"{name}.jsonl") for name in ("train", "dev")}
    own = {"model.entity_head.overlap": "keep_outer"} | {f"training.{k}": v for k, v in TRAINING.items()}
    (place / "base.cfg").write_text(load_config("enpar/conll04", overrides={**given, **own}).text(), "utf8")
    own = {f"pretraining.{key}": value for key, value in PRETRAINING.items()}
    (place / "pre.cfg").write_text(load_config("enpar/pretrain", overrides={**given, **own}).text(), "utf8")
    file = place / "toy.cfg"
    file.write_text(EXPERIMENT.format(place=place), encoding="utf8")
    return file


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(running, "TICK", 0.0)


def runs(file, folder, start, monkeypatch, call=None, **options):
    monkeypatch.setattr(running.Runner.__init__, "__defaults__", (1, (), start))
    if not issubclass(start, InThisProcess):
        monkeypatch.setattr("jointre.experiments.run._find_vanished", lambda prepared, outcome: None)
    prepared = prepare(load_experiment(file, call), folder)
    return run_experiment(prepared, console=Console(file=StringIO(), width=200), **options)


@pytest.fixture(scope="module")
def done(file, tmp_path_factory):
    """All variants with seed 0."""
    folder = tmp_path_factory.mktemp("done") / "toy"
    with pytest.MonkeyPatch.context() as patch:
        start = InThisProcess.fresh(looks=1)
        outcome = runs(file, folder, start, patch, Request(seeds=[0]))
    assert outcome.failed == outcome.left == []
    assert [name for name, _, _ in start.begun] == ["pretrain/full", "bert", "enpar", "early", "encoder"]
    return folder


def initialized(folder, variant):
    return json.loads((folder / "runs" / variant / "seed-0" / "run.json").read_text("utf8")).get(
        "initialized"
    )


def test_variants_start_from_the_result_of_the_pre_training(done):
    full = done / "pretrain" / "full"
    assert "jointre.masked_entity_typing.v1" not in (full / "config.cfg").read_text("utf8")
    assert initialized(done, "bert") is None
    assert initialized(done, "enpar")["weights"] == str(full)
    assert initialized(done, "early")["weights"] == str(full / "steps" / "0000001")
    assert set(initialized(done, "encoder")["parts"]) == {"encoder"}
    hashes = [initialized(done, name)["sha256"] for name in ("enpar", "encoder", "early")]
    assert [one == other for one, other in pairwise(hashes)] == [True, False]


def test_complete_pre_training_serves_further_seeds(file, done, monkeypatch):
    start = Pretended.fresh()
    runs(file, done, start, monkeypatch)
    assert start.begun == [(name, 1, 0) for name in ("bert", "enpar", "early", "encoder")]


def test_other_pre_training_is_refused_and_with_force_all_that_start_from_it_is_repeated(
    file, done, monkeypatch
):
    other = Request(seeds=[0], overrides={"pretrain.pretraining.clip": 0.5})
    assert load_experiment(file, other).experiment.variants[0].config["training.clip"] == 1.0
    with pytest.raises(UsageError) as refused:
        runs(file, done, Pretended.fresh(), monkeypatch, other)
    assert "pre-training full: pretraining.clip: was 1.0, is 0.5" in str(refused.value)
    start = Pretended.fresh()
    runs(file, done, start, monkeypatch, other, force=True)
    assert [name for name, _, _ in start.begun] == ["pretrain/full", "enpar", "early", "encoder"]


def test_pre_training_is_left_out_if_no_requested_run_needs_it(file, tmp_path, monkeypatch):
    start = Pretended.fresh()
    runs(file, tmp_path / "toy", start, monkeypatch, Request(variants=["bert"]))
    assert [name for name, _, _ in start.begun] == ["bert", "bert"]


def test_runs_fail_with_their_pre_training_and_the_others_are_done(file, tmp_path, monkeypatch):
    start = Pretended.fresh({("pretrain/full", 0): 1})
    outcome = runs(file, tmp_path / "toy", start, monkeypatch, Request(seeds=[0]), workers=2)
    assert [run.variant for run in outcome.done] == ["bert"]
    assert [(run.variant, why) for run, why in outcome.failed] == [
        ("pretrain/full", "code 1"),
        *((name, "pre-training full failed") for name in ("enpar", "early", "encoder")),
    ]


def test_plan_names_the_pre_training(file, tmp_path):
    shown = StringIO()
    show_plan(prepare(load_experiment(file), tmp_path / "toy"), Console(file=shown, width=200))
    text = shown.getvalue()
    assert "starts from the pre-training full, update 1\n" in text and "  pre-training full" in text
    assert "9 of 9 runs to do" in text


def test_variants_with_one_config_and_another_start_do_not_share_runs(file):
    shared = owners(load_experiment(file).experiment)
    assert shared == {name: name for name in ("bert", "enpar", "early", "encoder")}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('pretrain = "full"\nupdate', 'pretrain = "ful"\nupdate', "unknown pre-training 'ful'"),
        ("update = 1", "update = 3", "'full' leaves no model after update 3"),
        ('pretrain = "full"\nupdate', "update", "'update' needs 'pretrain'"),
        ('[pretrain.full]\nconfig = "{place}/pre.cfg"\n', "[pretrain.full]\n", "'config' is missing"),
        ("typing", "typin", "typin"),
        ("update = 1", "", "has the same config as 'enpar'"),
    ],
)
def test_faults_have_their_place(file, tmp_path, old, new, message):
    wrong = tmp_path / "wrong.cfg"
    assert old in EXPERIMENT
    wrong.write_text(EXPERIMENT.replace(old, new).format(place=file.parent), encoding="utf8")
    with pytest.raises(RefusedError) as refused:
        load_experiment(wrong)
    assert message in str(refused.value) and "wrong.cfg:" in str(refused.value)


def test_shards_that_are_not_set_or_do_not_exist_are_refused_before_the_first_run(file):
    with pytest.raises(RefusedError, match=r"shards is not set\n +-> --pretrain\.paths\.train FOLDER"):
        load_experiment(file, Request(overrides={"pretrain.paths.train": None}))
    with pytest.raises(RefusedError, match="nowhere"):
        load_experiment(file, Request(overrides={"pretrain.paths.train": "nowhere"}))
    with pytest.raises(RefusedError, match="the experiment has no pre-training"):
        load_experiment("ablations/spert/table3", Request(overrides={"pretrain.paths.train": "nowhere"}))
