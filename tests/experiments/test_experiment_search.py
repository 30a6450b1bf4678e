"""A search makes trials of an experiment file's ranges, continues where it was, and is refused if it is faulty."""

import json

import pytest
from runner_toys import InThisProcess, make_place

from jointre.errors import RefusedError, UsageError
from jointre.experiments import runner as running
from jointre.experiments.load import load_experiment, trials_in
from jointre.experiments.results.read import load_results
from jointre.experiments.run import prepare, run_experiment
from jointre.experiments.variants import Request

RATE = "training.optimizer.lr"
SEARCH = f"""
[search]
trials = 3
metric = "entities_micro_f"
variant = "sum"
ranges = {{"{RATE}": {{"low": 1e-4, "high": 1e-2, "log": true}}, "training.batch_size": [2, 4]}}
"""


@pytest.fixture
def file(tmp_path, encoder_folder):
    """An experiment of one seed and one epoch with a search."""
    file = make_place(tmp_path, encoder_folder, training__epochs=1)
    text = file.read_text("utf8").replace("seeds = [0, 1]", "seeds = [0]")
    file.write_text(text + SEARCH, encoding="utf8")
    return file


@pytest.fixture
def search(file, tmp_path, monkeypatch):
    """Runs the search in this process; returns the runs that were trained."""
    pytest.importorskip("optuna", reason="a search needs Optuna")
    from jointre.experiments.search import Study, run_search

    monkeypatch.setattr(running, "TICK", 0.0)

    def call(stop_after=None):
        start = InThisProcess.fresh(looks=1)
        monkeypatch.setattr(running.Runner.__init__, "__defaults__", (1, (), start))
        folder = tmp_path / "out"
        loaded = load_experiment(file, Request(trials=trials_in(folder)))
        run_experiment(prepare(loaded, folder), quiet=True)
        study = Study(loaded.file.search, folder)

        def made(trials, names):
            if stop_after is not None and len(trials) > stop_after:
                raise KeyboardInterrupt
            return prepare(load_experiment(file, Request(trials=trials, variants=names)), folder)

        run_search(study, made, lambda prepared: run_experiment(prepared, quiet=True), 1)
        return study, [variant for variant, *_ in start.begun if variant.startswith("trial")]

    return call


def test_trials_are_variants_with_values_in_their_ranges(search, tmp_path):
    study, begun = search()
    names = [f"trial-00{n}" for n in range(3)]
    assert begun == names and study.open() == []
    facts, results = load_results(tmp_path / "out")
    assert [v.name for v in facts.variants][-3:] == names
    assert {result.variant for result in results} == {"max", "sum", "again", *names}
    for name, values in study.trials().items():
        assert 1e-4 <= values[RATE] <= 1e-2 and values["training.batch_size"] in (2, 4)
        config = (tmp_path / "out" / "runs" / name / "seed-0" / "config.cfg").read_text("utf8")
        assert "jointre.sum.v1" in config and f"batch_size = {values['training.batch_size']}" in config
    scores = [trial.value for trial in study.study.trials]
    found = {result.variant: result.metrics["dev"]["entities_micro_f"] for result in results}
    assert scores == [found[name] for name in names]
    assert search()[1] == []


def test_a_stopped_search_goes_on_with_the_trial_that_was_open(search, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        search(stop_after=1)
    study, begun = search()
    assert begun == ["trial-001", "trial-002"] and len(study.study.trials) == 3
    assert set(trials_in(tmp_path / "out")) == {"trial-000", "trial-001", "trial-002"}


def test_other_ranges_in_the_same_folder_are_refused(search, file):
    search(stop_after=None)
    file.write_text(file.read_text("utf8").replace("[2, 4]", "[2, 8]"), encoding="utf8")
    with pytest.raises(UsageError, match="the search has changed"):
        search()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("trials = 3", "trials = 0", "must be 1 or more"),
        ("trials = 3\n", "", "'trials' is missing"),
        ('"low": 1e-4, ', "", "is not a range for training.optimizer.lr"),
        ("[2, 4]", "[]", "is not a range for training.batch_size"),
        ("training.batch_size", "training.batch_sise", "batch_size"),
        ("[2, 4]", "[0]", "must be 1 or more"),
        ('"training.batch_size"', '"system.seed"', "searches system.seed"),
        ('entities_micro_f"\nvariant', 'entities_f"\nvariant', "unknown metric 'entities_f'"),
        ('variant = "sum"', 'variant = "some"', "unknown variant 'some'"),
        ("trials = 3", "trial = 3", "unknown key"),
    ],
)
def test_a_faulty_search_is_refused_with_its_line(file, old, new, said):
    text = file.read_text("utf8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf8")
    with pytest.raises(RefusedError) as refused:
        load_experiment(file)
    assert said in str(refused.value) and "toy.cfg:" in str(refused.value), str(refused.value)


def test_the_record_names_the_values_of_trials(file, tmp_path):
    values = {"trial-000": {RATE: 0.001, "training.batch_size": 2}}
    prepared = prepare(load_experiment(file, Request(trials=values)), tmp_path / "out")
    assert [run.variant for run, _ in prepared.asked] == ["max", "sum", "trial-000"]
    (tmp_path / "out").mkdir()
    from jointre.experiments.run import write_record

    write_record(prepared)
    assert trials_in(tmp_path / "out") == values
    assert (
        json.loads((tmp_path / "out" / "experiment.json").read_text("utf8"))["rows"][-1]["group"] == "search"
    )
