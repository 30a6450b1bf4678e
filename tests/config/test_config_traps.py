"""What confection 1.3.4 lets pass and jointre must not; one test a trap, so that an upgrade shows."""

import pytest
from config_toys import BASE, BUILT, POOLER

from jointre.config import load_config, resolve
from jointre.errors import ConfigError

MAX = '@poolers = "jointre.max.v1"'


def pooler_of(path):
    return resolve(load_config(path), POOLER)


def test_wrong_kind_of_object_is_refused(config_file, faults):
    path = config_file(f'{BASE}[{POOLER}]\n{MAX}\n[model.context]\n@context_encoders = "jointre.cls_pair.v1"')
    [fault] = faults(path)
    assert "[model.context] @context_encoders: jointre.cls_pair.v1 does not make a SentenceContext" in fault
    assert "jointre.cls.v1" in fault


def test_wrong_registry_is_refused(pooler, faults):
    [fault] = faults(pooler('@readers = "jointre.jsonl.v1"\npath = "x"'))
    assert "expected one of the poolers, not one of the readers" in fault
    assert "jointre.max.v1" in fault


def test_function_is_checked_by_its_return_annotation(config_file, faults, pooler):
    assert pooler_of(pooler('@poolers = "toy.function.v1"')).whole == 3
    [fault] = faults(pooler('@poolers = "toy.bare.v1"'))
    assert "toy.bare.v1 does not make a Pooler" in fault


def test_result_of_a_function_is_checked_when_built(pooler):
    with pytest.raises(ConfigError, match=r"toy.dishonest.v1 made a str, not a Pooler"):
        resolve(load_config(pooler('@poolers = "toy.dishonest.v1"')), "model")


def test_all_faults_at_once_and_nothing_built(pooler, faults):
    path = pooler(
        """
        @poolers = "toy.plain.v1"
        whole = "7"
        colour = 1
        """,
        """
        [model.context]
        @context_encoders = "jointre.clss.v1"
        [training]
        epoch = 3
        [trainnig]
        a = 1
        """,
    )
    found = faults(path)
    assert len(found) == 5
    for part in (
        "whole: expected an integer",
        "colour: unknown",
        "jointre.clss.v1",
        "epoch: there is",
        "[trainnig]",
    ):
        assert sum(part in fault for fault in found) == 1
    assert not BUILT


def test_loading_builds_nothing(pooler):
    load_config(pooler('@poolers = "toy.plain.v1"'))
    assert not BUILT


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("[trainin]\nepochs = 3", "[trainin]: there is no such section\n      -> did you mean 'training'?"),
        ("[training]\nepoch = 3", "[training] epoch: there is no such key\n      -> did you mean 'epochs'?"),
        ("[training.optimiser]\n@optimizers = 1", "[training.optimiser]: there is no such key"),
        ("[system]\nnested = {}", "[system.nested]: there is no such key"),
        ("[training]\n@optimizers = 1", "[training] @optimizers: there is no such key"),
        ("[training.losses]\n@losses = 1", "expected named blocks, not a function"),
    ],
)
def test_unknown_keys_of_plain_sections_are_refused(pooler, faults, lines, message):
    [fault] = faults(pooler(MAX, lines))
    assert message in fault


def test_overrides_invent_no_keys(pooler, faults):
    found = faults(pooler(MAX), overrides={"training.epoch": 3, "paths.trial": "x", "model.max_width": 3})
    assert [fault.split(":")[0] for fault in found] == [
        "--training.epoch",
        "--paths.trial",
        "--model.max_width",
    ]
    assert "did you mean --training.epochs?" in found[0]
    assert "did you mean --model.entity_head.sampler.max_width?" in found[2]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('whole = "7"', "expected an integer, not the text '7'\n      -> write 7"),
        ("whole = 1_000", "-> write 1000"),
        ("whole = 7.0", "-> write 7"),
        ("whole = true", "expected an integer, not true"),
        ("part = .5", "expected a number, not the text '.5'\n      -> write 0.5"),
        ("part = NaN", "a number is not finite"),
        ("part = false", "expected a number, not false"),
        ("text = 7", '-> write "7" with quotes if it is text'),
        ("text = 'a'", "put text in double quotes"),
        ("text = null", "expected text, not null"),
        ("flag = 1", "expected true or false, not 1"),
        ("flag = yes", "-> write true"),
        ("choice = maxx", "-> did you mean 'max'?"),
        ("maybe = none", "expected an integer or null, not the text 'none'\n      -> write null"),
        ("items = a", '-> write ["a"]'),
        ('items = ["a", 1]', "expected a list of: text"),
        ('items = ["a",', "this is not valid JSON"),
        ("pair = [1]", "expected a list of: an integer, a number"),
        ('table = {"a": "b"}', "expected a dictionary with values: an integer"),
        ("whole = 7 # seven", "-> write 7"),
        ('text = {"@poolers": "jointre.max.v1"}', "expected text, not a block"),
    ],
)
def test_json_types_are_exact(pooler, faults, line, expected):
    """The toys' module postpones its annotations, which hides them from confection."""
    found = faults(pooler(f'@poolers = "toy.plain.v1"\n{line}'))
    assert any(expected in fault for fault in found), found


def test_values_arrive_in_their_types(pooler):
    path = pooler(
        """
        @poolers = "toy.plain.v1"
        part = 2
        maybe = 3
        items = ["x"]
        pair = [3, 4]
        table = {"a.b": 1, "c:d": 2}
        """
    )
    given = pooler_of(path).given
    assert given["part"] == 2 and given["maybe"] == 3 and given["items"] == ["x"]
    assert given["pair"] == (3, 4) and given["table"] == {"a.b": 1, "c:d": 2}


def test_class_without_a_constructor_takes_no_arguments(pooler, faults):
    assert pooler_of(pooler(MAX)) is not None
    found = faults(pooler('@poolers = "toy.bare.v1"\nargs = 1'))
    assert any("args: unknown argument of toy.bare.v1" in fault for fault in found)


@pytest.mark.parametrize("reference", ["${model.encoder}", "${model}", "${training}"])
def test_blocks_cannot_be_referred_to(pooler, faults, reference):
    [fault] = faults(pooler(f'@poolers = "toy.around.v1"\ninner = {reference}'))
    assert "refers to a" in fault


def test_named_children_as_positional_arguments(pooler):
    path = pooler(
        f"""
        [{POOLER}]
        @poolers = "toy.star.v1"
        [{POOLER}.*.wide]
        @poolers = "toy.other.v1"
        whole = 1
        [{POOLER}.*.narrow]
        @poolers = "toy.other.v1"
        whole = 2
        """
    )
    assert [child.whole for child in pooler_of(path).poolers] == [1, 2]
    assert load_config(path).text().count(f"[{POOLER}.*.") == 2


def test_named_children_in_a_dictionary(pooler, faults):
    head = f'[{POOLER}]\n@poolers = "toy.named.v1"\n[{POOLER}.poolers.first]\n'
    path = pooler(head + '@poolers = "toy.other.v1"')
    assert pooler_of(path).poolers["first"].whole == 5
    [fault] = faults(pooler(head + '@readers = "jointre.sample.v1"\nsplit = "dev"'))
    assert f"[{POOLER}.poolers.first] @readers: expected one of the poolers" in fault
    [fault] = faults(pooler(head + "whole = 3"))
    assert "does not name a function" in fault


def test_two_functions_in_a_block(pooler, faults):
    [fault] = faults(pooler(MAX + '\n@readers = "jointre.jsonl.v1"'))
    assert "names two functions" in fault


def test_block_without_a_function(pooler, faults):
    [fault] = faults(pooler("whole = 3"))
    assert f"[{POOLER}]: does not name a function" in fault and "add @poolers = ..." in fault


def test_overriding_a_name_leaves_no_old_arguments(pooler):
    path = pooler('@poolers = "toy.plain.v1"\nwhole = 9\npart = 0.1')
    config = load_config(path, overrides={f"{POOLER}.@poolers": "toy.other.v1"})
    assert config[POOLER] == {"@poolers": "toy.other.v1", "whole": 9, "depth": 2}
    assert config.notices == [
        f"--{POOLER}.@poolers [{POOLER}] toy.plain.v1 -> toy.other.v1: dropped part; kept whole"
    ]
