"""Check what a release ships: ``python tools/check_release.py DIST`` for the folder that ``python -m build`` wrote."""

import re
import sys
import tarfile
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]
FORBIDDEN_PARTS = {"tests", "plugins", "benchmarks", "examples", "tools", "__pycache__", ".git", ".venv"}
FORBIDDEN_SUFFIXES = {".pyc", ".pyo", ".so", ".safetensors", ".pt", ".bin"}
SOURCES = {
    "jointre": ROOT / "jointre",
    "jointre/registry_configs": ROOT / "registry_configs",
    "jointre/docs": ROOT / "docs",
}
DATA_SUFFIXES = {".cfg", ".jsonl", ".json", ".txt", ".md", ".py", ".typed"}


def wheel_faults(names: Collection[str]) -> Iterator[str]:
    """Everything that is wrong with the files of a wheel: missing ones, and ones that do not belong there."""
    for name in sorted(expected() - set(names)):
        yield f"{name} is missing from the wheel"
    for ending in ("licenses/LICENSE", "METADATA", "RECORD", "entry_points.txt"):
        if not any(".dist-info/" in name and name.endswith(ending) for name in names):
            yield f"{ending} is missing from the wheel"
    for name in names:
        top = PurePosixPath(name).parts[0]
        if top != "jointre" and not (top.startswith("jointre-") and top.endswith(".dist-info")):
            yield f"{name} would be installed outside of jointre"
    yield from _unwanted(names)


def sdist_faults(names: Collection[str]) -> Iterator[str]:
    """Everything that is wrong with the files of a source distribution, named from its own folder."""
    sources = {re.sub("^jointre/(?=registry_configs/|docs/)", "", name) for name in expected()}
    wanted = {*sources, "LICENSE", "README.md", "CHANGELOG.md", "SECURITY.md", "pyproject.toml"}
    wanted |= {"setup.cfg", "setup.py"}
    for name in sorted(wanted - set(names)):
        yield f"{name} is missing from the sdist"
    yield from _unwanted(names)


def expected() -> set[str]:
    """The files of the source tree that users need, by their names in the wheel."""
    found = set()
    for package, folder in SOURCES.items():
        for file in folder.rglob("*"):
            if file.is_file() and file.suffix in DATA_SUFFIXES and "__pycache__" not in file.parts:
                found.add(f"{package}/{file.relative_to(folder).as_posix()}")
    return found


def _unwanted(names: Collection[str]) -> Iterator[str]:
    for name in names:
        path = PurePosixPath(name)
        if FORBIDDEN_PARTS & set(path.parts) or path.suffix in FORBIDDEN_SUFFIXES:
            yield f"{name} should not be shipped"


def main(dist: Path) -> int:
    """Check the one wheel and the one sdist of a folder; returns the exit code."""
    wheels, sdists = sorted(dist.glob("*.whl")), sorted(dist.glob("*.tar.gz"))
    if len(wheels) != 1 or len(sdists) != 1:
        print(f"{dist}: one wheel and one sdist expected, not {len(wheels)} and {len(sdists)}")
        return 1
    with zipfile.ZipFile(wheels[0]) as wheel:
        faults = list(wheel_faults(wheel.namelist()))
    with tarfile.open(sdists[0]) as sdist:
        files = [member.name.partition("/")[2] for member in sdist if member.isfile()]
    faults += sdist_faults(files)
    print("\n".join(faults) or f"{wheels[0].name} and {sdists[0].name} hold what they should")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
