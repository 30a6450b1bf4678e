"""A real plugin distribution, installed by pip into a folder of its own, is found by its entry point."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parents[1] / "plugins" / "jointre-edge-pooler"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("site")
    source = folder.parent / "source"
    source.mkdir()
    for name in ("setup.cfg", "pyproject.toml", "jointre_edge_pooler.py"):
        (source / name).write_text((PLUGIN / name).read_text(encoding="utf8"), encoding="utf8")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
    ]
    subprocess.run([*pip, "--target", str(folder), str(source)], check=True, capture_output=True)
    return {**os.environ, "PYTHONPATH": str(folder)}


def jointre(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jointre", *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf8", env=environment, timeout=120)


def test_plugin_is_listed_with_its_distribution(environment: dict[str, str]) -> None:
    done = jointre(environment, "registry", "poolers", "--json")
    assert done.returncode == 0, done.stderr
    assert "edge.ends.v1" in done.stdout and "jointre-edge-pooler" in done.stdout


def test_plugin_is_usable_from_a_config(environment: dict[str, str], encoder_folder: Path) -> None:
    overrides = [
        f"--model.encoder.name={encoder_folder}",
        "--model.entity_head.extractor.pooler.@poolers=edge.ends.v1",
    ]
    done = jointre(environment, "debug", "model", "quickstart", *overrides, "--json")
    assert done.returncode == 0, done.stderr
    assert "edge.ends.v1" in {part["function"] for part in json.loads(done.stdout)}


def test_without_the_plugin_its_name_is_unknown(encoder_folder: Path) -> None:
    override = "--model.entity_head.extractor.pooler.@poolers=edge.ends.v1"
    done = jointre(dict(os.environ), "debug", "config", "quickstart", override)
    assert done.returncode == 2 and "edge.ends.v1" in done.stderr
