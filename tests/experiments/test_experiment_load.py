"""Experiment files: what is read, what is refused, and that all of it is refused at once."""

import json

import pytest
from runner_toys import POOLER, make_place

from jointre.config import load_config
from jointre.data.write import to_line
from jointre.errors import ConfigError, RefusedError
from jointre.experiments.load import load_experiment, owners
from jointre.experiments.plan import plan_runs
from jointre.experiments.rows import Call
from jointre.testing import toy_docs


@pytest.fixture
def file(tmp_path, encoder_folder):
    return make_place(tmp_path, encoder_folder)


def edit(file, *changes):
    text = file.read_text("utf8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, encoding="utf8")
    return file


def refusal(file, call=None):
    with pytest.raises(RefusedError) as refused:
        load_experiment(file, call)
    return str(refused.value)


def test_rows_are_layered_and_say_what_they_change(file):
    loaded = load_experiment(file)
    maximum, total, again = loaded.experiment.variants
    assert (maximum.title, maximum.group, maximum.changes) == ("Max", "spans", ())
    assert total.changes == (f"{POOLER}.@poolers",) and again.title == "again"
    assert total.config[f"{POOLER}.@poolers"] == "jointre.sum.v1"
    assert owners(loaded.experiment) == {"max": "max", "sum": "sum", "again": "max"}


def test_layers_stand_in_their_order(file, tmp_path):
    (tmp_path / "a.cfg").write_text(
        "[training]\nepochs = 5\nbatch_size = 3\naccumulate = 4\n", encoding="utf8"
    )
    edit(
        file,
        ("seeds =", 'set = {"training.batch_size": 2}\nwith = ["a.cfg"]\nseeds ='),
        ('["ablations/spert/pooling_sum"]', '["ablations/spert/pooling_sum"]\nset = {"training.clip": 2.0}'),
        ('changes = ["', 'changes = ["training.clip", "'),
    )
    loaded = load_experiment(file, Call(overrides={"training.epochs": 1, "training.clip": 3.0}))
    maximum, total, _ = (row.config for row in loaded.experiment.variants)
    assert [maximum[f"training.{key}"] for key in ("epochs", "batch_size", "accumulate", "clip")] == [
        1,
        2,
        4,
        3.0,
    ]
    assert total["training.clip"] == 2.0


def test_runs_come_seed_by_seed_and_rows_that_are_the_same_once(file, tmp_path):
    loaded = load_experiment(file, Call(seeds=(4, 2)))
    runs = plan_runs(loaded, tmp_path / "out")
    assert [(run.variant, run.seed) for run in runs] == [("max", 4), ("sum", 4), ("max", 2), ("sum", 2)]
    assert [run.config["system.seed"] for run in runs] == [4, 4, 2, 2]
    assert runs[1].folder == tmp_path / "out" / "runs" / "sum" / "seed-4"


def test_config_of_a_run_is_that_of_train_with_the_seed(file, tmp_path):
    run = plan_runs(load_experiment(file), tmp_path)[-1]
    given = load_config(tmp_path / "base.cfg", ["ablations/spert/pooling_sum"], overrides={"system.seed": 1})
    assert run.config.text() == given.text() and run.config.values == given.values


def test_folds_become_runs_that_read_parts(file, tmp_path):
    edit(file, ('score = ["dev"]', 'score = ["test"]'))
    with file.open("a", encoding="utf8") as out:
        out.write("\n[folds]\nk = 3\ndev_share = 0.25\n")
    loaded = load_experiment(file, Call(seeds=(0,)))
    runs = plan_runs(loaded, tmp_path)
    assert [(run.variant, run.fold) for run in runs[:3]] == [("max", 0), ("sum", 0), ("max", 1)]
    assert runs[0].folder == tmp_path / "runs" / "max" / "seed-0" / "fold-0"
    sizes = [
        len(loaded.library.data(loaded.experiment.variants[0].config, fold).scored["test"])
        for fold in range(3)
    ]
    loaded.plan.write(tmp_path / "folds.json")
    from jointre.corpora import load_corpora
    from jointre.training.run_record import hashes

    given = loaded.library.data(loaded.experiment.variants[0].config, 1).hashes
    read = hashes(load_corpora(runs[2].config))
    assert sum(sizes) == 12 and read == {name: given[name] for name in read}


@pytest.mark.parametrize("own", ["", "\n[folds]\nk = 3\ndev_share = 0.25\nseed = 4\n"])
def test_a_fold_file_of_the_command_line_and_some_of_its_folds(file, tmp_path, own):
    """Published folds for a built-in table, whatever folds it would make; the others are left for later."""
    from jointre.experiments.run import prepare

    edit(file, ('score = ["dev"]', 'score = ["test"]'))
    with file.open("a", encoding="utf8") as out:
        out.write(own)
    lists = [[11, 3, 5], [0, 1, 2, 4], [6, 7, 8, 9, 10]]
    folds = tmp_path / "given.json"
    folds.write_text(json.dumps({"test": lists}), encoding="utf8")
    loaded = load_experiment(file, Call(seeds=(0,), fold_file=str(folds), folds=(2, 0)))
    assert [list(fold.test) for fold in loaded.plan.folds] == lists
    prepared = prepare(loaded, tmp_path / "out")
    assert len(prepared.states) == 6
    assert [(run.variant, run.fold) for run, _ in prepared.asked] == [
        ("max", 0),
        ("sum", 0),
        ("max", 2),
        ("sum", 2),
    ]


def test_some_rows_are_done_and_the_others_left_for_later(file, tmp_path):
    from jointre.experiments.run import prepare

    prepared = prepare(load_experiment(file, Call(seeds=(3,), rows=("sum",))), tmp_path / "out")
    assert [run.variant for run, _ in prepared.states] == ["max", "sum"]
    assert [run.variant for run, _ in prepared.asked] == ["sum"]


def test_rows_that_are_not_there_are_refused(file):
    message = refusal(file, Call(rows=("sun", "max")))
    assert "--rows: there is no row 'sun'" in message and "did you mean 'sum'?" in message


def test_folds_that_are_not_there_are_refused(file, tmp_path):
    assert "--folds: there are no folds" in refusal(file, Call(folds=(0,)))
    with file.open("a", encoding="utf8") as out:
        out.write("\n[folds]\nk = 3\n")
    assert "--folds: there is no fold 3" in refusal(file, Call(folds=(0, 3)))
    (tmp_path / "bad.json").write_text("[[0, 1], [1, 2]]", encoding="utf8")
    message = refusal(file, Call(fold_file=str(tmp_path / "bad.json")))
    assert "bad.json" in message and "problems" in message


def test_a_folder_remembers_its_fold_file(file, tmp_path):
    from jointre.experiments.load import to_json

    folds = tmp_path / "given.json"
    folds.write_text(json.dumps([[n, n + 1, n + 2, n + 3] for n in (0, 4, 8)]), encoding="utf8")
    loaded = load_experiment(file, Call(fold_file=str(folds), folds=(1,)))
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "experiment.json").write_text(json.dumps(to_json(loaded, (0, 1))), encoding="utf8")
    again = load_experiment(folder)
    assert again.plan == loaded.plan and again.call.folds == ()


FAULTS = {
    "unknown key": (("seeds = [0, 1]", "seeds = [0, 1]\nsede = 3"), ["toy.cfg:5", "sede", "'seeds'"]),
    "unknown section": (("[variants]", "[variant]\na = 1\n\n[variants]"), ["did you mean 'variants'?"]),
    "unknown key of a row": (('group = "context"', 'grup = "context"'), ["toy.cfg:23 [variants.again] grup"]),
    "wrong type": (("seeds = [0, 1]", 'seeds = ["a"]'), ["toy.cfg:4", "expected an integer"]),
    "no seeds": (("seeds = [0, 1]", "seeds = []"), ["seeds", "is empty"]),
    "seeds left out": (("seeds = [0, 1]\n", ""), ["'seeds' is missing"]),
    "same seed twice": (("[0, 1]", "[0, 1, 0]"), ["0 stands there twice"]),
    "unknown corpus": (('score = ["dev"]', 'score = ["tset"]'), ["'tset'", "'test'"]),
    "unknown reference": (('reference = "max"', 'reference = "mx"'), ["no row 'mx'", "'max'"]),
    "two rows of one name": (("[variants.again]", "[variants.sum]"), ["is repeated", "line 16"]),
    "missing overlay": (("pooling_sum", "pooling_none"), ["neither a file nor a built-in", "variants.sum] with"]),
    "missing base": (("base.cfg", "bas.cfg"), ["neither a file", "[experiment] config"]),
    "unknown override": (
        ('with = ["ablations/spert/pooling_sum"]', 'set = {"training.epoch": 3}'),
        ["toy.cfg:19 [variants.sum] set: training.epoch", "did you mean training.epochs?"],
    ),
    "override of a wrong type": (
        ('with = ["ablations/spert/pooling_sum"]', 'set = {"training.epochs": "3"}'),
        ["toy.cfg:19 [variants.sum] set: training.epochs", "expected an integer"],
    ),
    "seed as an override": (("seeds =", 'set = {"system.seed": 3}\nseeds ='), ["sets system.seed", "--seeds"]),
    "claim that does not hold": (("pooler.@poolers", "pooler.kernel"), ["also differs", "does not differ", "@poolers"]),
    "unknown figure": (('["entities_micro_f",', '["entities_mikro_f",'), ["no figure", "'entities_micro_f'"]),
    "unknown breakdown": (('by = ["length"]', 'by = ["lenght", "length"]'), ["'lenght'", "'length'"]),
    "unknown bucket": (("length:<20", "length:<21"), ["bucket '<21'", "'<20'"]),
    "breakdown not asked for": (('by = ["length"]', "by = []"), ["are not scored by length", 'add "length"']),
    "corpus that is not set": (('score = ["dev"]', 'score = ["test"]'), ["paths.test is not set"]),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_refused_with_its_place_and_a_remedy(file, name):
    change, told = FAULTS[name]
    text = refusal(edit(file, change))
    assert [part for part in told if part not in text] == []


def test_row_that_changes_nothing_and_rows_with_one_config_are_refused(file, tmp_path):
    (tmp_path / "same.cfg").write_text(f'[{POOLER}]\n@poolers = "jointre.max.v1"\n', encoding="utf8")
    with file.open("a", encoding="utf8") as out:
        out.write('\n[variants.idle]\nwith = ["same.cfg"]\n')
        out.write(f'\n[variants.twin]\nset = {{"{POOLER}.@poolers": "jointre.sum.v1"}}\n')
    text = refusal(file)
    assert "(2 problems)" in text
    assert "[variants.idle]: changes nothing" in text and "same config as 'sum'" in text


def test_all_faults_come_at_once(file):
    text = refusal(
        edit(file, *(FAULTS[name][0] for name in ("no seeds", "unknown reference", "unknown corpus")))
    )
    assert "(3 problems)" in text


def test_what_only_one_row_cannot_do_is_refused_before_the_first(file, tmp_path):
    text = '[training]\nkeep = "best"\nbest_metric = "strict_f"\n'
    (tmp_path / "best.cfg").write_text(text, encoding="utf8")
    edit(file, ('["ablations/spert/pooling_sum"]\nchanges', '["best.cfg"]\n# changes'))
    assert "[variants.sum]" in (found := refusal(file)) and "strict_f" in found


def test_faulty_corpus_is_refused_once_for_all_rows(file, tmp_path):
    lines = [to_line(doc) for doc in toy_docs(3)]
    (tmp_path / "train.jsonl").write_text("\n".join([*lines, '{"tokens": ["a"]', ""]), encoding="utf8")
    text = refusal(file)
    assert text.count("train.jsonl:4") == 1


def test_config_is_no_experiment_and_experiment_no_config(file, tmp_path):
    assert "jointre train" in refusal(tmp_path / "base.cfg")
    with pytest.raises(ConfigError, match="jointre experiment run ablations/spert/table3"):
        load_config("ablations/spert/table3")
    edit(file, ("ablations/spert/pooling_sum", "ablations/spert/table3"))
    assert "is an experiment itself" in refusal(file)


def test_folder_of_an_experiment_stands_for_its_file_and_call(file, tmp_path):
    from jointre.experiments.load import to_json

    loaded = load_experiment(file, Call(overrides={"training.epochs": 2}, seeds=(1,)))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "experiment.json").write_text(json.dumps(to_json(loaded, (1,))), encoding="utf8")
    again = load_experiment(tmp_path / "out")
    assert again.experiment == loaded.experiment


def test_a_reader_of_the_command_line_wins_over_that_of_the_file(file):
    call = Call(overrides={"corpora.*.@readers": "jointre.auto.v1"})
    loaded = load_experiment(file, call)
    for variant in loaded.experiment.variants:
        assert variant.config["corpora.train.@readers"] == "jointre.auto.v1"
