"""`jointre config list`, what is suggested for a misspelt config, and the short name of --help."""

import json

import pytest

from jointre.cli.app import run
from jointre.config.built_in import built_in_configs, experiments


@pytest.fixture
def printed(capsys):
    """Runs a command that succeeds and returns what it printed."""

    def call(*arguments):
        assert run(list(arguments)) == 0
        return capsys.readouterr().out

    return call


def test_every_built_in_file_is_listed_once_with_its_purpose(printed):
    listed = json.loads(printed("config", "list", "--json"))
    groups = {group: listed[group] for group in ("configs", "overlays", "experiments")}
    names = [member["name"] for members in groups.values() for member in members]
    assert sorted(names) == sorted([*built_in_configs(), *experiments()])
    assert all(member["purpose"].endswith(".") for members in groups.values() for member in members)
    named = {group: {member["name"] for member in members} for group, members in groups.items()}
    assert "quickstart" in named["configs"] and "encoders/minilm" in named["overlays"]
    assert "ablations/spert/table3" in named["experiments"]
    text = printed("config", "list")
    assert all(f"  {name}\n" in text for name in names)


@pytest.mark.parametrize(
    "name, remedy",
    [
        ("spret/conll04", "did you mean 'spert/conll04' or "),
        ("biaffine/conll04", "did you mean 'giorgi/conll04'"),
        ("nothing-like-any-of-them", "a name that `jointre config list` prints"),
    ],
)
def test_a_misspelt_config_gets_the_nearest_names_not_all(name, remedy, capsys):
    assert run(["train", name]) == 2
    message = capsys.readouterr().err
    assert remedy in message and len(message) < 400


@pytest.mark.parametrize("command", [["train"], ["config", "diff"], ["predict"], []], ids=" ".join)
def test_help_has_a_short_name(command, printed):
    assert "--help" in printed(*command, "-h")
