"""Every built-in config fills to what is recorded in ``filled_configs.json``.

The record holds each config as its difference from another one: models from the model of their paper, overlays and
rows of experiments from the config that they change. After a change that is meant, write it again with
``python tests/config/test_config_filled.py`` and read the difference.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1]))

from built_in_configs import BASES, base_of

from jointre.config import Config, load_config
from jointre.config.built_in import built_in_configs, experiments
from jointre.config.text import rows
from jointre.config.tree import lookup
from jointre.experiments.experiment_file import read_file
from jointre.experiments.variants import Request, load_variants

RECORD = Path(__file__).with_name("filled_configs.json")
FIRST = "spert/conll04"
OF_READERS = ("path", "types", "split")  # which reader reads a corpus, and how, is not recorded

Values = dict[str, Any]


def values(config: Config) -> Values:
    """The filled config as values by full key."""
    keys = [key for key, line in rows(config.tree) if key and not line.startswith("[")]
    kept = [key for key in keys if key[0] != "corpora" or key[-1] in OF_READERS or len(key) == 2]
    return {".".join(key): lookup(config.tree, key) for key in kept}


def loaded() -> Iterator[tuple[str, str | None, Values]]:
    """Name, the name that it is recorded as a difference from, and values of every built-in config."""
    whole = [name for name in built_in_configs() if not name.startswith(("ablations/", "encoders/"))]
    for name in sorted(whole, key=lambda name: (name != FIRST, name not in BASES.values(), name)):
        like = BASES.get(name.split("/")[0], FIRST)
        yield name, None if name == FIRST else FIRST if like == name else like, values(load_config(name))
    for name in sorted(set(built_in_configs()) - set(whole)):
        base = "enpar/pretrain" if of_pretraining(name) else base_of(name)
        yield f"{base} --with {name}", base, values(load_config(base, [name]))
    for name in experiments():
        found = load_variants(read_file(name), Request())
        for variant in found.variants:
            yield f"{name} {variant.name}", found.base.name, values(variant.config)


def of_pretraining(name: str) -> bool:
    """Whether an overlay goes over a config of pre-training."""
    return "[pretraining" in built_in_configs()[name].read_text(encoding="utf8")


def record() -> None:
    """Write the record again."""
    known: dict[str, Values] = {}
    entries: dict[str, Any] = {}
    for name, like, found in loaded():
        known[name], base = found, known[like] if like else {}
        changed = {key: value for key, value in found.items() if key not in base or base[key] != value}
        without = [key for key in base if key not in found]
        entries[name] = {"like": like, "without": without, "values": changed}
    RECORD.write_text(_text(entries), encoding="utf8")


def _text(entries: dict[str, Any]) -> str:
    """As JSON with a line for each value."""
    lines = []
    for name, entry in entries.items():
        head = json.dumps({"like": entry["like"], "without": entry["without"]})[:-1]
        inner = ",\n".join(
            f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in entry["values"].items()
        )
        lines.append(f'{json.dumps(name)}: {head}, "values": {{{inner and chr(10)}{inner}}}}}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


@pytest.fixture(scope="module")
def recorded() -> dict[str, Values]:
    known: dict[str, Values] = {}
    for name, entry in json.loads(RECORD.read_text(encoding="utf8")).items():
        base = dict(known[entry["like"]]) if entry["like"] else {}
        known[name] = {**base, **entry["values"]}
        for key in entry["without"]:
            del known[name][key]
    return known


@pytest.fixture(scope="module")
def filled() -> dict[str, Values]:
    return {name: found for name, _, found in loaded()}


def test_the_same_configs_are_built_in_as_are_recorded(recorded, filled):
    assert sorted(filled) == sorted(recorded)


def test_every_config_fills_to_what_is_recorded(recorded, filled):
    for name in filled.keys() & recorded.keys():
        assert filled[name] == recorded[name], name


if __name__ == "__main__":
    record()
