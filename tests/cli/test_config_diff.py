"""config diff: two configs over the defaults, key by key."""

import json
import re

import pytest

from jointre.cli.app import run
from jointre.config import load_config
from jointre.config.diff import differences

MEAN = "ablations/spert/pooling_mean"


@pytest.fixture
def diff(capsys):
    """Exit code, stdout and stderr of ``config diff``."""

    def call(*arguments):
        code = run(["config", "diff", *map(str, arguments)])
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def changed(tmp_path):
    """spert/conll04 filled, with some lines changed; returns the file."""

    def make(*changes, name="my.cfg"):
        text = load_config("spert/conll04").text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / name).write_text(text, encoding="utf8")
        return tmp_path / name

    return make


def test_what_an_ablation_changes(diff):
    code, out, err = diff("spert/conll04", "spert/conll04", "--with", MEAN)
    assert (code, err) == (0, "\n1 key differs\n")
    assert re.sub(r":\d+", ":N", out).splitlines() == [
        "--- spert/conll04",
        f"+++ spert/conll04 --with {MEAN}",
        "",
        "[model.entity_head.extractor.pooler]",
        '- @poolers = "jointre.max.v1"   # spert/conll04.cfg:N',
        '+ @poolers = "jointre.mean.v1"  # ablations/spert/pooling_mean.cfg:N',
    ]


def test_no_difference_is_said_in_words(diff, changed):
    assert diff("quickstart", "quickstart") == (0, "no difference: quickstart and quickstart\n", "")
    code, out, _ = diff("spert/conll04", changed())
    assert code == 0 and out.startswith("no difference: ")


def test_keys_of_one_side_alone_stand_where_they_belong(diff):
    replaced = "--training.schedule.@schedules=jointre.constant.v1"
    _, out, _ = diff("spert/conll04", "spert/conll04", "--all", replaced)
    schedule = out.split("[training.schedule]\n")[1].splitlines()
    assert [line.split("  #")[0].rstrip() for line in schedule] == [
        '- @schedules = "jointre.warmup_linear.v1"',
        '+ @schedules = "jointre.constant.v1"',
        "- warmup = 0.1",
        "+ value = 1.0",
    ]
    assert "# --training.schedule.@schedules" in schedule[1]


def test_a_variable_counts_for_what_it_stands_for(changed):
    old = load_config("spert/conll04", overrides={"paths.train": "a.json"})
    new = load_config("spert/conll04", overrides={"paths.train": "b.json"})
    assert [item.key for item in differences(old, new)] == [("paths", "train")]
    written = load_config(changed(("path = ${paths.train}", 'path = "a.json"')))
    assert [item.key for item in differences(old, written)] == [("paths", "train")]


def test_numbers_that_are_equal_are_no_difference(changed):
    assert not differences(load_config("spert/conll04"), load_config(changed(("clip = 1.0", "clip = 1"))))


def test_json(diff):
    _, out, _ = diff("spert/conll04", "spert/conll04", "--training.epochs=7", "--json")
    place = {"kind": "override", "place": "--training.epochs"}
    facts = json.loads(out)
    assert facts["a"] == facts["b"] == "spert/conll04"
    [found] = facts["differences"]
    assert found["key"] == "training.epochs" and found["b"] == {"value": 7, **place}
    assert found["a"]["value"] == 20 and found["a"]["place"].startswith("spert/conll04.cfg:")
    assert json.loads(diff("quickstart", "quickstart", "--json")[1])["differences"] == []
    _, out, _ = diff("spert/conll04", "quickstart", "--json")
    sides = {item["key"]: (item["a"], item["b"]) for item in json.loads(out)["differences"]}
    assert sides["corpora.train.split"][0] is None and sides["corpora.train.path"][1] is None


@pytest.mark.parametrize("inside", [".", "model"])
def test_a_model_or_run_folder_stands_for_its_config(diff, changed, tmp_path, inside):
    folder = tmp_path / "run" / inside
    folder.mkdir(parents=True)
    changed(("epochs = 20", "epochs = 5")).rename(folder / "config.cfg")
    code, out, _ = diff("spert/conll04", tmp_path / "run")
    assert code == 0 and "\n+ epochs = 5" in out


def test_lines_keep_to_the_width_there_is(diff, changed, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = diff(changed(), changed(("epochs = 20", "epochs = 5"), name=f"{'long-' * 12}name.cfg"))
    lines = out.split("[training]\n")[1].splitlines()
    assert lines[2] == "+ epochs = 5" and lines[3].startswith("    # ")


def test_no_colour_outside_of_a_terminal(diff):
    assert "\x1b" not in "".join(map(str, diff("quickstart", "spert/conll04")))


def test_faults_of_both_come_together(diff, changed):
    one = changed(("epochs = 20", 'epochs = "20"'), name="one.cfg")
    two = changed(("batch_size = 2", "batchsize = 2"), name="two.cfg")
    code, out, err = diff(one, two)
    assert (code, out) == (2, "")
    assert "(2 problems)" in err and "expected an integer" in err and "did you mean 'batch_size'?" in err
    code, _, err = diff("spert/conl04", "spert/conll04")
    assert code == 2 and "did you mean 'spert/conll04'" in err


def plain(out):
    """The lines of a diff, without the names on top and without origins."""
    return [line.split("  #")[0].rstrip() for line in out.splitlines()[2:]]


def test_two_papers_differ_in_their_components(diff, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    _, out, err = diff("spert/conll04", "sinet/conll04")
    assert max(map(len, out.splitlines())) <= 80 and not any(
        line.startswith("    #") for line in out.split("\n")
    )
    assert (
        plain(out)
        == """
[model.views]
- @views = "jointre.identity.v1"
+ @views = "jointre.task_projection.v1"

[model.entity_head.sampler]
- max_width = 10
+ max_width = 8

[model.entity_head.extractor]
- width_dim = 25
+ width_dim = 100
- view = "encoder"
+ view = "entity"

[model.pair_extractor]
- summary = false
+ summary = true
- view = "encoder"
+ view = "relation"

[model.pair_extractor.pooler]
- null
+ @poolers = "jointre.max.v1"

[model.relation_head]
- threshold = 0.4
+ threshold = 0.5

[model.context]
- @context_encoders = "jointre.cls.v1"
+ @context_encoders = "jointre.cross_task_attention.v1"
""".rstrip().split("\n")
    )
    assert err == "\n9 keys differ; --all shows 19 more in replaced blocks\n"
    assert "\n+ heads = 4 " in diff("spert/conll04", "sinet/conll04", "--all")[1]


def test_a_block_of_one_config_alone_is_one_line(diff):
    _, out, _ = diff("giorgi/conll04", "enpar/conll04")
    lines = plain(out)
    tag = lines.index("[training.losses.tag]")
    assert lines[tag + 1 : tag + 3] == ['+ @losses = "jointre.cross_entropy.v1"', ""]
    overall = lines.index("[evaluation.metrics.overall]")
    assert lines[overall + 1 :] == ['- @metrics = "jointre.overall.v1"']
    headers = [line for line in lines if line.startswith("[")]
    assert len(headers) == len(set(headers))


def test_values_of_a_base_have_its_file_and_line(diff):
    facts = json.loads(diff("spert/conll04", "sinet/conll04", "--json")[1])["differences"]
    [width] = [item["b"] for item in facts if item["key"] == "model.entity_head.sampler.max_width"]
    assert width["kind"] == "base" and width["place"].startswith("sinet/scierc.cfg:")
