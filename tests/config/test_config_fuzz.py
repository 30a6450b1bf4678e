"""Whatever stands in a config or an override: it loads, or it is refused with a ConfigError."""

import json

from config_toys import BASE, POOLER
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jointre.config import load_config
from jointre.config.source import _decode, default_source, parse
from jointre.config.text import write
from jointre.errors import ConfigError

LINES = [
    *(BASE + f'[{POOLER}]\n@poolers = "toy.plain.v1"\n' + write(default_source().tree)).split("\n"),
    f"[{POOLER}.*.one]",
    "@poolers = 3",
    "@poolers = null",
    '@poolers = {"@poolers": "jointre.max.v1"}',
    '@poolers = "jointre.max.v1"',
    '@poolers = ["jointre.max.v1"]',
    "[training.losses]",
    "[model.*]",
    "[*]",
    "[training]",
    "model = null",
    "losses = 3",
    "optimizer = null",
    "entity = null",
    "pooler = null",
    "extractor = {}",
    "poolers = 1",
    '* = {"a": 1}',
    "* = 3",
    "epochs = ${training.losses}",
    "epochs = ${}",
    "epochs = [${a.b}, 1]",
    "epochs = ${training.epochs}${training.epochs}",
    'epochs = "${paths.train}/${paths.dev}"',
    "    goes on",
    '"a.b" = 1',
    "a.b = 1",
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("@poolers"), inner),
    max_leaves=4,
)
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def loads_or_is_refused(text, overlay="", overrides=None):
    try:
        text = _decode(text, "text") if isinstance(text, bytes) else text
        config = load_config(parse(text, "text"), [parse(overlay, "over")], overrides)
    except ConfigError as error:
        assert error.faults and all(fault.what for fault in error.faults)
        return
    config.text().encode("utf-8")
    again = load_config(parse(config.text(), "text"))
    assert again.text() == config.text()


@given(
    places=st.lists(st.tuples(st.integers(0, len(LINES)), st.sampled_from(LINES)), max_size=4),
    removed=st.sets(st.integers(0, 40), max_size=3),
    overlay=st.lists(st.sampled_from(LINES), max_size=6),
)
@FUZZ
def test_lines_anywhere(places, removed, overlay):
    lines = [line for number, line in enumerate(BASE.split("\n")) if number not in removed]
    lines += [f"[{POOLER}]", '@poolers = "toy.plain.v1"']
    for at, line in places:
        lines.insert(at % (len(lines) + 1), line)
    loads_or_is_refused("\n".join(lines), "\n".join(overlay))


KEYS = sorted(
    {".".join(key[:length]) for key in default_source().lines for length in range(1, len(key) + 1)}
    | {f"{POOLER}.{name}" for name in ("@poolers", "whole", "table", "table.x", "*", "*.x")}
    | {"model", "model.@models", "model.context", "model.encoder", "a", "a.b", "", ".", "training."}
)


@given(
    overrides=st.dictionaries(st.sampled_from(KEYS), VALUES | st.sampled_from(LINES), min_size=1, max_size=3)
)
@FUZZ
def test_overrides_of_any_value(overrides):
    loads_or_is_refused(f'{BASE}[{POOLER}]\n@poolers = "toy.plain.v1"', "", overrides)


@given(text=st.text() | st.binary() | st.text(alphabet='[]{}".*=@$:#;,\n\t\r aA1-_%\0'))
@FUZZ
def test_anything_at_all(text):
    loads_or_is_refused(text)


WHOLE = load_config("quickstart").text().split("\n")
SETTINGS = [number for number, line in enumerate(WHOLE) if " = " in line]
ODD = (
    *("", " ", "null", "none", "True", "7", '"7"', ".5", "1_000", "1e999", "-1", "1" * 30, "[", "{}", "[]"),
    *("'a'", '"a', "a # b", "${paths.train}", "${model}", "${a", "$", "$$", "\\", '"\\ud800"', "[" * 5000),
    "[" * 900 + "]" * 900,
)


@given(
    changes=st.dictionaries(
        st.sampled_from(SETTINGS),
        st.sampled_from(ODD) | VALUES.map(json.dumps) | st.text(),
        min_size=1,
        max_size=3,
    )
)
@settings(FUZZ, max_examples=200)
def test_other_values_in_a_whole_config(changes):
    lines = list(WHOLE)
    for at, value in changes.items():
        lines[at] = f"{lines[at].split(' = ')[0]} = {value}"
    loads_or_is_refused("\n".join(lines))


@given(
    edits=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 12), st.text(max_size=6)), min_size=1, max_size=4
    )
)
@FUZZ
def test_slips_of_the_hand_in_a_whole_config(edits):
    text = "\n".join(WHOLE)
    for place, cut, typed in edits:
        at = int(place * len(text))
        text = text[:at] + typed + text[at + cut :]
    loads_or_is_refused(text)
