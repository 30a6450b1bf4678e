"""Every registered name computes what it computed when its results were recorded (docs/api-stability.md)."""

import json
from pathlib import Path

import pytest
from golden import FILE, RESULTS, examples, recorded

from jointre.engines.base import Engine
from jointre.loggers.base import Logger
from jointre.registry import registry
from jointre.testing.contracts import CONTRACTS

GOLDEN = json.loads(FILE.read_text(encoding="utf8"))
UPDATE = f"python {FILE.relative_to(Path(__file__).parents[2])}"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The objects to compare, by registry and name."""
    return {f"{part}: {name}": found for part, name, found in examples(tmp_path_factory.mktemp("golden"))}


def test_every_name_is_recorded():
    names = {f"{part.name}: {name}" for part in registry.all() for name in part.names()}
    names = {name for name in names if name.split(": ")[1].startswith("jointre.")}
    assert names == GOLDEN.keys(), f"new names: {UPDATE}; published names never change"


def test_every_contract_is_recorded():
    assert RESULTS.keys() == CONTRACTS.keys() - {Engine, Logger}  # see UNRECORDED


@pytest.mark.parametrize("name", GOLDEN)
def test_a_published_name_keeps_its_results(made, name):
    found = [recorded(component) for component in made[name]]
    assert len(found) == len(GOLDEN[name])
    for now, then in zip(found, GOLDEN[name], strict=True):
        for value, expected in zip(now, then, strict=True):
            same = (
                value == expected
                if isinstance(value, str)
                else value == pytest.approx(expected, rel=1e-3, abs=1e-3)
            )
            assert same, f"{name} returns other results than it did: give the change a new version ({UPDATE})"
