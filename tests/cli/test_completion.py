"""Shell completion, asked as the shells ask: by environment variables, and by a real bash."""

import os
import shutil
import subprocess
import sys

import pytest

from jointre.cli.app import run
from jointre.cli.source_index import arguments, names
from jointre.config import load_config
from jointre.config.signature import signature_of
from jointre.registry import registry

SPERT = "jointre train spert/conll04"
EXTRACTOR = "--model.entity_head.extractor"


@pytest.fixture
def complete(monkeypatch, capsys, tmp_path):
    """What bash is offered for a line, the word to complete last; in a folder with one config."""
    (tmp_path / "mine.cfg").write_text("[training]\nepochs = 3\n", encoding="utf8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("_JOINTRE_COMPLETE", "complete_bash")

    def ask(line):
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
        with pytest.raises(SystemExit) as stop:
            run([])
        shown = capsys.readouterr()
        assert stop.value.code == 0 and shown.err == ""
        return shown.out.split()

    return ask


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("jointre ev", ["evaluate"]),
        ("jointre config ", ["diff", "list"]),
        ("jointre train spert/c", ["spert/conll04"]),
        ("jointre train mi", ["mine.cfg"]),
        ("jointre config diff quickstart spert/c", ["spert/conll04"]),
        ("jointre debug config quick", ["quickstart"]),
        ("jointre init fill-config quick", ["quickstart"]),
        (f"{SPERT} --with ablations/spert/pooling_m", ["ablations/spert/pooling_mean"]),
        (f"{SPERT} --with spert", []),
        ("jointre registry jointre.me", ["jointre.mean.v1"]),
        ("jointre registry pool", ["poolers"]),
        ("jointre evaluate run sample:te", ["sample:test"]),
        ("jointre convert a.json b.json --to bra", ["brat"]),
        ("jointre predict run a.txt --format h", ["html"]),
        ("jointre evaluate run a.json --reader jointre.spe", ["jointre.spert_json.v1"]),
        ("jointre annotate a.txt b --tagger ga", ["gazetteer:"]),
        ("jointre annotate a.txt b --min", ["--min-entities"]),
        (f"{SPERT} --training.ep", ["--training.epochs"]),
        (f"{SPERT} --training.optimizer.l", ["--training.optimizer.lr", "--training.optimizer.layer_decay"]),
        (f"{SPERT} {EXTRACTOR}.pooler", [f"{EXTRACTOR}.pooler.@poolers"]),
        ("jointre train mine.cfg --system.s", ["--system.seed"]),
        ("jointre train no/such.cfg --system.s", ["--system.seed"]),
        ("jointre debug model quickstart --corpora.train.s", ["--corpora.train.split"]),
        ("jointre config diff quickstart quickstart --corpora.dev.s", ["--corpora.dev.split"]),
        (f"{SPERT} --training.keep ", ["last", "best"]),
        (f"{SPERT} --training.drop_last t", ["true"]),
        (f"{SPERT} --training.epochs ", []),
        (f"{SPERT} {EXTRACTOR}.pooler.@poolers jointre.s", ["jointre.sum.v1"]),
        (f"{SPERT} --outp", ["--output"]),
    ],
)
def test_offers(complete, line, offered):
    assert complete(line) == offered


def test_names_behind_a_registry(complete):
    assert complete("jointre registry poolers ") == registry.poolers.names()


def test_function_of_an_overlay_brings_its_arguments(complete, tmp_path):
    (tmp_path / "over.cfg").write_text('[training.schedule]\n@schedules = "jointre.constant.v1"\n')
    line = f"{SPERT} --with over.cfg --training.schedule."
    assert complete(line) == ["--training.schedule.@schedules", "--training.schedule.value"]


def test_keys_of_a_base_are_known(complete, tmp_path):
    (tmp_path / "based.cfg").write_text('[base]\nconfig = "redn/nyt"\n[training]\nepochs = 1\n')
    assert complete("jointre train based.cfg --model.relation_head.sca") == ["--model.relation_head.scale"]
    assert complete("jointre train redn/web") == ["redn/webnlg"]


def test_names_of_code_of_ones_own_are_known_without_running_it(complete, tmp_path):
    (tmp_path / "own.py").write_text(
        "raise SystemExit\n@registry.poolers('acme.own.v1')\nclass Own(Pooler):\n"
        "    def __init__(self, size=3):\n        pass\n"
    )
    assert complete("jointre registry --code own.py acme") == ["acme.own.v1"]
    (tmp_path / "own.cfg").write_text('[model]\n@poolers = "acme.own.v1"\n')
    assert complete("jointre train own.cfg --code own.py --model.s") == ["--model.size"]


@pytest.mark.parametrize("pieces", ["--model.context. @ con", "--model.context. @"])
def test_the_pieces_that_bash_makes_of_an_at_sign(complete, pieces):
    assert complete(f"{SPERT} {pieces}") == ["context_encoders"]


def test_the_pieces_that_bash_makes_of_an_equals_sign(complete):
    assert complete(f"{SPERT} --system.precision = b") == ["bf16"]
    assert complete(f"{SPERT} {EXTRACTOR}.pooler. @ poolers = jointre.s") == ["jointre.sum.v1"]


@pytest.mark.parametrize(
    ("shell", "expected"),
    [("zsh", '"--training.epochs":"epochs = 20"'), ("fish", "--training.epochs\tepochs = 20")],
)
def test_other_shells_show_the_present_value(monkeypatch, capsys, shell, expected):
    monkeypatch.setenv("_JOINTRE_COMPLETE", f"complete_{shell}")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", f"{SPERT} --training.ep")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    with pytest.raises(SystemExit):
        run([])
    assert expected in capsys.readouterr().out


def test_source_index_is_what_the_registries_hold():
    assert names() == {part.name: part.names() for part in registry.all()}
    every = {(part.name, name) for part in registry.all() for name in part.names()}
    own = {(part, name) for part, name in every if registry.find(part).package(name) == "jointre"}
    expected = {(part, name): signature_of(registry.find(part).get(name)).parameters for part, name in own}
    assert {key: set(found) for key, found in arguments(every).items()} == {
        key: set(found) for key, found in expected.items()
    }


def test_completing_loads_nothing_heavy():
    code = (
        "import sys\nfrom jointre.cli.app import run\ntry: run([])\n"
        "finally: print(sorted({'torch', 'transformers', 'numpy'} & set(sys.modules)))"
    )
    asked = {"COMP_WORDS": f"{SPERT} --model.", "COMP_CWORD": "3", "_JOINTRE_COMPLETE": "complete_bash"}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **asked}, capture_output=True, encoding="utf8"
    )
    assert "--model.encoder.name" in done.stdout and done.stdout.endswith("[]\n")


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_in_a_real_bash(tmp_path):
    (tmp_path / "jointre").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m jointre "$@"\n')
    (tmp_path / "jointre").chmod(0o755)
    script = (
        'eval "$(jointre --show-completion)"; COMP_WORDS=(jointre registry poolers jointre.m); COMP_CWORD=3;'
        '_jointre_completion jointre; echo "${COMPREPLY[@]}"'
    )
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], env={**os.environ, "PATH": path}, capture_output=True, encoding="utf8"
    )
    assert (done.stdout, done.stderr) == ("jointre.max.v1 jointre.mean.v1\n", "")


def test_configs_are_as_before(complete):
    before = load_config("spert/conll04").text()
    complete("jointre train redn/semeval --with ablations/spert/train_dev --training.ep")
    assert load_config("spert/conll04").text() == before
