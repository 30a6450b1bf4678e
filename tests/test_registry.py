"""The registries: names, clashes, plugins, suggestions, and the list of what jointre ships."""

import json
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import catalogue
import pytest

import jointre.registry
from jointre.errors import RegistryError
from jointre.registry import Registry, registry

SNAPSHOT = Path(__file__).with_name("registry_snapshot.json")
GROUP = "jointre_scratch"


def registered():
    """Every name that jointre itself provides, by registry."""
    return {
        reg.name: [name for name in reg.names() if reg.package(name) == "jointre"] for reg in registry.all()
    }


def thing():
    """Something to register."""


def other():
    """Something else."""


@pytest.fixture
def scratch(monkeypatch):
    """An empty registry of its own; what is registered in it goes away with the test."""
    monkeypatch.setitem(sys.modules, "jointre.scratch", ModuleType("jointre.scratch"))
    monkeypatch.setattr(jointre.registry, "entry_points_of", lambda name: [])
    yield Registry("scratch")
    for key in [key for key in catalogue.REGISTRY if key[:2] == ("jointre", "scratch")]:
        del catalogue.REGISTRY[key]


@pytest.fixture
def plug(monkeypatch):
    """Installs entry points ``name=value`` in the group of the scratch registry."""

    def install(**values):
        points = [EntryPoint(name, value, GROUP) for name, value in values.items()]
        found = {"scratch": points}
        monkeypatch.setattr(jointre.registry, "entry_points_of", lambda name: found.get(name, []))

    return install


@pytest.fixture
def acme(monkeypatch):
    """An importable module ``acme_plugin`` with a class ``Thing``."""
    module = ModuleType("acme_plugin")
    module.Thing = type("Thing", (), {"__module__": "acme_plugin"})
    monkeypatch.setitem(sys.modules, "acme_plugin", module)
    return module


def test_what_jointre_ships_is_what_the_snapshot_says():
    expected = json.loads(SNAPSHOT.read_text(encoding="utf8"))
    found = registered()
    update = f"if that is meant: python {Path(__file__).relative_to(Path(__file__).parents[1])}"
    gone = {f"{reg}: {name}" for reg, names in expected.items() for name in names} - {
        f"{reg}: {name}" for reg, names in found.items() for name in names
    }
    new = {f"{reg}: {name}" for reg, names in found.items() for name in names} - {
        f"{reg}: {name}" for reg, names in expected.items() for name in names
    }
    assert not gone, f"published names are gone: {sorted(gone)}; {update}"
    assert not new, f"names that the snapshot lacks: {sorted(new)}; {update}"
    assert list(found) == list(expected), f"other registries than before; {update}"


def test_every_registry_has_the_name_of_its_attribute():
    assert [reg.name for reg in registry.all()] == [
        name for name, value in vars(registry).items() if isinstance(value, Registry)
    ]
    assert registry.find("poolers") is registry.poolers
    assert registry.find("polers") is None


def test_the_decorator_returns_the_same_object(scratch):
    assert scratch("acme.thing.v1")(thing) is thing
    assert scratch.get("acme.thing.v1") is thing
    assert scratch.register("acme.other.v1", func=other) is not None
    assert scratch.get("acme.other.v1") is other


@pytest.mark.parametrize(
    "name",
    ["first", "first.v1", "acme.first", "acme.first.v", "Acme.first.v1", "acme first.v1", "acme..v1", ""],
)
def test_a_bad_name_is_refused(scratch, name):
    with pytest.raises(RegistryError, match=r"owner\.thing\.v1"):
        scratch(name)(thing)
    assert scratch.names() == []


def test_a_taken_name_is_refused_and_keeps_its_object(scratch):
    scratch("acme.thing.v1")(thing)
    with pytest.raises(RegistryError, match=r"already registered in scratch") as error:
        scratch("acme.thing.v1")(other)
    assert __name__ in str(error.value)
    assert scratch.get("acme.thing.v1") is thing


def test_the_same_object_may_come_twice(scratch):
    scratch("acme.thing.v1")(thing)
    scratch("acme.thing.v1")(thing)
    assert scratch.names() == ["acme.thing.v1"]


def test_a_registry_does_not_see_the_names_of_another(scratch):
    assert "jointre.max.v1" in registry.poolers
    assert "jointre.max.v1" not in scratch
    assert "jointre.max.v1" not in registry.losses


def test_a_plugin_is_found_and_its_package_known(scratch, plug, acme):
    plug(**{"acme.thing.v1": "acme_plugin:Thing"})
    assert scratch.get("acme.thing.v1") is acme.Thing
    assert scratch.package("acme.thing.v1") == "acme_plugin"
    assert scratch.problems == []


def test_an_entry_point_never_shadows(scratch, plug, acme):
    scratch("acme.thing.v1")(thing)
    plug(**{"acme.thing.v1": "acme_plugin:Thing"})
    assert scratch.get("acme.thing.v1") is thing
    (problem,) = scratch.problems
    assert "already registered" in problem.what and "of the plugin acme_plugin" in problem.what


@pytest.mark.parametrize("value", ["no_such_module_at_all:Thing", "acme_plugin:NoSuchThing"])
def test_a_broken_plugin_spoils_only_itself(scratch, plug, acme, value):
    plug(**{"acme.broken.v1": value, "acme.thing.v1": "acme_plugin:Thing"})
    assert scratch.names() == ["acme.thing.v1"]
    (problem,) = scratch.problems
    assert problem.what.startswith("acme.broken.v1 of the plugin ")
    with pytest.raises(RegistryError, match=r"acme\.broken\.v1 of the plugin .* cannot be loaded"):
        scratch.get("acme.broken.v1")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def f(:", "SyntaxError: invalid syntax (acme_odd.py, line 1)"),
        ("\nraise SystemExit(3)", "SystemExit: 3 (acme_odd, line 2)"),
        ("class Odd(BaseException): pass\nraise Odd('odd')", "Odd: odd (acme_odd, line 2)"),
        ("def f(): f()\nf()", "RecursionError"),
        ("class E(Exception):\n  def __str__(self): 1 / 0\nraise E", "E: no text"),
        ("Thing = 3", "acme_odd:Thing is not a class or a function"),
        ("import acme_odd_needs", "No module named 'acme_odd_needs' (acme_odd, line 1)"),
    ],
)
def test_a_module_may_do_anything_when_it_is_imported(scratch, plug, tmp_path, monkeypatch, source, reason):
    (tmp_path / "acme_odd.py").write_text(source, encoding="utf8")
    monkeypatch.syspath_prepend(tmp_path)
    plug(**{"acme.odd.v1": "acme_odd:Thing"})
    assert scratch.names() == []
    (problem,) = scratch.problems
    assert reason in problem.what
    sys.modules.pop("acme_odd", None)


def test_what_a_plugin_prints_when_it_is_imported_is_no_result(scratch, plug, tmp_path, monkeypatch, capsys):
    (tmp_path / "acme_odd.py").write_text("print('hello')\nclass Thing: pass", encoding="utf8")
    monkeypatch.syspath_prepend(tmp_path)
    plug(**{"acme.odd.v1": "acme_odd:Thing"})
    assert scratch.names() == ["acme.odd.v1"]
    assert capsys.readouterr() == ("", "hello\n")
    sys.modules.pop("acme_odd", None)


def test_a_plugin_with_a_bad_name_spoils_only_itself(scratch, plug, acme):
    plug(**{"Thing": "acme_plugin:Thing", "acme.thing.v1": "acme_plugin:Thing"})
    assert scratch.names() == ["acme.thing.v1"]
    assert "owner.thing.v1" in str(scratch.problems[0])


def test_an_unknown_name_gets_a_suggestion():
    with pytest.raises(RegistryError, match=r"unknown name in poolers.*\n.*'jointre\.mx\.v1'") as error:
        registry.poolers.get("jointre.mx.v1")
    assert "did you mean 'jointre.max.v1'?" in str(error.value)


def test_a_name_like_no_other_gets_the_list():
    with pytest.raises(RegistryError) as error:
        registry.poolers.get("zzz")
    known = ", ".join(
        f"jointre.{name}.v1" for name in ("cnn", "endpoints", "first", "last", "max", "mean", "sum")
    )
    assert f"known names: {known}" in str(error.value)


def test_a_name_of_another_owner_asks_for_its_plugin():
    for name in ("acme.max.v1", "stranger.poolers.v2"):
        with pytest.raises(RegistryError, match="install the plugin that adds it"):
            registry.poolers.get(name)


def test_a_name_from_another_registry_is_recognised():
    with pytest.raises(RegistryError) as error:
        registry.poolers.get("jointre.localized.v1")
    assert "jointre.localized.v1 is one of the context_encoders, not of the poolers" in str(error.value)


if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(registered(), indent=2) + "\n", encoding="utf8")
