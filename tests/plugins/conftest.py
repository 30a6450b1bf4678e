"""Distributions that are installed for a test: their modules and entry points can be imported while it runs."""

import sys
from collections.abc import Callable, Iterator
from configparser import ConfigParser
from importlib.metadata import entry_points
from pathlib import Path
from types import SimpleNamespace

import catalogue
import pytest

from jointre import attribution
from jointre.registry import registry

Install = Callable[..., Path]


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget what a test registers, imports and builds."""
    before, modules = dict(catalogue.REGISTRY), set(sys.modules)
    monkeypatch.setattr(attribution, "_BUILT", {})
    for part in registry.all():
        monkeypatch.setattr(part, "problems", list(part.problems))
    yield
    catalogue.REGISTRY.clear()
    catalogue.REGISTRY.update(before)
    for name in set(sys.modules) - modules:
        if name.startswith(("acme", "jointre_")):
            del sys.modules[name]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forgotten: None) -> Install:
    """Make a distribution of files and entry points, as pip would leave it in a folder of its own."""

    def make(
        name: str, points: dict[str, dict[str, str]], files: dict[str, str], needs: str = "jointre"
    ) -> Path:
        site = tmp_path / f"site-{name}"
        info = site / f"{name.replace('-', '_')}-1.0.dist-info"
        info.mkdir(parents=True)
        for path, text in files.items():
            (site / path).parent.mkdir(parents=True, exist_ok=True)
            (site / path).write_text(text, encoding="utf8")
        metadata = (
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nSummary: A test.\nRequires-Dist: {needs}\n"
        )
        (info / "METADATA").write_text(metadata, encoding="utf8")
        lines = [
            f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in each.items())
            for group, each in points.items()
        ]
        (info / "entry_points.txt").write_text("".join(lines), encoding="utf8")
        monkeypatch.syspath_prepend(site)
        discover(points)
        return site

    return make


def discover(points: dict[str, dict[str, str]]) -> None:
    """Load entry points into registries that are filled already."""
    for group, each in points.items():
        part = registry.find(group.removeprefix("jointre_"))
        for name in each if part is not None else ():
            part.fill()
            part._load(next(iter(entry_points(group=group, name=name))))


def points_of(setup: str) -> dict[str, dict[str, str]]:
    """Return the entry points of a ``setup.cfg``."""
    parser = ConfigParser(delimiters=("=",))
    parser.read_string(setup)
    groups = parser["options.entry_points"]
    return {
        group: {
            name.strip(): value.strip()
            for name, _, value in (row.partition("=") for row in rows.strip().splitlines())
        }
        for group, rows in groups.items()
    }


@pytest.fixture
def call(
    forgotten: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    in_process: Callable[..., SimpleNamespace],
) -> Callable[..., SimpleNamespace]:
    """Run a command in a folder of its own: ``code``, ``out`` and ``err`` of the result."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return in_process
