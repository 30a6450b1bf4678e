"""The help of every command: it ends with an example that can be typed."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from jointre.cli.app import app, run

ROOT = get_command(app)
QUICK = (
    "registry",
    "docs",
    "config list",
    "config diff",
    "debug config",
    "init config",
    "init fill-config",
    "init labels",
    "init plugin",
    "plugins",
)
"""Commands whose example needs neither weights nor files."""


def commands(group: Any, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command and every group of commands."""
    for name, inner in group.commands.items():
        yield (*before, name)
        yield from commands(inner, (*before, name)) if hasattr(inner, "commands") else ()


NAMES = [" ".join(words) for words in commands(ROOT)]


def found(name: str) -> Any:
    """Return the command of that name."""
    command: Any = ROOT
    for word in name.split():
        command = command.commands[word]
    return command


def example(name: str) -> list[str]:
    """Return the words of the example at the end of a help text, from ``jointre`` on."""
    last = " ".join(found(name).help.strip().split("\n\n")[-1].split())
    assert last.startswith("Example: "), last
    words = shlex.split(last.removeprefix("Example: "))
    return words[words.index("jointre") :]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "experiment"])
def test_the_example_fits_the_command(name: str) -> None:
    words = example(name)
    if hasattr(found(name), "commands"):  # a group shows one of its commands
        name = " ".join(words[1:3])
    count = 1 + len(name.split())
    assert words[1:count] == name.split()
    context = found(name).make_context(name, words[count:], resilient_parsing=True)
    assert all(word.startswith("--") and "." in word for word in context.args[::2])


@pytest.mark.parametrize("name", QUICK)
def test_the_example_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(example(name)[1:]) == 0


@pytest.mark.parametrize("name", NAMES)
def test_help_fits_a_terminal(name: str, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run([*name.split(), "--help"]) == 0
    shown = capsys.readouterr().out
    assert "Usage: jointre " + name in shown and max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(
    ("name", "remedy"), [("trian", "did you mean 'train'?"), ("stranger", "the plugins with jointre plugins")]
)
def test_an_unknown_command_is_named(name: str, remedy: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "sample:test"]) == 2
    shown = capsys.readouterr().err
    assert f"{name}: is not a command of jointre or of an installed plugin" in " ".join(shown.split())
    assert remedy in " ".join(shown.split())


def test_a_page_is_printed_without_its_comments(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["docs", "plugins"]) == 0
    shown = capsys.readouterr().out
    assert "jointre init plugin" in shown and "<!--" not in shown
