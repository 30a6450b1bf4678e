"""What setup.cfg says must be what is there."""

from configparser import ConfigParser
from pathlib import Path

import pytest

from jointre.registry import registry

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def setup_cfg() -> ConfigParser:
    parser = ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf8")
    return parser


def test_every_package_is_listed(setup_cfg: ConfigParser) -> None:
    listed = set(setup_cfg["options"]["packages"].split())
    there = {
        ".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "jointre").rglob("__init__.py")
    }
    assert listed == there | {"jointre.registry_configs"}


def test_every_registry_is_a_package_of_its_own(setup_cfg: ConfigParser) -> None:
    listed = set(setup_cfg["options"]["packages"].split())
    assert {f"jointre.{reg.name}" for reg in registry.all()} <= listed


def test_constraints_pin_every_requirement(setup_cfg: ConfigParser) -> None:
    lines = setup_cfg["options"]["install_requires"].split("\n")
    names = {line.split(">")[0].split("=")[0].strip() for line in lines if line.strip()}
    pins = (ROOT / "constraints.txt").read_text(encoding="utf8").splitlines()
    assert names <= {pin.split("==")[0] for pin in pins if "==" in pin}
