"""Text to config and back: nothing changes on the way, and filling twice is filling once."""

import json

import pytest
from built_in_configs import base_of
from config_toys import BASE, POOLER
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jointre.config import load_config, resolve
from jointre.config.built_in import built_in_configs
from jointre.config.source import parse
from jointre.config.text import write

COUNTS = st.integers(-(2**31) + 1, 2**31 - 1)
VALUES = {
    "whole": COUNTS,
    "part": st.floats(allow_nan=False, allow_infinity=False) | st.integers(),
    "text": st.text().filter(lambda text: text[:1] not in ("'", '"')),
    "flag": st.booleans(),
    "maybe": st.none() | COUNTS,
    "items": st.lists(st.text()),
    "table": st.dictionaries(st.text(), COUNTS),
}


def load_text(text, **kwargs):
    return load_config(parse(text, "text"), **kwargs)


@given(values=st.fixed_dictionaries({}, optional=VALUES))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_values_survive_the_round_trip(values):
    lines = [f"{name} = {json.dumps(escaped(value))}" for name, value in values.items()]
    config = load_text(f'{BASE}[{POOLER}]\n@poolers = "toy.plain.v1"\n' + "\n".join(lines))
    again = load_text(config.text())
    assert again.text() == config.text()
    assert again.tree == config.tree and again.values == config.values
    given = resolve(config, POOLER).given
    assert {name: given[name] for name in values} == values


def escaped(value):
    """``$$`` for ``$``."""
    if isinstance(value, list):
        return [escaped(item) for item in value]
    return value.replace("$", "$$") if isinstance(value, str) else value


@given(
    tree=st.dictionaries(
        st.from_regex(r"[a-z_]{1,8}", fullmatch=True),
        st.dictionaries(
            st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.text() | st.integers() | st.lists(st.text())
        ),
        min_size=1,
    )
)
@settings(max_examples=60, deadline=None)
def test_writing_and_reading_are_inverse(tree):
    assert parse(write(tree), "text").tree == tree


def test_filled_config_is_a_fixed_point_with_variables_left_in():
    config = load_text(f'{BASE}[{POOLER}]\n@poolers = "jointre.max.v1"')
    text = config.text()
    assert "name = ${model.encoder.name}" in text and "path = ${paths.train}" in text
    assert load_text(text).text() == text
    assert config["tokenizer.name"] == "some-encoder"


def test_order_of_keys_does_not_matter():
    block = f'[{POOLER}]\n@poolers = "toy.plain.v1"\n'
    one, two = (
        load_text(BASE + block + keys) for keys in ("whole = 1\nflag = true", "flag = true\nwhole = 1")
    )
    assert one.text() == two.text()


def test_parents_need_not_be_written_and_may_come_later():
    block = f'[{POOLER}.inner.inner]\n@poolers = "jointre.max.v1"\n'
    late = f'[{POOLER}.inner]\n@poolers = "toy.around.v1"\n[{POOLER}]\n@poolers = "toy.around.v1"\n'
    assert load_text(block + BASE + late)[f"{POOLER}.inner.inner.@poolers"] == "jointre.max.v1"


def test_values_over_several_lines_and_comments():
    lines = 'items = [\n    "a",\n  # not this\n    "b"\n  ]\n; a comment\n# another\nwhole: 4'
    config = load_text(f'{BASE}[{POOLER}]\n@poolers = "toy.plain.v1"\n{lines}')
    assert config[f"{POOLER}.items"] == ["a", "b"] and config[f"{POOLER}.whole"] == 4


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        ("${paths.root}/x", "data/x"),
        ('"${paths.root}/x y"', "data/x y"),
        ("${paths.root}", "data"),
        ('"cost: $$5"', "cost: $5"),
        ('"$${paths.root}"', "${paths.root}"),
        ("${training.epochs} epochs", "20 epochs"),
    ],
)
def test_variables(value, meaning):
    text = f'{BASE}[{POOLER}]\n@poolers = "toy.plain.v1"\ntext = {value}\n[paths]\nroot = "data"'
    config = load_text(text)
    assert config[f"{POOLER}.text"] == meaning
    assert load_text(config.text()).text() == config.text()


def test_variables_keep_their_type_and_stand_in_lists():
    lines = 'whole = ${training.epochs}\nitems = ["${paths.root}", "b"]\n[paths]\nroot = "data"'
    config = load_text(f'{BASE}[{POOLER}]\n@poolers = "toy.plain.v1"\n{lines}')
    assert config[f"{POOLER}.whole"] == 20 and config[f"{POOLER}.items"] == ["data", "b"]


def test_named_block_is_left_out_by_null_and_stays_out():
    text = f'{BASE}[{POOLER}]\n@poolers = "jointre.max.v1"\n[training.loggers]\njsonl = null'
    config = load_text(text)
    assert load_text(config.text()).text() == config.text()
    assert resolve(load_text(config.text()), "training").loggers == {}


@pytest.mark.parametrize("name", built_in_configs())
def test_built_in_configs_are_fixed_points(name):
    overlay = name.startswith(("ablations/", "encoders/"))
    config = load_config(base_of(name), [name]) if overlay else load_config(name)
    assert load_text(config.text()).text() == config.text()
    resolve(config, "model")
    resolve(config, "training")
