"""Fixtures: toy functions in the registries, and configs to plant faults in."""

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import catalogue
import pytest
from config_toys import BASE, BUILT, POOLER, TOYS

from jointre.config import load_config
from jointre.errors import ConfigError
from jointre.registry import registry


@pytest.fixture(autouse=True)
def toys() -> Iterator[None]:
    """The toys, registered for one test."""
    BUILT.clear()
    registry.poolers.fill()
    for name, toy in TOYS.items():
        registry.poolers.register(name, func=toy)
    yield
    for key in [key for key in catalogue.REGISTRY if key[-1].startswith("toy.")]:
        del catalogue.REGISTRY[key]


@pytest.fixture
def config_file(tmp_path: Path) -> Callable[..., str]:
    """Writes a config file and returns its path."""

    def make(text: str, name: str = "my.cfg") -> str:
        path = tmp_path / name
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return str(path)

    return make


@pytest.fixture
def pooler(config_file: Callable[..., str]) -> Callable[[str], str]:
    """A whole config with the lines of a pooler block to try things on."""

    def make(lines: str, rest: str = "") -> str:
        block = textwrap.dedent(lines)
        if not block.lstrip().startswith("["):
            block = f"[{POOLER}]\n{block}"
        return config_file(f"{BASE}\n{block}\n{textwrap.dedent(rest)}")

    return make


@pytest.fixture
def faults(tmp_path: Path) -> Callable[..., list[str]]:
    """The faults of a config, file names without their folder."""

    def find(source: str, *args: Any, **kwargs: Any) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load_config(source, *args, **kwargs)
        return [str(fault).replace(f"{tmp_path}/", "") for fault in caught.value.faults]

    return find
