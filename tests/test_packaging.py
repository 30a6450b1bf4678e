"""What setup.cfg and setup.py say must be what is there."""

import json
from configparser import ConfigParser
from pathlib import Path

import pytest
import yaml

from jointre.about import __version__
from jointre.registry import registry
from setup import PACKAGES
from tools.check_release import expected, sdist_faults, wheel_faults

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def setup_cfg() -> ConfigParser:
    parser = ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf8")
    return parser


def test_every_package_is_found() -> None:
    there = {
        ".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "jointre").rglob("__init__.py")
    }
    pages = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "docs").rglob("*.md")}
    assert set(PACKAGES) == there | {"jointre.registry_configs"} | {f"jointre.{name}" for name in pages}


def test_every_registry_is_a_package_of_its_own() -> None:
    assert {f"jointre.{reg.name}" for reg in registry.all()} <= set(PACKAGES)


def test_constraints_pin_every_requirement(setup_cfg: ConfigParser) -> None:
    lines = setup_cfg["options"]["install_requires"].split("\n")
    lines += setup_cfg["options.extras_require"]["release"].split("\n")
    names = {line.split(">")[0].split("=")[0].strip() for line in lines if line.strip()}
    pins = (ROOT / "constraints.txt").read_text(encoding="utf8").splitlines()
    assert names - {"setuptools"} <= {pin.split("==")[0].replace("_", "-") for pin in pins if "==" in pin}


def test_files_about_the_package_agree(setup_cfg: ConfigParser) -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf8"))
    metadata = setup_cfg["metadata"]
    assert citation["version"] == __version__ and citation["license"] == metadata["license"]
    assert citation["authors"] == [{"name": metadata["author"]}]
    minors = {line.rpartition("3.")[2] for line in metadata["classifiers"].splitlines() if ":: 3." in line}
    assert minors == {"10", "11", "12", "13"} and setup_cfg["options"]["python_requires"] == ">=3.10"


def test_the_image_is_pinned_and_runs_without_root() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf8").replace("\\\n", " ")
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]
    known = {"FROM", "COPY", "RUN", "USER", "WORKDIR", "ENV", "ENTRYPOINT", "CMD"}
    assert {word for word, _ in lines} <= known
    rest = dict(lines)
    base, tag = rest["FROM"].split(":")
    assert base == "python" and tag.split("-")[0] in {"3.10", "3.11", "3.12", "3.13"}
    assert rest["USER"] != "root" and json.loads(rest["ENTRYPOINT"]) == ["jointre"]
    assert "--constraint" in rest["RUN"] and "--no-cache-dir" in rest["RUN"]


def test_notebooks_are_kept_without_results() -> None:
    notebooks = sorted((ROOT / "examples").glob("*.ipynb"))
    assert len(notebooks) == 2
    for path in notebooks:
        cells = json.loads(path.read_text(encoding="utf8"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        assert code and all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
        for cell in code:
            compile("".join(cell["source"]), str(path), "exec")


def test_lowest_versions_are_those_of_the_requirements(setup_cfg: ConfigParser) -> None:
    lines = (ROOT / "tests" / "lowest.txt").read_text(encoding="utf8").splitlines()
    lowest = dict(line.split("==") for line in lines if "==" in line)
    required = [line for line in setup_cfg["options"]["install_requires"].splitlines() if line]
    bounds = dict(line.split(",")[0].split(">=") for line in required)
    assert set(lowest) == set(bounds) - {"torch"}
    assert all(pin == bounds[name] or pin.startswith(f"{bounds[name]}.") for name, pin in lowest.items())


@pytest.fixture(scope="module")
def wheel_files() -> set[str]:
    info = {
        f"jointre-0.1.dist-info/{name}"
        for name in ("METADATA", "RECORD", "entry_points.txt", "licenses/LICENSE")
    }
    return expected() | info


def test_a_wheel_with_all_sources_passes(wheel_files: set[str]) -> None:
    assert list(wheel_faults(wheel_files)) == []
    needed = {
        "py.typed",
        "config/default.cfg",
        "registry_configs/quickstart.cfg",
        "sample/paragraph.txt",
        "docs/data-formats.md",
    }
    assert {f"jointre/{name}" for name in needed} <= wheel_files


@pytest.mark.parametrize("name", ["jointre/py.typed", "jointre-0.1.dist-info/licenses/LICENSE"])
def test_a_wheel_that_lacks_a_file_is_refused(wheel_files: set[str], name: str) -> None:
    (fault,) = wheel_faults(wheel_files - {name})
    assert "is missing from the wheel" in fault


@pytest.mark.parametrize(
    "name",
    ["tests/test_a.py", "jointre/__pycache__/a.py", "jointre/a.pyc", "other/a.py", "jointre/w.safetensors"],
)
def test_a_wheel_with_something_else_is_refused(wheel_files: set[str], name: str) -> None:
    assert all(name in fault for fault in wheel_faults({*wheel_files, name}))
    assert list(wheel_faults({*wheel_files, name}))


def test_an_sdist_without_the_licence_or_with_tests_is_refused() -> None:
    faults = list(sdist_faults(["tests/test_a.py"]))
    assert "LICENSE is missing from the sdist" in faults and "tests/test_a.py should not be shipped" in faults
