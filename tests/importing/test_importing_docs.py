"""docs/models: blocks, overlays and functions of the pages are what they say they are."""

import re
from pathlib import Path

import pytest

from jointre.cli.overrides import parse_value
from jointre.config import load_config
from jointre.config.built_in import experiments

CONFIGS = {
    "spert": "spert/conll04",
    "sinet": "sinet/scierc",
    "giorgi": "giorgi/conll04",
    "enpar": "enpar/conll04",
    "redn": "redn/semeval",
}
VALUE = re.compile(r"--((?:model|training|evaluation|initialize)\.[a-z_.@]+)=('.*?'|\S+)")
AS_IT_IS = ("bert-base-cased", "null")  # values of the config itself, named for another one
PAGES = {
    name: (Path(__file__).parents[2] / f"docs/models/{name}.md").read_text(encoding="utf8")
    for name in CONFIGS
}
BLOCKS = re.findall(r"```ini\n(.*?)```", PAGES["spert"], re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("]")[0][1:])
def test_blocks_are_overlays(tmp_path: Path, block: str):
    overlay = tmp_path / "overlay.cfg"
    overlay.write_text(block)
    assert load_config("spert/conll04", [overlay]).text() != load_config("spert/conll04").text()


@pytest.mark.parametrize("name", PAGES)
def test_overlays_and_values_exist(name: str):
    config, page = CONFIGS[name], PAGES[name]
    for overlay in re.findall(r"(?:--with |`)((?:ablations|encoders)/[a-z0-9/_-]*[a-z0-9])(?=[`\s])", page):
        assert overlay in experiments() or load_config(config, [overlay])
    values = [pair for code in re.findall(r"`(--[a-z].*?)`", page) for pair in VALUE.findall(code)]
    assert len(values) > 1
    for key, value in values:
        changed = load_config(config, overrides={key: parse_value(value.strip("'"))})
        assert changed.text() != load_config(config).text() or value in AS_IT_IS, key


@pytest.mark.parametrize("name", ["spert", "sinet"])
def test_functions_in_its_tables_are_those_of_the_config(name: str):
    text = load_config(CONFIGS[name]).text()
    rows = [line for line in PAGES[name].splitlines() if line.startswith("|")]
    functions = set(re.findall(r"`(jointre\.[a-z_]+\.v1)`", "\n".join(rows)))
    assert functions and all(function in text for function in functions)
