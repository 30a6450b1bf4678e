"""docs/models: blocks, overlays and functions of the pages are what they say they are."""

import re
from pathlib import Path

import pytest

from jointre.config import load_config

CONFIGS = {"spert": "spert/conll04", "sinet": "sinet/scierc"}
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
def test_overlays_and_overrides_exist(name: str):
    config, page = CONFIGS[name], PAGES[name]
    overlays = re.findall(r"(?:--with |`)((?:ablations|encoders)/[a-z0-9/_-]*[a-z0-9])(?=[`\s])", page)
    table = page.split("## Ablations")[1].split("\n## ")[0]
    cells = [line.split("|")[3] for line in table.splitlines() if line.startswith("|")]
    overlays += [f"ablations/{name}/{row}" for row in re.findall(r"`([a-z][a-z0-9_]*)`", "".join(cells))]
    assert len(overlays) > 10
    for overlay in overlays:
        load_config(config, [overlay])
    for key, value in re.findall(r"--(model\.[a-z_.]+)=([0-9.]+)", page):
        load_config(config, overrides={key: float(value) if "." in value else int(value)})


@pytest.mark.parametrize("name", PAGES)
def test_functions_in_its_tables_are_those_of_the_config(name: str):
    text = load_config(CONFIGS[name]).text()
    rows = [line for line in PAGES[name].splitlines() if line.startswith("|")]
    functions = set(re.findall(r"`(jointre\.[a-z_]+\.v1)`", "\n".join(rows)))
    assert functions and all(function in text for function in functions)
