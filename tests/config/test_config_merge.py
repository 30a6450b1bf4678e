"""Overlays and overrides."""

from config_toys import BASE, POOLER

from jointre.config import load_config, resolve

PLAIN = f'{BASE}[{POOLER}]\n@poolers = "toy.plain.v1"\nwhole = 9\nitems = ["x"]\ntable = {{"a": 1}}\n'


def test_overlay_changes_single_values(config_file):
    path = config_file(PLAIN)
    over = config_file(f"[{POOLER}]\nwhole = 3\n[training]\nepochs = 1", "over.cfg")
    config = load_config(path, [over])
    assert config[f"{POOLER}.whole"] == 3 and config[f"{POOLER}.items"] == ["x"]
    assert config["training.epochs"] == 1 and not config.notices


def test_overlay_with_another_function_replaces_the_block(config_file, tmp_path):
    over = config_file(f'[{POOLER}]\n@poolers = "toy.other.v1"\ndepth = 7', "over.cfg")
    config = load_config(config_file(PLAIN), [over])
    assert config[POOLER] == {"@poolers": "toy.other.v1", "whole": 9, "depth": 7}
    place = f"{tmp_path}/over.cfg:1 [{POOLER}]"
    assert config.notices == [f"{place} toy.plain.v1 -> toy.other.v1: dropped items, table; kept whole"]


def test_defaults_of_the_old_function_are_not_carried_over(config_file):
    path = config_file(f'{BASE}[{POOLER}]\n@poolers = "toy.plain.v1"')
    config = load_config(path, overrides={f"{POOLER}.@poolers": "toy.other.v1"})
    assert config[f"{POOLER}.whole"] == 5 and not config.notices


def test_value_that_does_not_fit_the_new_function_is_dropped(config_file):
    over = config_file('[training.schedule]\n@schedules = "jointre.constant.v1"', "over.cfg")
    first = config_file(PLAIN + "[training.schedule]\nwarmup = 0.2")
    config = load_config(first, [over])
    assert config["training.schedule"] == {"@schedules": "jointre.constant.v1", "value": 1.0}
    assert "dropped warmup" in config.notices[0]


def test_overlays_apply_in_order(config_file):
    one, two = (config_file(f"[training]\nepochs = {n}\nbatch_size = {n}", f"{n}.cfg") for n in (3, 4))
    assert load_config(config_file(PLAIN), [one, two])["training.epochs"] == 4
    assert load_config(config_file(PLAIN), [two, one])["training.epochs"] == 3


def test_inline_dictionary_replaces_and_section_merges(config_file):
    path = config_file(PLAIN)
    inline = config_file(f'[{POOLER}]\ntable = {{"b": 2}}', "inline.cfg")
    section = config_file(f"[{POOLER}.table]\nb = 2", "section.cfg")
    assert load_config(path, [inline])[f"{POOLER}.table"] == {"b": 2}
    assert load_config(path, [section])[f"{POOLER}.table"] == {"a": 1, "b": 2}


def test_config_replaces_a_default_block_in_silence(config_file):
    path = config_file(PLAIN + '[training.schedule]\n@schedules = "jointre.constant.v1"')
    config = load_config(path)
    assert config["training.schedule"] == {"@schedules": "jointre.constant.v1", "value": 1.0}
    assert not config.notices


def test_overlay_gives_a_block_where_null_was(config_file):
    over = config_file('[model.context]\n@context_encoders = "jointre.cls.v1"', "over.cfg")
    assert load_config(config_file(PLAIN), [over])["model.context.@context_encoders"] == "jointre.cls.v1"


def test_overrides_reach_defaults_variables_and_dictionaries(config_file):
    overrides = {
        "training.optimizer.lr": 0.1,
        "paths.train": "train.jsonl",
        f"{POOLER}.table": {"z": 1},
        f"{POOLER}.text": "${paths.train}",
        "training.loggers.jsonl": None,
    }
    config = load_config(config_file(PLAIN), overrides=overrides)
    assert config["training.optimizer.lr"] == 0.1 and config["corpora.train.path"] == "train.jsonl"
    assert config[f"{POOLER}.table"] == {"z": 1} and config[f"{POOLER}.text"] == "train.jsonl"
    assert resolve(config, "training").loggers == {}


def test_overrides_set_arguments_of_a_function_they_bring_in_whatever_their_order(config_file):
    pairs = [(f"{POOLER}.depth", 4), (f"{POOLER}.@poolers", "toy.other.v1")]
    for overrides in (dict(pairs), dict(reversed(pairs))):
        config = load_config(config_file(PLAIN), overrides=overrides)
        assert config[POOLER] == {"@poolers": "toy.other.v1", "whole": 9, "depth": 4}


def test_origins(config_file, tmp_path):
    over = config_file("[training]\nbatch_size = 3", "over.cfg")
    config = load_config(config_file(PLAIN), [over], {"training.epochs": 2})
    kinds = {
        "training.epochs": ("override", "--training.epochs"),
        "training.batch_size": ("overlay", f"{tmp_path}/over.cfg:2"),
        f"{POOLER}.part": ("default", "toy.plain.v1"),
        "model.encoder.name": ("config", f"{tmp_path}/my.cfg:7"),
    }
    for key, expected in kinds.items():
        origin = config.origin(key)
        assert (origin.kind, str(origin.place)) == expected
    assert str(config.origin("training.clip").place).startswith("default.cfg:")
