"""What confection, catalogue and typer do by themselves: the reasons for jointre's own checks.

If one of these fails after an upgrade, the library has changed, and a check of jointre may have become needless.
"""

import ast
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Annotated

import catalogue
import confection
import pytest
import typer
from torch import nn
from typer.testing import CliRunner

import jointre


class Part:
    """A class with one plain argument."""

    def __init__(self, size: int = 3) -> None:
        self.size = size


def text() -> str:
    """Makes no Part."""
    return "no part"


def around(inner: Part, other: object = None) -> tuple[object, object]:
    """Takes a Part."""
    return inner, other


def named(inner: dict[str, Part]) -> object:
    """Takes Parts by name."""
    return inner


class Bare(nn.Module):
    """Inherits the constructor of nn.Module."""


@pytest.fixture
def library() -> Iterator[type[confection.registry]]:
    """A registry of confection's own kind."""
    scratch = catalogue.create("scratch", "things", entry_points=False)
    for function in (Part, text, around, named, Bare):
        scratch.register(function.__name__.lower(), func=function)
    yield type("Library", (confection.registry,), {"things": scratch})
    for key in [key for key in catalogue.REGISTRY if key[0] == "scratch"]:
        del catalogue.REGISTRY[key]


def read(lines: str, **options: object) -> confection.Config:
    return confection.Config().from_str(lines.replace(" [", "\n[").replace(" @", "\n@"), **options)


def test_confection_accepts_an_object_of_the_wrong_kind(library):
    config = read('[x] @things = "around" [x.inner] @things = "text"')
    assert library.resolve(config)["x"][0] == "no part"


def test_confection_reports_the_first_fault_only(library):
    wrong = '[x] @things = "part"\nsize = "a" [y] @things = "part"\nsize = "b"'
    with pytest.raises(confection.ConfigValidationError) as caught:
        library.resolve(read(wrong))
    assert "'a'" in str(caught.value) and "'b'" not in str(caught.value)
    with pytest.raises(catalogue.RegistryError) as unknown:
        library.resolve(read('[x] @things = "gone" [y] @things = "gone.too"'))
    assert "gone.too" not in str(unknown.value)


def test_confection_lets_misspelt_keys_and_sections_pass(library):
    from pydantic import BaseModel

    training = type("Training", (BaseModel,), {"__annotations__": {"epochs": int}, "epochs": 3})
    schema = type("Schema", (BaseModel,), {"__annotations__": {"training": training}})
    library.fill({"training": {"epoch": 2}, "trainin": {"epochs": 2}}, schema=schema)


def test_confection_lets_overrides_invent_keys():
    config = read("[training]\nepochs = 1", overrides={"training.epoch": 7})
    assert config["training"] == {"epochs": 1, "epoch": 7}


def test_confection_reads_what_is_no_json_as_text(library):
    config = read('[a]\nb = "7"\nc = .5\nd = none\ne = 1_000')
    assert config["a"] == {"b": "7", "c": ".5", "d": "none", "e": "1_000"}
    assert library.resolve(read('[x] @things = "part"\nsize = "7"'))["x"].size == "7"


def test_confection_checks_no_types_under_postponed_annotations(library):
    names: dict[str, type] = {}
    body = "class Late:\n    def __init__(self, size: int = 3):\n        self.size = size"
    exec(f"from __future__ import annotations\n{body}", names)
    library.things.register("late", func=names["Late"])
    assert library.resolve(read('[x] @things = "late"\nsize = "seven"'))["x"].size == "seven"


def test_confection_refuses_a_class_without_a_constructor_of_its_own(library):
    with pytest.raises(confection.ConfigValidationError, match="args"):
        library.resolve(read('[x] @things = "bare"'))


def test_confection_builds_an_object_for_each_reference(library):
    config = read('[p] @things = "part" [x] @things = "around"\ninner = ${p}\nother = ${p}')
    one, two = library.resolve(config)["x"]
    assert isinstance(one, Part) and isinstance(two, Part) and one is not two


def test_confection_refuses_blocks_by_name(library):
    with pytest.raises(confection.ConfigValidationError):
        library.resolve(read('[x] @things = "named" [x.inner] [x.inner.a] @things = "part"'))


def test_catalogue_replaces_a_taken_name_in_silence(library):
    library.things.register("part", func=text)
    assert library.things.get("part") is text


@pytest.fixture
def plugged(library, monkeypatch):
    """A registry of catalogue with entry points: one that shadows a name, one that cannot be imported."""
    points = [
        EntryPoint("part", "json:dumps", "scratch_things"),
        EntryPoint("broken", "no.such:x", "scratch_things"),
    ]
    registry = catalogue.Registry(("scratch", "things"), entry_points=True)
    monkeypatch.setattr(registry, "_get_entry_points", lambda: points)
    return registry


def test_catalogue_lets_an_entry_point_shadow_what_is_there(plugged):
    import json

    assert plugged.get("part") is json.dumps


def test_catalogue_is_broken_by_one_broken_entry_point(plugged):
    with pytest.raises(ModuleNotFoundError):
        plugged.get_all()
    with pytest.raises(ModuleNotFoundError):
        plugged.get("prat")


def test_typer_passes_a_misspelt_option_on_where_overrides_are_allowed():
    app = typer.Typer()
    settings = {"allow_extra_args": True, "ignore_unknown_options": True}

    @app.command(context_settings=settings)
    def show(context: typer.Context, device: Annotated[str, typer.Option()] = "cpu") -> None:
        print(device, context.args)

    assert CliRunner().invoke(app, ["--devise", "cuda"]).stdout == "cpu ['--devise', 'cuda']\n"


def test_jointre_does_not_need_click():
    """Typer 0.29 no longer installs it."""
    for file in Path(jointre.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] == "click" for name in names), file
