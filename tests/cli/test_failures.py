"""Failures that nobody expected, as a user of the command line reads them."""

from pathlib import Path

import catalogue
import pytest

from jointre.cli import app
from jointre.cli.console import state
from jointre.config import user_code as code
from jointre.registry import Problem, registry

POOLER = '''from jointre.poolers import Pooler
from jointre.registry import registry


@registry.poolers("mine.first.v1")
class First(Pooler):
    """Fails."""

    def build(self, width):
        return self.width(width)

    def width(self, width):
        {statement}

    def forward(self, view, doc, ranges):
        return view
'''


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty current folder; registrations and --verbose go away with the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(state, "verbose", False)
    before = dict(catalogue.REGISTRY)
    yield
    catalogue.REGISTRY.clear()
    catalogue.REGISTRY.update(before)
    code._IMPORTED.clear()


@pytest.fixture
def failed(capsys, encoder_folder):
    """What a command says whose pooler runs a statement when it is built."""

    def call(statement, *more):
        Path("mine.py").write_text(POOLER.format(statement=statement), encoding="utf8")
        pooler = "--model.entity_head.extractor.pooler.@poolers=mine.first.v1"
        encoder = f"--model.encoder.name={encoder_folder}"
        assert app.run(["debug", "model", "quickstart", "--code", "mine.py", pooler, encoder, *more]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        return err

    return call


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("open('gone.txt')", "FileNotFoundError: [Errno 2] No such file or directory: 'gone.txt'"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("self.width(width)", "RecursionError: maximum recursion depth exceeded"),
    ],
)
def test_a_code_file_that_fails_is_told_with_its_line(failed, statement, what):
    err = failed(statement)
    assert f"error: mine.first.v1 of mine.py failed (mine.py, line 13, in width):\n  {what}" in err
    assert "  -> correct the file; --verbose shows the traceback\n" in err
    assert "fault of jointre" not in err and "Traceback" not in err


def test_verbose_shows_the_traceback_before_the_message(failed):
    err = failed("1 / 0", "--verbose")
    assert err.index("Traceback (most recent call last)") < err.index(
        "error: mine.first.v1 of mine.py failed"
    )
    assert "--verbose shows" not in err


def test_a_bug_in_a_constructor_hides_no_other_fault(capsys):
    code = POOLER.format(statement="pass").replace(
        "    def build", "    def __init__(self):\n        1 / 0\n\n    def build"
    )
    Path("mine.py").write_text(code, encoding="utf8")
    given = ["debug", "config", "quickstart", "--code", "mine.py"]
    given.append("--model.entity_head.extractor.pooler.@poolers=mine.first.v1")
    assert app.run([*given, "--training.best_metric=strikt"]) == 2
    err = capsys.readouterr().err
    assert "mine.py failed (mine.py, line 10, in __init__): ZeroDivisionError" in err
    assert "no metric computes 'strikt'" in err and "(2 problems)" in err
    assert app.run(given) == 1  # alone, it is not a problem of the config
    assert "error: mine.first.v1 of mine.py failed" in capsys.readouterr().err


def test_two_bugs_in_constructors_are_both_told(capsys):
    code = POOLER.format(statement="pass").replace(
        "    def build", "    def __init__(self):\n        1 / 0\n\n    def build"
    )
    Path("mine.py").write_text(code, encoding="utf8")
    Path("other.py").write_text(code.replace("mine.first", "other.first"), encoding="utf8")
    extractors = ["model.entity_head.extractor", "model.pair_extractor.context"]
    given = ["debug", "config", "quickstart", "--code", "mine.py", "--code", "other.py"]
    names = ("mine", "other")
    given += [f"--{key}.pooler.@poolers={name}.first.v1" for key, name in zip(extractors, names, strict=True)]
    assert app.run(given) == 2
    err = capsys.readouterr().err
    assert "mine.py failed" in err and "other.py failed" in err and "(2 problems)" in err


def test_a_fault_of_jointre_says_how_to_report_it(monkeypatch, capsys):
    monkeypatch.setattr(app, "app", lambda *args, **kwargs: 1 / 0)
    monkeypatch.setattr("jointre.attribution._BUILT", {})
    assert app.run([]) == 1
    err = capsys.readouterr().err
    assert "error: jointre failed (jointre/cli/app.py, line " in err and "ZeroDivisionError" in err
    assert "this is a bug in jointre" in err and "please report it" in err


def test_what_the_system_refuses_jointre_is_nobodys_fault(monkeypatch, capsys):
    monkeypatch.setattr(app, "app", lambda *args, **kwargs: Path("gone.txt").stat())
    assert app.run([]) == 1
    assert capsys.readouterr().err == "error: [Errno 2] No such file or directory: 'gone.txt'\n"


@pytest.mark.parametrize(
    ("arguments", "exit_code"), [(["registry", "poolers"], 0), (["registry", "polers"], 2)]
)
def test_a_broken_plugin_is_told_once_and_stops_nothing(monkeypatch, capsys, arguments, exit_code):
    problem = Problem(
        "acme.a.v1 of the plugin acme 1 cannot be loaded: it is odd", remedy="correct acme 1", name="a"
    )
    monkeypatch.setattr(registry.poolers, "problems", [problem])
    monkeypatch.setattr(registry.losses, "problems", [problem])
    assert app.run(arguments) == exit_code
    assert (
        capsys.readouterr().err.count("left out: acme.a.v1 of the plugin acme 1 cannot be loaded: it is odd")
        == 1
    )


def test_the_name_of_a_broken_plugin_is_told_where_the_config_asks_for_it(monkeypatch, capsys):
    problem = Problem(
        "acme.a.v1 of the plugin acme 1 cannot be loaded: it is odd", remedy="fix", name="acme.a.v1"
    )
    monkeypatch.setattr(registry.poolers, "problems", [problem])
    override = "--model.entity_head.extractor.pooler.@poolers=acme.a.v1"
    assert app.run(["debug", "config", "quickstart", override]) == 2
    err = capsys.readouterr().err
    assert err.count("cannot be loaded: it is odd") == 1 and "left out" not in err


@pytest.mark.parametrize("source", ["raise SystemExit(0)", "class Odd(BaseException): pass\nraise Odd"])
def test_a_code_file_that_ends_the_program_is_refused(capsys, source):
    Path("mine.py").write_text(source, encoding="utf8")
    assert app.run(["registry", "poolers", "--code", "mine.py"]) == 2
    assert f"mine.py:{len(source.splitlines())}: " in capsys.readouterr().err
