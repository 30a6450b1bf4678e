"""Whatever stands in a config or an override: it loads, or it is refused with a ConfigError."""

from config_toys import BASE, POOLER
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jointre.config import load_config
from jointre.config.load import default_source
from jointre.config.source import parse
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
        config = load_config(parse(text, "text"), [parse(overlay, "over")], overrides)
    except ConfigError as error:
        assert error.faults and all(fault.what for fault in error.faults)
        return
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
