"""The plugins of this repository, installed by pip into a folder of their own, are found by their entry points."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[1] / "plugins"
NAMES = sorted(folder.name for folder in PLUGINS.iterdir() if (folder / "setup.cfg").is_file())


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("site")
    sources = tmp_path_factory.mktemp("sources")
    ignored = shutil.ignore_patterns("build", "*.egg-info", "__pycache__")
    for name in NAMES:  # pip leaves files in the folder that it builds
        shutil.copytree(PLUGINS / name, sources / name, ignore=ignored)
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
    subprocess.run(
        [*pip, "--target", str(folder), *(str(sources / name) for name in NAMES)],
        check=True,
        capture_output=True,
    )
    return {**os.environ, "PYTHONPATH": str(folder)}


def jointre(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jointre", *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf8", env=environment, timeout=120)


def test_plugin_is_listed_with_its_distribution(environment: dict[str, str]) -> None:
    done = jointre(environment, "registry", "poolers", "--json")
    assert done.returncode == 0, done.stderr
    assert "edge.ends.v1" in done.stdout and "jointre-edge-pooler" in done.stdout


def test_plugins_keep_their_contracts(environment: dict[str, str]) -> None:
    done = jointre(environment, "plugins", "--check", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    plugins = json.loads(done.stdout)["plugins"]
    assert [plugin["name"] for plugin in plugins] == NAMES
    checks = [check for plugin in plugins for check in plugin["checks"]]
    assert {check["status"] for check in checks} == {"passed"} and len(checks) == 8


TRACKER = """[training.loggers.tracker]
@loggers = "trackers.accelerate.v1"
tracker = "jointre_trackers:MemoryTracker"
"""


def test_plugins_train_together(environment: dict[str, str], encoder_folder: Path, tmp_path: Path) -> None:
    """An attentive pooler, marked pairs and a type mask in one model, a tracker, a corpus that a plugin has written."""
    corpus = tmp_path / "corpus"
    done = jointre(environment, "convert", "sample:dev", str(corpus), "--to", "hub.folder.v1")
    assert done.returncode == 0, done.stderr
    overlays = [
        word
        for name in ("jointre-attentive-span", "jointre-markers", "jointre-type-mask")
        for word in ("--with", str(PLUGINS / name / "example.cfg"))
    ]
    (tmp_path / "tracker.cfg").write_text(TRACKER, encoding="utf8")
    overlays += ["--with", str(tmp_path / "tracker.cfg")]
    small = [f"--model.encoder.name={encoder_folder}", "--training.epochs=1"]
    data = [
        f"--paths.train={corpus}",
        f"--paths.dev={corpus}",
        "--training.max_words=20",
        "--device",
        "cpu",
        "-o",
        str(tmp_path / "run"),
    ]
    done = jointre(environment, "train", "jointre/base", *overlays, *small, *data)
    assert done.returncode == 0 and "a logger failed" not in done.stderr, done.stderr
    meta = json.loads((tmp_path / "run" / "model" / "meta.json").read_text("utf8"))
    assert len([name for name in meta["packages"] if name in NAMES]) == 3


def test_plugin_is_usable_from_a_config(environment: dict[str, str], encoder_folder: Path) -> None:
    overrides = [
        f"--model.encoder.name={encoder_folder}",
        "--model.entity_head.extractor.pooler.@poolers=edge.ends.v1",
    ]
    done = jointre(environment, "debug", "model", "quickstart", *overrides, "--json")
    assert done.returncode == 0, done.stderr
    assert "edge.ends.v1" in {part["function"] for part in json.loads(done.stdout)["components"]}


def test_without_the_plugin_its_name_is_unknown(encoder_folder: Path) -> None:
    override = "--model.entity_head.extractor.pooler.@poolers=edge.ends.v1"
    done = jointre(dict(os.environ), "debug", "config", "quickstart", override)
    assert done.returncode == 2 and "edge.ends.v1" in done.stderr


READER = '''"""A reader of lines: words, a tab, and the type of the whole line."""

from pathlib import Path

from jointre.data.doc import Doc, Entity
from jointre.readers.base import Reader


class LineReader(Reader):
    """Words, a tab, and the type of the whole line; the first line is #acme."""

    def __init__(self, path: str | None) -> None:
        self.path = path

    @classmethod
    def recognises(cls, head):
        return head.lines[:1] == ("#acme",)

    def __iter__(self):
        for line in Path(self.path).read_text(encoding="utf8").splitlines()[1:]:
            words, label = line.split("\\t")
            yield Doc(words.split(), [Entity(0, len(words.split()), label)])
'''


@pytest.fixture(scope="module")
def with_reader(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment with two installed plugins: a reader, and one that cannot be imported."""
    folder = tmp_path_factory.mktemp("readers")
    (folder / "acme_lines.py").write_text(READER, encoding="utf8")
    for name, target in (("lines", "acme_lines:LineReader"), ("broken", "acme_nowhere:Reader")):
        info = folder / f"acme_{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme-{name}\nVersion: 1.0\n", "utf8")
        (info / "entry_points.txt").write_text(f"[jointre_readers]\nacme.{name}.v1 = {target}\n", "utf8")
    return {**os.environ, "PYTHONPATH": str(folder)}


def test_a_reader_takes_part_in_every_command_by_its_entry_point(
    with_reader: dict[str, str], encoder_folder: Path, tmp_path: Path
) -> None:
    data, run = tmp_path / "own.txt", tmp_path / "run"
    data.write_text("#acme\n" + "New York\tLoc\nAnn\tPeop\n" * 4, encoding="utf8")
    given = [
        f"--model.encoder.name={encoder_folder}",
        f"--paths.train={data}",
        "--training.epochs=1",
        "--reader",
        "jointre.auto.v1",
    ]
    told = "acme.broken.v1 of the plugin acme-broken 1.0 cannot be loaded"
    found = jointre(with_reader, "debug", "data", "spert/conll04", *given, "--json")
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["splits"]["train"]["counts"]["entities"] == 8 and told in found.stderr
    no_dev = ["--training.keep=last", "--device", "cpu", "-o", str(run)]
    done = jointre(with_reader, "train", "spert/conll04", *given, *no_dev)
    assert done.returncode == 0, done.stderr
    assert told in done.stderr
    scored = jointre(with_reader, "evaluate", str(run), str(data), "--json", "--device", "cpu")
    assert scored.returncode == 0, scored.stderr
    assert json.loads(scored.stdout)["documents"] == 8
    types = jointre(with_reader, "init", "labels", str(data), "--reader", "acme.lines.v1")
    assert types.returncode == 0 and json.loads(types.stdout)["entities"] == ["Loc", "Peop"]
