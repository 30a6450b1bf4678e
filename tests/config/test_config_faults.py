"""Messages: what, where with file and line, what to do."""

import json

import pytest
from config_toys import BASE, POOLER

from jointre.config import load_config
from jointre.errors import ConfigError

MAX = f'[{POOLER}]\n@poolers = "jointre.max.v1"\n'


def test_fault_names_file_line_section_key_and_suggestion(config_file, faults):
    text = BASE + MAX
    text = text.replace("max_width", "max_widht")
    line = text.split("\n").index("max_widht = 8") + 1
    assert faults(config_file(text)) == [
        f"my.cfg:{line} [model.entity_head.sampler] max_widht: unknown argument of jointre.all_spans.v1"
        "\n      -> did you mean 'max_width'?"
    ]


def test_missing_argument_names_the_block(config_file, faults):
    text = BASE.replace('name = "some-encoder"', "")
    found = faults(config_file(text + '[tokenizer]\nname = "x"'))
    assert any(
        "[model.encoder]: 'name' is missing" in fault and "add name = ... (text)" in fault for fault in found
    )
    assert any("'pooler' is missing" in fault and f"add a section [{POOLER}]" in fault for fault in found)


def test_variable_that_does_not_exist(config_file, faults):
    text = BASE + MAX + "[corpora.train]\npath = ${paths.trian}\n[training]\nepochs = ${training.epochs}"
    found = faults(config_file(text))
    assert "did you mean ${paths.train}?" in found[0] and "[corpora.train] path" in found[0]
    assert "${training.epochs} refers to itself" in found[1]
    assert len(found) == 2


def test_default_that_depends_on_a_variable_says_so(config_file, faults):
    found = faults(config_file(BASE.replace('name = "some-encoder"', "") + MAX))
    assert any("default.cfg" in fault and "${model.encoder.name} does not exist" in fault for fault in found)


def test_config_without_a_model(config_file, faults):
    [fault] = faults(config_file("[training]\nepochs = 3"))
    assert fault == "[model]: this section is missing\n      -> create a config with: jointre init config"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a = 1", 1, "'a' comes before the first section"),
        ("[model]\nb", 2, "'b' is neither a section nor a key"),
        ("[model]\n[model]", 2, "[model] is repeated"),
        ("[model]\na = 1\na = 2", 3, "[model] a is set twice"),
        ("[model]\na =\nb = 1", 2, "[model] a has no value"),
        ("[DEFAULT]\na = 1", 1, "[DEFAULT] is not a section of jointre"),
        ("[model..x]", 1, "[model..x] is not a section name"),
        ("[model]\na = 1\n[model.a]\nb = 2", 3, "[model.a]: a is also set as a key"),
        ("[model] # x = 1", 1, "is neither a section nor a key"),
    ],
)
def test_lines_that_cannot_be_read(config_file, faults, text, line, what):
    [fault] = faults(config_file(text))
    assert fault.startswith(f"my.cfg:{line}: ") and what in fault


def test_faults_of_several_sources_come_together(config_file, faults):
    found = faults(config_file("a = 1"), overlays=[config_file("b", "over.cfg"), "spert/conl04"])
    assert [fault.split(":")[0] for fault in found] == ["my.cfg", "over.cfg", "spert/conl04"]
    assert "did you mean 'spert/conll04'" in found[2]


def test_source_that_is_not_text(tmp_path, faults):
    (tmp_path / "my.cfg").write_bytes(b"[model]\na = \xff")
    assert faults(tmp_path / "my.cfg") == ["my.cfg:2: is not UTF-8 text\n      -> save the file as UTF-8"]
    assert "is a folder" in faults(tmp_path)[0]


def test_count_and_title(config_file):
    with pytest.raises(ConfigError, match=r"is invalid \(2 problems\)"):
        load_config(config_file(BASE + MAX + "[training]\nepochs = 0\nbatch_size = 0"))


def test_overrides_are_checked_like_values(config_file, faults):
    path = config_file(BASE + MAX)
    [fault] = faults(path, overrides={"training.epochs": "three"})
    assert fault.startswith("--training.epochs [training] epochs: expected an integer")
    [fault] = faults(path, overrides={POOLER: 3})
    assert fault.startswith(f"--{POOLER}: is a section, not a value")
    [fault] = faults(path, overrides={"model.context.view": "encoder"})
    assert "model.context is null: name its function, too, or add the block in an overlay" in fault
    [fault] = faults(path, overrides={"model.context.@context_encoders": "jointre.cls_pair.v1"})
    assert "jointre.cls_pair.v1 does not make a SentenceContext" in fault
    [fault] = faults(path, overrides={"training.patience.@schedules": "jointre.constant.v1"})
    assert fault.startswith("--training.patience.@schedules [training] patience: expected an integer or null")


def test_an_override_makes_a_block_where_there_is_null(config_file):
    path = config_file(BASE + MAX)
    decoder = "model.decoder"
    overrides = {
        f"{decoder}.decoder.@decoders": "jointre.flat.v1",
        f"{decoder}.@decoders": "jointre.type_triples.v1",
        f"{decoder}.triples": [["A", "b", "C"]],
    }
    found = load_config(path, overrides=overrides)
    assert found[decoder] == {
        "@decoders": "jointre.type_triples.v1",
        "triples": [["A", "b", "C"]],
        "decoder": {"@decoders": "jointre.flat.v1", "same_type": False},
    }
    assert str(found.origin(f"{decoder}.triples").place) == f"--{decoder}.triples"
    assert str(found.origin(f"{decoder}.decoder.@decoders").place) == f"--{decoder}.decoder.@decoders"
    assert load_config(config_file(found.text(), "again.cfg"))[decoder] == found[decoder]
    assert load_config(path)[decoder] is None


@pytest.mark.parametrize("line", ['device = "gpu"', "threads = 0", "seed = -1"])
def test_limits_of_plain_keys(config_file, faults, line):
    [fault] = faults(config_file(f"{BASE}{MAX}[system]\n{line}"))
    assert "must be" in fault


def test_only_the_sections_asked_for(config_file):
    path = config_file(BASE + MAX + '[training.loggers.other]\n@loggers = "gone.logger.v1"')
    with pytest.raises(ConfigError):
        load_config(path)
    assert load_config(path, sections=["model", "tokenizer"])["tokenizer.name"] == "some-encoder"


DEEP = "[" * 900 + "]" * 900


def test_values_without_end(config_file, faults):
    [fault] = faults(config_file(f"{BASE}{MAX}[training]\nepochs = {DEEP}"))
    assert fault == "my.cfg: nested too deeply"
    [fault] = faults(config_file(BASE + MAX), overrides={"training.epochs": json.loads(DEEP)})
    assert fault == "--training.epochs: nested too deeply"
    [fault] = faults(config_file(f"[{'.a' * 99}]".replace("[.", "[")))
    assert "nested too deeply" in fault


@pytest.mark.parametrize("value", ["1e999", "NaN", "[1, -Infinity]", '{"a": [1e999]}', "1" * 400])
def test_numbers_out_of_range(config_file, faults, value):
    """Also where any value may stand: nothing else would find them there."""
    [fault] = faults(config_file(f"{BASE}{MAX}[training]\nepochs = {value}"))
    assert fault.startswith("my.cfg:33: training.epochs") and "a number is not finite" in fault
    [fault] = faults(config_file(BASE + MAX), overrides={"training.epochs": json.loads(value)})
    assert fault.startswith("--training.epochs: a number is not finite")


def test_half_a_character_is_found_before_it_has_to_be_written(config_file, faults):
    [fault] = faults(config_file(BASE + MAX + '[training]\nbest_metric = "\\ud800"'))
    assert "best_metric: is not Unicode text" in fault


def test_unknown_function_is_the_only_fault_of_its_block(config_file, faults):
    [fault] = faults(config_file(BASE + MAX), overrides={"model.@models": "jointre.joint.v9"})
    assert "did you mean 'jointre.joint.v1'?" in fault


def test_a_file_that_is_no_config_does_not_fill_the_screen(config_file, faults):
    found = faults(config_file('{"id": 3}\n' * 1000))
    assert len(found) == 21 and "is it a config?" in found[-1]


def test_a_block_for_an_argument_without_annotation_names_the_argument(config_file, faults):
    text = f'{BASE}[{POOLER}]\n@poolers = "toy.loose.v1"\n[{POOLER}.inner]\n@poolers = "jointre.max.v1"\n'
    [fault] = faults(config_file(text))
    assert f"[{POOLER}.inner]: 'inner' has no annotation, so the blocks that it takes are unknown" in fault
    assert "annotate it in the component, for instance inner: Pooler" in fault
    load_config(config_file(text.replace("loose", "anything")))


def test_faults_of_the_file_and_of_overrides_come_together(config_file, faults):
    found = faults(config_file(BASE + MAX.replace("max.v1", "mix.v1")), overrides={"training.epochs": 0})
    assert len(found) == 2
    assert any("--training.epochs [training] epochs: must be 1 or more, not 0" in fault for fault in found)


@pytest.mark.parametrize(
    ("block", "name", "arguments"),
    [
        ("metrics", "jointre.strict.v1", {"overlapping": "remove"}),
        ("metrics", "jointre.redn.v1", {"pairs": "both"}),
        ("metrics", "jointre.triples.v1", {"match": "strict", "unlocated": "ignored"}),
        ("breakdowns", "jointre.overlap.v1", {"identity": "span", "repeated": "once"}),
    ],
)
def test_a_choice_that_there_is_not_is_found_by_the_check(config_file, faults, block, name, arguments):
    """Constructors do not check their choices again."""
    lines = "\n".join(f'{key} = "{value}"' for key, value in arguments.items())
    path = config_file(f'{BASE}{MAX}[evaluation.{block}.own]\n@{block} = "{name}"\n{lines}\n')
    found = faults(path)
    assert len(found) == len(arguments)
    for fault, (key, value) in zip(found, arguments.items(), strict=True):
        assert (
            f"[evaluation.{block}.own] {key}: expected one of " in fault
            and f"not the text '{value}'" in fault
        )
