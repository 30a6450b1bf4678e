"""docs/models/spert.md: its blocks and overlays are what they say they are."""

import re
from pathlib import Path

import pytest

from jointre.config import load_config

PAGE = (Path(__file__).parents[2] / "docs/models/spert.md").read_text(encoding="utf8")
BLOCKS = re.findall(r"```ini\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("]")[0][1:])
def test_blocks_are_overlays(tmp_path: Path, block: str):
    overlay = tmp_path / "overlay.cfg"
    overlay.write_text(block)
    assert load_config("spert/conll04", [overlay]).text() != load_config("spert/conll04").text()


def test_overlays_and_overrides_exist():
    for name in re.findall(r"--with ([a-z0-9/_-]+)", PAGE):
        load_config("spert/scierc", [name])
    for key, value in re.findall(r"--(model\.[a-z_.]+)=([0-9.]+)", PAGE):
        load_config("spert/conll04", overrides={key: float(value) if "." in value else int(value)})


def test_functions_named_there_exist():
    text = load_config("spert/conll04").text()
    functions = set(re.findall(r"`(jointre\.[a-z_]+\.v1)`", PAGE))
    assert functions and all(name in text for name in functions)
