"""Load experiment files, and report all their faults together."""

import json

import pytest
from runner_toys import POOLER, make_place

from jointre.config import load_config
from jointre.data.write import to_line
from jointre.errors import ConfigError, RefusedError
from jointre.experiments.load import load_experiment, owners
from jointre.experiments.plan import plan_runs
from jointre.experiments.variants import Request
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


def refusal(file, request=None):
    with pytest.raises(RefusedError) as refused:
        load_experiment(file, request)
    return str(refused.value)


def test_variants_are_layered_and_list_what_they_change(file):
    loaded = load_experiment(file)
    maximum, total, again = loaded.experiment.variants
    assert (maximum.title, maximum.group, maximum.changes) == ("Max", "spans", ())
    assert total.changes == (f"{POOLER}.@poolers",) and again.title == "again"
    assert total.config[f"{POOLER}.@poolers"] == "jointre.sum.v1"
    assert owners(loaded.experiment) == {"max": "max", "sum": "sum", "again": "max"}


def test_later_layers_win(file, tmp_path):
    (tmp_path / "a.cfg").write_text(
        "[training]\nepochs = 5\nbatch_size = 3\naccumulate = 4\n", encoding="utf8"
    )
    edit(
        file,
        ("seeds =", 'set = {"training.batch_size": 2}\nwith = ["a.cfg"]\nseeds ='),
        ('["ablations/spert/pooling_sum"]', '["ablations/spert/pooling_sum"]\nset = {"training.clip": 2.0}'),
        ('changes = ["', 'changes = ["training.clip", "'),
    )
    loaded = load_experiment(file, Request(overrides={"training.epochs": 1, "training.clip": 3.0}))
    maximum, total, _ = (variant.config for variant in loaded.experiment.variants)
    assert [maximum[f"training.{key}"] for key in ("epochs", "batch_size", "accumulate", "clip")] == [
        1,
        2,
        4,
        3.0,
    ]
    assert total["training.clip"] == 2.0


def test_runs_are_ordered_by_seed_and_shared_ones_listed_once(file, tmp_path):
    loaded = load_experiment(file, Request(seeds=(4, 2)))
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
    loaded = load_experiment(file, Request(seeds=(0,)))
    runs = plan_runs(loaded, tmp_path)
    assert [(run.variant, run.fold) for run in runs[:3]] == [("max", 0), ("sum", 0), ("max", 1)]
    assert runs[0].folder == tmp_path / "runs" / "max" / "seed-0" / "fold-0"
    sizes = [
        len(loaded.corpora.data(loaded.experiment.variants[0].config, fold).scored["test"])
        for fold in range(3)
    ]
    loaded.plan.write(tmp_path / "folds.json")
    from jointre.corpora import load_corpora
    from jointre.training.run_record import hashes

    given = loaded.corpora.data(loaded.experiment.variants[0].config, 1).hashes
    read = hashes(load_corpora(runs[2].config))
    assert sum(sizes) == 12 and read == {name: given[name] for name in read}


@pytest.mark.parametrize("own", ["", "\n[folds]\nk = 3\ndev_share = 0.25\nseed = 4\n"])
def test_a_fold_file_of_the_command_line_and_some_of_its_folds(file, tmp_path, own):
    """A fold file replaces the folds of the experiment; folds that are not requested are left for later."""
    from jointre.experiments.run import prepare

    edit(file, ('score = ["dev"]', 'score = ["test"]'))
    with file.open("a", encoding="utf8") as out:
        out.write(own)
    lists = [[11, 3, 5], [0, 1, 2, 4], [6, 7, 8, 9, 10]]
    folds = tmp_path / "given.json"
    folds.write_text(json.dumps({"test": lists}), encoding="utf8")
    loaded = load_experiment(file, Request(seeds=(0,), fold_file=str(folds), folds=(2, 0)))
    assert [list(fold.test) for fold in loaded.plan.folds] == lists
    prepared = prepare(loaded, tmp_path / "out")
    assert len(prepared.states) == 6
    assert [(run.variant, run.fold) for run, _ in prepared.asked] == [
        ("max", 0),
        ("sum", 0),
        ("max", 2),
        ("sum", 2),
    ]


def test_some_variants_are_run_and_the_others_left_for_later(file, tmp_path):
    from jointre.experiments.run import prepare

    prepared = prepare(load_experiment(file, Request(seeds=(3,), variants=("sum",))), tmp_path / "out")
    assert [run.variant for run, _ in prepared.states] == ["max", "sum"]
    assert [run.variant for run, _ in prepared.asked] == ["sum"]


def test_unknown_variants_are_rejected(file):
    message = refusal(file, Request(variants=("sun", "max")))
    assert "--rows: unknown variant 'sun'" in message and "did you mean 'sum'?" in message


def test_unknown_folds_are_rejected(file, tmp_path):
    assert "--folds: the experiment has no folds" in refusal(file, Request(folds=(0,)))
    with file.open("a", encoding="utf8") as out:
        out.write("\n[folds]\nk = 3\n")
    assert "--folds: unknown fold 3" in refusal(file, Request(folds=(0, 3)))
    (tmp_path / "bad.json").write_text("[[0, 1], [1, 2]]", encoding="utf8")
    message = refusal(file, Request(fold_file=str(tmp_path / "bad.json")))
    assert "bad.json" in message and "problems" in message


def test_a_folder_remembers_its_fold_file(file, tmp_path):
    from jointre.experiments.load import to_json

    folds = tmp_path / "given.json"
    folds.write_text(json.dumps([[n, n + 1, n + 2, n + 3] for n in (0, 4, 8)]), encoding="utf8")
    loaded = load_experiment(file, Request(fold_file=str(folds), folds=(1,)))
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "experiment.json").write_text(json.dumps(to_json(loaded, (0, 1))), encoding="utf8")
    again = load_experiment(folder)
    assert again.plan == loaded.plan and again.request.folds == ()


FAULTS = {
    "unknown key": (("seeds = [0, 1]", "seeds = [0, 1]\nsede = 3"), ["toy.cfg:5", "sede", "'seeds'"]),
    "unknown section": (("[variants]", "[variant]\na = 1\n\n[variants]"), ["did you mean 'variants'?"]),
    "unknown key of a variant": (('group = "context"', 'grup = "context"'), ["toy.cfg:23 [variants.again] grup"]),
    "wrong type": (("seeds = [0, 1]", 'seeds = ["a"]'), ["toy.cfg:4", "expected an integer"]),
    "no seeds": (("seeds = [0, 1]", "seeds = []"), ["seeds", "is empty"]),
    "seeds left out": (("seeds = [0, 1]\n", ""), ["'seeds' is missing"]),
    "same seed twice": (("[0, 1]", "[0, 1, 0]"), ["0 is listed twice"]),
    "unknown corpus": (('score = ["dev"]', 'score = ["tset"]'), ["'tset'", "'test'"]),
    "unknown reference": (('reference = "max"', 'reference = "mx"'), ["unknown variant 'mx'", "'max'"]),
    "two variants with one name": (("[variants.again]", "[variants.sum]"), ["is repeated", "line 16"]),
    "missing overlay": (("pooling_sum", "pooling_none"), ["neither a file nor a built-in", "variants.sum] with"]),
    "missing base": (("base.cfg", "bas.cfg"), ["neither a file", "[experiment] config"]),
    "unknown override": (
        ('with = ["ablations/spert/pooling_sum"]', 'set = {"training.epoch": 3}'),
        ["toy.cfg:19 [variants.sum] set: training.epoch", "did you mean training.epochs?"],
    ),
    "override of a wrong type": (
        ('with = ["ablations/spert/pooling_sum"]', 'set = {"training.epochs": "3"}'),
        ["toy.cfg:19 [variants.sum] set: [training] epochs", "expected an integer"],
    ),
    "seed as an override": (("seeds =", 'set = {"system.seed": 3}\nseeds ='), ["sets system.seed", "--seeds"]),
    "claim that does not hold": (("pooler.@poolers", "pooler.kernel"), ["also changes", "does not change", "@poolers"]),
    "unknown metric": (('["entities_micro_f",', '["entities_mikro_f",'), ["unknown metric", "'entities_micro_f'"]),
    "unknown breakdown": (('by = ["length"]', 'by = ["lenght", "length"]'), ["'lenght'", "'length'"]),
    "unknown bucket": (("length:<20", "length:<21"), ["bucket '<21'", "'<20'"]),
    "breakdown not asked for": (('by = ["length"]', "by = []"), ["are not scored by length", 'add "length"']),
    "corpus that is not set": (('score = ["dev"]', 'score = ["test"]'), ["paths.test is not set"]),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_reported_with_its_place_and_a_remedy(file, name):
    change, expected = FAULTS[name]
    text = refusal(edit(file, change))
    assert [part for part in expected if part not in text] == []


def test_variants_that_change_nothing_or_equal_another_are_rejected(file, tmp_path):
    (tmp_path / "same.cfg").write_text(f'[{POOLER}]\n@poolers = "jointre.max.v1"\n', encoding="utf8")
    with file.open("a", encoding="utf8") as out:
        out.write('\n[variants.idle]\nwith = ["same.cfg"]\n')
        out.write(f'\n[variants.twin]\nset = {{"{POOLER}.@poolers": "jointre.sum.v1"}}\n')
    text = refusal(file)
    assert "(2 problems)" in text
    assert "[variants.idle]: changes nothing" in text and "same config as 'sum'" in text


def test_all_faults_are_reported_together(file):
    text = refusal(
        edit(file, *(FAULTS[name][0] for name in ("no seeds", "unknown reference", "unknown corpus")))
    )
    assert "(3 problems)" in text


def test_fault_of_one_variant_is_reported_before_the_first_run(file, tmp_path):
    text = '[training]\nkeep = "best"\nbest_metric = "strict_f"\n'
    (tmp_path / "best.cfg").write_text(text, encoding="utf8")
    edit(file, ('["ablations/spert/pooling_sum"]\nchanges', '["best.cfg"]\n# changes'))
    assert "[variants.sum]" in (found := refusal(file)) and "strict_f" in found


def test_faulty_corpus_is_reported_once_for_all_variants(file, tmp_path):
    lines = [to_line(doc) for doc in toy_docs(3)]
    (tmp_path / "train.jsonl").write_text("\n".join([*lines, '{"tokens": ["a"]', ""]), encoding="utf8")
    text = refusal(file)
    assert text.count("train.jsonl:4") == 1


def test_config_is_no_experiment_and_experiment_no_config(file, tmp_path):
    assert "jointre train" in refusal(tmp_path / "base.cfg")
    with pytest.raises(ConfigError, match="jointre experiment run ablations/spert/table3"):
        load_config("ablations/spert/table3")
    edit(file, ("ablations/spert/pooling_sum", "ablations/spert/table3"))
    assert "is itself an experiment" in refusal(file)


def test_folder_of_an_experiment_remembers_its_file_and_options(file, tmp_path):
    from jointre.experiments.load import to_json

    loaded = load_experiment(file, Request(overrides={"training.epochs": 2}, seeds=(1,)))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "experiment.json").write_text(json.dumps(to_json(loaded, (1,))), encoding="utf8")
    again = load_experiment(tmp_path / "out")
    assert again.experiment == loaded.experiment


def test_a_reader_of_the_command_line_wins_over_that_of_the_file(file):
    request = Request(overrides={"corpora.*.@readers": "jointre.auto.v1"})
    loaded = load_experiment(file, request)
    for variant in loaded.experiment.variants:
        assert variant.config["corpora.train.@readers"] == "jointre.auto.v1"
