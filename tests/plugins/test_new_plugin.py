"""`jointre init plugin`: for every kind, a distribution that is clean, keeps its contract, and trains at once."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

import jointre.plugin
from jointre.data.write import to_line
from jointre.plugin.checks import check_plugin
from jointre.plugin.installed import Addition, Plugin
from jointre.plugin.kinds import kinds
from jointre.plugin.new_plugin import USES, NewPlugin
from jointre.registry import registry
from jointre.testing import toy_docs
from tests.plugins.conftest import Install, points_of

Call = Callable[..., SimpleNamespace]
TRAINED = [kind for kind in kinds() if kind not in USES]


def name_of(kind: str) -> str:
    """Return the distribution of a kind in these tests."""
    return f"jointre-acme-{kind.replace('_', '-')}"


def write(folder: Path, kind: str) -> Path:
    """Write a new plugin and return its folder."""
    place = folder / kind
    for path, text in NewPlugin(name_of(kind), kind).files().items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(text, encoding="utf8")
    return place


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a new plugin of each kind."""
    folder = tmp_path_factory.mktemp("new")
    for kind in kinds():
        write(folder, kind)
    return folder


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An overlay with a corpus of a few documents."""
    folder = tmp_path_factory.mktemp("toy")
    lines = "".join(f"{to_line(doc)}\n" for doc in toy_docs(12))
    (folder / "toy.jsonl").write_text(lines, encoding="utf8")
    corpus = f'@readers = "jointre.jsonl.v1"\npath = "{folder / "toy.jsonl"}"\n'
    text = "".join(f"[corpora.{split}]\n{corpus}\n" for split in ("train", "dev"))
    (folder / "toy.cfg").write_text(text, encoding="utf8")
    return folder / "toy.cfg"


def run(words: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **environment}
    return subprocess.run(words, capture_output=True, encoding="utf8", env=env, timeout=300)


def test_there_is_a_template_for_every_registry() -> None:
    assert kinds() == [*(part.name for part in registry.all()), "commands"]
    templates = Path(jointre.plugin.__file__).parent / "templates"
    assert sorted(file.stem for file in templates.glob("*.txt")) == sorted(kinds())


def test_every_kind_is_in_the_help_and_on_the_page(call: Call) -> None:
    page = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text("utf8")
    shown = " ".join(call("init", "plugin", "--help").out.replace("│", " ").split())
    assert [kind for kind in kinds() if f"`jointre_{kind}`" not in page] == []
    assert [kind for kind in kinds() if kind not in shown] == []


def test_new_plugins_are_clean(every: Path) -> None:
    for words in (["check"], ["format", "--check"]):
        done = run([sys.executable, "-m", "ruff", *words, "--no-cache", str(every)])
        assert done.returncode == 0, done.stdout + done.stderr


def test_new_plugins_pass_their_own_tests(every: Path) -> None:
    folders = [str(every / kind) for kind in kinds()]
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", *(f"{folder}/tests" for folder in folders)]
    done = run([sys.executable, *words], PYTHONPATH=os.pathsep.join(folders))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kind", TRAINED)
def test_a_new_plugin_trains(
    every: Path, install: Install, call: Call, toy: Path, encoder_folder: Path, kind: str
) -> None:
    folder = every / kind
    files = {path.name: path.read_text("utf8") for path in folder.glob("*.py")}
    points = points_of((folder / "setup.cfg").read_text("utf8"))
    install(name_of(kind), points, files)
    for file in folder.glob("example.*"):
        Path(file.name).write_text(file.read_text("utf8"), encoding="utf8")
    data = [] if kind == "readers" else ["--with", toy]
    short = ["--training.epochs=1", "--training.eval_every=1", f"--model.encoder.name={encoder_folder}"]
    words = ["--with", "example.cfg", *data, *short, "--device", "cpu", "-o", "run"]
    done = call("train", "quickstart", *words)
    assert done.code == 0, done.err
    ((name, _),) = next(iter(points.values())).items()
    assert name in Path("run/config.cfg").read_text("utf8")
    if kind == "loggers":
        assert Path("run/jointre_acme_loggers.log").read_text("utf8").count("\n") > 0


def test_installed_plugins_are_listed_checked_and_trained_with(
    every: Path, toy: Path, encoder_folder: Path, tmp_path: Path
) -> None:
    """Three kinds and a command, installed by pip into a folder of their own, as their users would."""
    chosen = ("poolers", "relation_heads", "readers", "commands")
    pip = [
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
        "--disable-pip-version-check",
    ]
    site = tmp_path / "site"
    sources = [str(every / kind) for kind in chosen]
    done = run([sys.executable, "-m", "pip", *pip, "--target", str(site), *sources])
    assert done.returncode == 0, done.stderr
    environment = {"PYTHONPATH": str(site)}
    jointre = [sys.executable, "-m", "jointre"]
    listed = run([*jointre, "plugins", "--check", "--json"], **environment)
    assert listed.returncode == 0, listed.stdout + listed.stderr
    plugins = json.loads(listed.stdout)["plugins"]
    assert [(plugin["name"], plugin["version"]) for plugin in plugins] == [
        (name_of(kind), "0.1.0") for kind in sorted(chosen)
    ]
    assert {check["status"] for plugin in plugins for check in plugin["checks"]} == {"passed"}
    assert sum(len(plugin["checks"]) for plugin in plugins) == 3 and not any(p["problems"] for p in plugins)
    counted = run([*jointre, "acme", "sample:test"], **environment)
    assert counted.stdout.startswith("100 documents"), counted.stderr
    files = [*(every / kind / "example.cfg" for kind in chosen[:2]), toy]
    overlays = [word for file in files for word in ("--with", str(file))]
    short = ["--training.epochs=1", f"--model.encoder.name={encoder_folder}", "--device", "cpu"]
    output = ["-o", str(tmp_path / "run")]
    trained = run([*jointre, "train", "quickstart", *overlays, *short, *output], **environment)
    assert trained.returncode == 0, trained.stderr
    meta = json.loads((tmp_path / "run" / "model" / "meta.json").read_text("utf8"))
    assert {name_of("poolers"), name_of("relation-heads")} <= meta["packages"].keys()


def test_the_examples_of_an_objective_are_not_those_of_a_check() -> None:
    addition = Addition("objectives", "jointre.permutation.v1", "jointre.objectives:Permutation")
    (outcome,) = check_plugin(Plugin("jointre-acme", "0.1.0", "", [addition], []))
    assert outcome.status == "passed", outcome.reason


MODEL = Path(__file__).parents[1] / "fixtures" / "model-0.1.0"


@pytest.mark.parametrize(
    ("kind", "words", "shown"),
    [
        (
            "renderers",
            ["predict", MODEL, "text.txt", "out.txt", "--format", "acme.renderers.v1"],
            "wrote out.txt",
        ),
        (
            "panels",
            ["predict", MODEL, "text.txt", "out.html", "--format", "html:panels=acme.panels.v1"],
            "wrote out.html",
        ),
        ("engines", ["predict", MODEL, "text.txt", "out/", "--engine", "acme.engines.v1"], "out"),
        ("writers", ["convert", "sample:test", "out.jsonl", "--to", "acme.writers.v1"], "wrote out.jsonl"),
        ("taggers", ["annotate", "text.txt", "out", "--tagger", "acme.taggers.v1:NAME"], "document"),
        ("objectives", ["debug", "config", "enpar/pretrain", "--with", "example.cfg"], "acme.objectives.v1"),
        ("commands", ["acme", "sample:test"], "100 documents"),
    ],
)
def test_what_is_not_trained_with_is_used_by_a_command(
    every: Path, install: Install, call: Call, kind: str, words: list[object], shown: str
) -> None:
    folder = every / kind
    files = {path.name: path.read_text("utf8") for path in folder.glob("*.py")}
    install(name_of(kind), points_of((folder / "setup.cfg").read_text("utf8")), files)
    Path("text.txt").write_text("Anna Berg met Otto in Rome.\n", encoding="utf8")
    if (folder / "example.cfg").exists():
        Path("example.cfg").write_text((folder / "example.cfg").read_text("utf8"), encoding="utf8")
    done = call(*words)
    assert done.code == 0 and shown in done.out + done.err, done.err


def test_the_command_writes_the_files_and_overwrites_none(call: Call, tmp_path: Path) -> None:
    done = call("init", "plugin", "jointre-acme", "--kind", "losses", "--json")
    assert done.code == 0, done.err
    assert "pip install ./jointre-acme &&" in done.err
    facts = json.loads(done.out)
    assert facts["files"] == sorted(
        str(path.relative_to("jointre-acme")) for path in Path("jointre-acme").rglob("*") if path.is_file()
    )
    assert "acme.focal.v1 = jointre_acme:AcmeFocal" in Path("jointre-acme/setup.cfg").read_text("utf8")
    again = call("init", "plugin", "jointre-acme", "--kind", "losses")
    assert again.code == 2 and "exists already" in again.err and "--force" in again.err
    assert call("init", "plugin", "jointre-acme", "--kind", "losses", "--force").code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["Acme!"], "is not a name for a distribution"),
        (["jointre"], "is not a name for a distribution"),
        (["acme", "--kind", "pooler"], "there is no kind 'pooler'"),
    ],
)
def test_what_cannot_be_a_plugin_is_refused(call: Call, words: list[str], message: str) -> None:
    done = call("init", "plugin", *words)
    assert done.code == 2 and message in done.err and not Path(words[0]).exists()
