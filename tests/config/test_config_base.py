"""[base]: a config that begins with another one and states only what differs."""

import json

import pytest
from config_toys import BASE, POOLER

from jointre.cli.app import run
from jointre.config import load_config
from jointre.config.diff import differences
from jointre.config.inputs import inputs
from jointre.config.source import parse, read
from jointre.errors import ConfigError
from jointre.experiments.load import load_experiment
from jointre.preflight import load_checked

ON = '[base]\nconfig = "base.cfg"\n'
WHOLE = f'{BASE}[{POOLER}]\n@poolers = "toy.plain.v1"\nwhole = 9\nitems = ["x"]\n'


@pytest.fixture
def base(config_file):
    """base.cfg, to begin with."""
    return config_file(WHOLE + "[training]\nepochs = 3\nbatch_size = 4\n", "base.cfg")


def test_a_file_wins_over_its_base_overlays_over_the_file_and_overrides_over_all(base, config_file):
    path = config_file(f"{ON}[training]\nepochs = 5\nclip = 0.5\n")
    over = config_file("[training]\nclip = 2.0\n", "over.cfg")
    config = load_config(path, [over], {"system.seed": 4})
    kinds = {
        key: config.origin(key).kind for key in ("training.batch_size", "training.epochs", "training.clip")
    }
    assert kinds == {"training.batch_size": "base", "training.epochs": "config", "training.clip": "overlay"}
    assert (config["training.batch_size"], config["training.epochs"], config["training.clip"]) == (4, 5, 2.0)
    assert config["system.seed"] == 4 and config.origin("training.workers").kind == "default"
    assert (
        str(config.origin("training.batch_size").place)
        == f"{base}:{read(base).lines['training', 'batch_size']}"
    )


def test_a_base_is_a_built_in_config_or_a_file_in_the_folder_of_the_config(
    config_file, tmp_path, monkeypatch
):
    (tmp_path / "deeper").mkdir()
    config_file(f"{ON}[training]\nepochs = 8\n", "middle.cfg")
    config_file(WHOLE, "base.cfg")
    path = config_file('[base]\nconfig = "../middle.cfg"\n[training]\nbatch_size = 6\n', "deeper/my.cfg")
    config = load_config(path)
    assert (config["training.epochs"], config["training.batch_size"]) == (8, 6)
    assert [part.name for part in read(path).chain()] == [
        f"{tmp_path}/deeper/../{ON.split(chr(34))[1]}",
        f"{tmp_path}/deeper/../middle.cfg",
        path,
    ]
    built_in = load_config(config_file('[base]\nconfig = "sinet/conll04"\n'))
    assert built_in.text() == load_config("sinet/conll04").text()
    assert built_in.text() == load_config(parse('[base]\nconfig = "sinet/conll04.cfg"\n', "text")).text()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sinet").mkdir()
    config_file("[nonsense", "sinet/scierc.cfg")
    (tmp_path / "quickstart").mkdir()  # a run folder of that name
    assert load_config("sinet/conll04").text() == built_in.text()
    assert (
        load_config(config_file('[base]\nconfig = "quickstart"\n')).text() == load_config("quickstart").text()
    )


def test_a_block_of_another_function_keeps_the_arguments_that_it_takes(base, config_file):
    config = load_config(config_file(f'{ON}[{POOLER}]\n@poolers = "toy.other.v1"\ndepth = 7'))
    assert config[POOLER] == {"@poolers": "toy.other.v1", "whole": 9, "depth": 7}
    assert not config.notices  # the config says itself what it wants


def test_null_removes_a_named_block_of_the_base_and_switches_off_one_of_the_defaults(config_file):
    config_file(f'{WHOLE}[evaluation.metrics.mine]\n@metrics = "jointre.redn.v1"\n', "base.cfg")
    config = load_config(config_file(f"{ON}[evaluation.metrics]\nmine = null\nstrict = null\n"))
    assert "mine" not in config["evaluation.metrics"] and config["evaluation.metrics.strict"] is None
    assert load_config(parse(config.text(), "text")).text() == config.text()
    over = config_file("[evaluation.metrics]\nmine = null\n", "over.cfg")
    assert load_config(config_file(ON), [over])["evaluation.metrics.mine"] is None


def test_null_for_an_argument_of_a_block_stays(config_file):
    path = config_file('[base]\nconfig = "sinet/conll04"\n[model.pair_extractor]\npooler = null\n')
    assert load_config(path)["model.pair_extractor.pooler"] is None


def test_variables_take_the_value_after_merging(config_file):
    block = '[corpora.train]\n@readers = "jointre.jsonl.v1"\npath = ${paths.train}\n'
    config_file(f'{WHOLE}[paths]\ntrain = "old.jsonl"\n{block}', "base.cfg")
    config = load_config(config_file(f'{ON}[paths]\ntrain = "new.jsonl"\n'))
    assert config["corpora.train.path"] == "new.jsonl"


def test_faults_have_the_file_and_line_where_they_stand(config_file, faults):
    config_file(f'{WHOLE}[training]\nepochs = "3"\n', "base.cfg")
    path = config_file(f"{ON}[training]\nbatch_size = 0\n")
    assert faults(path) == [
        "base.cfg:35 [training] epochs: expected an integer, not the text '3'\n      -> write 3",
        "my.cfg:4 [training] batch_size: must be 1 or more, not 0",
    ]
    config_file("[training\n", "base.cfg")
    assert faults(path)[0].startswith("base.cfg:1: ")


FAULTS = {
    "misspelt": (
        'config = "spret/conll04"',
        "base not found: 'spret/conll04' is neither a file in",
        "'spert/conll04'",
    ),
    "the old name": ('config = "biaffine/conll04"', "base not found", "did you mean 'giorgi/conll04'"),
    "near a file": ('config = "bases.cfg"', "base not found", "did you mean 'base.cfg'?"),
    "nothing near": ('config = "nothing-like-it"', "base not found", "jointre config list"),
    "from elsewhere": ('config = "tests/x.cfg"', "base not found", "see the names with"),
    "empty": ('config = ""', "base not found", "jointre config list"),
    "itself": ('config = "my.cfg"', "the bases form a circle: my.cfg -> my.cfg", "remove [base]"),
    "a circle": ('config = "round.cfg"', "the bases form a circle: my.cfg -> round.cfg -> my.cfg", ""),
    "an experiment": (
        'config = "ablations/spert/table3"',
        "is an experiment file, not a config",
        "'spert/conll04'",
    ),
    "an overlay": ('config = "encoders/minilm"', "is an overlay: it has no model", "--with encoders/minilm"),
    "no text": ("config = 3", "expected text, not 3", ""),
    "no key": ("", "'config' is missing", 'config = "spert/conll04"'),
    "another key": ('configs = "base.cfg"', "there is no such key", "did you mean 'config'?"),
    "a third key": ('config = "base.cfg"\nwith = 1', "there is no such key", "the only key is config"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_cannot_be_a_base_is_one_clear_fault(base, config_file, faults, name, tmp_path):
    line, what, remedy = FAULTS[name]
    config_file('[base]\nconfig = "my.cfg"\n', "round.cfg")
    found = faults(config_file(f"[base]\n{line}\n[training]\nepochs = 1\n"))
    [fault] = [
        fault.replace(f"{tmp_path}/", "") for fault in found if what in fault.replace(f"{tmp_path}/", "")
    ]
    assert remedy in fault and fault.split(" ")[0].split(":")[0] in ("my.cfg", "round.cfg")
    assert len(found) == 1 or name == "another key"
    assert "[base]" in fault.split("->")[0]


def test_a_base_that_stands_elsewhere_is_suggested_by_its_path(
    base, config_file, faults, tmp_path, monkeypatch
):
    (tmp_path / "deeper").mkdir()
    monkeypatch.chdir(tmp_path)
    assert "starts at the folder of this config: '../base.cfg'" in faults(config_file(ON, "deeper/my.cfg"))[0]


def test_a_link_to_nowhere_is_named(config_file, faults, tmp_path):
    (tmp_path / "base.cfg").symlink_to("gone.cfg")
    assert faults(config_file(ON)) == ["base.cfg: is a link to gone.cfg, which does not exist"]


def test_an_overlay_may_have_a_base_which_is_laid_over_as_well(base, config_file):
    over = config_file(f"{ON}[training]\nepochs = 6\n", "over.cfg")
    config = load_config("spert/conll04", [over])
    assert config["training.batch_size"] == 4 and config["training.epochs"] == 6
    assert config.origin("training.batch_size").kind == "overlay"


def test_a_filled_config_needs_no_base(base, config_file, tmp_path):
    path = config_file(f"{ON}[training]\nepochs = 5\n")
    assert run(["init", "fill-config", path, str(tmp_path / "full.cfg")]) == 0
    text = (tmp_path / "full.cfg").read_text(encoding="utf8")
    assert text == load_config(path).text() and "[base]" not in text
    assert not differences(load_config(tmp_path / "full.cfg"), load_config(path))  # what --resume compares


@pytest.mark.parametrize(("base", "use"), [("enpar/pretrain", "pretrain"), ("quickstart", "train")])
def test_the_preflight_sees_through_a_base(config_file, base, use):
    path = config_file(f'[base]\nconfig = "{base}"\n[model.encoder]\nname = "./gone"\n')
    with pytest.raises(
        ConfigError, match=r"my.cfg:4 \[model.encoder\] name: pretrained model not found: './gone'"
    ):
        load_checked(path, use=use)


def test_debug_config_and_diff_show_where_values_of_a_base_stand(config_file, capsys):
    path = config_file('[base]\nconfig = "spert/conll04"\n[training]\nepochs = 5\n')
    assert run(["debug", "config", path, "--json"]) == 0
    values = {item["key"]: item for item in json.loads(capsys.readouterr().out)["values"]}
    assert values["training.epochs"]["place"] == f"{path}:4"
    assert values["training.batch_size"]["kind"] == "base"
    assert values["training.batch_size"]["place"].startswith("spert/conll04.cfg:")
    assert run(["config", "diff", "spert/conll04", path]) == 0
    assert "1 key differs" in capsys.readouterr().err


def test_a_path_in_a_base_is_explained_from_the_folder_of_the_base(config_file, tmp_path):
    (tmp_path / "deeper").mkdir()
    config_file(f'{WHOLE}[paths]\ntrain = "train.jsonl"\n', "base.cfg")
    config = load_config(config_file('[base]\nconfig = "../base.cfg"\n', "deeper/my.cfg"))
    folders = {item.folder for item in inputs(config) if item.value == "train.jsonl"}
    assert [folder.resolve() for folder in folders if folder] == [tmp_path]


def test_an_experiment_begins_with_a_config_that_has_a_base(config_file, tmp_path):
    config_file('[base]\nconfig = "quickstart"\n[model.encoder]\nname = "gone"\n', "my.cfg")
    config_file('[base]\nconfig = "qickstart"\n', "wrong.cfg")
    table = '[experiment]\nconfig = "{}"\nseeds = [1]\n\n[variants.one]\n'
    with pytest.raises(ConfigError) as caught:
        load_experiment(config_file(table.format("wrong.cfg"), "table.cfg"))
    assert "did you mean 'quickstart'?" in str(caught.value)
    with pytest.raises(ConfigError, match="an experiment has no such section"):
        load_experiment(config_file(table.format("my.cfg") + '\n[base]\nconfig = "x"\n', "table.cfg"))
    with pytest.raises(ConfigError, match="'gone'"):  # the encoder that my.cfg names over its base
        load_experiment(config_file(table.format("my.cfg"), "table.cfg"))
