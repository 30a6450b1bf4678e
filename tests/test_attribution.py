"""Whose fault a failure is: a plugin's, a ``--code`` file's, or jointre's own."""

import pickle
import re
import sys
from importlib.metadata import entry_points
from pathlib import Path

import catalogue
import pytest
import torch

import jointre
from jointre import attribution
from jointre.attribution import ExplainedError, broken_contract, failure_of, is_ours, portable
from jointre.config import user_code as code
from jointre.errors import DataError, Fault, TrainingError
from jointre.registry import registry

SOURCE = '''"""Fails in every way."""
import json

from jointre.data.strict_read import load_json
from jointre.poolers import Pooler
from jointre.registry import registry


class Helper:
    def fail(self):
        return 1 / 0


class Thing(Pooler):
    """A pooler."""

    def forward(self, view, doc, ranges):
        return view

    def divide(self):
        return 1 / 0

    def library(self):
        json.loads("{")

    def helper(self):
        Helper().fail()

    def ours(self):
        load_json(3)

    def system(self):
        open("/nothing/is/here")

    def exit(self):
        raise SystemExit(3)

    def odd(self):
        raise Odd("a", "b")


class Odd(Exception):
    def __init__(self, one, other):
        super().__init__(one + other)
'''


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    """Registrations and what was built go away with each test."""
    before = dict(catalogue.REGISTRY)
    monkeypatch.setattr(attribution, "_BUILT", {})
    monkeypatch.setattr(attribution, "CODE_FILES", {})
    monkeypatch.setattr(code, "CODE_FILES", attribution.CODE_FILES)
    yield
    catalogue.REGISTRY.clear()
    catalogue.REGISTRY.update(before)


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """The class of an installed plugin: the distribution acme-poolers 0.3 with the package acme_pack."""
    (tmp_path / "acme_pack").mkdir()
    (tmp_path / "acme_pack" / "__init__.py").touch()
    (tmp_path / "acme_pack" / "first.py").write_text(SOURCE, encoding="utf8")
    info = tmp_path / "acme_poolers-0.3.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: acme-poolers\nVersion: 0.3\n", encoding="utf8"
    )
    points = "[jointre_poolers]\nacme.thing.v1 = acme_pack.first:Thing\n"
    (info / "entry_points.txt").write_text(points, encoding="utf8")
    (info / "top_level.txt").write_text("acme_pack\n", encoding="utf8")
    monkeypatch.syspath_prepend(tmp_path)
    (point,) = entry_points(group="jointre_poolers", name="acme.thing.v1")
    registry.poolers._load(point)
    yield registry.poolers.get("acme.thing.v1")
    for name in ("acme_pack", "acme_pack.first"):
        sys.modules.pop(name, None)


@pytest.fixture
def file(tmp_path):
    """The module of a ``--code`` file that registers acme.thing.v1."""
    path = tmp_path / "mine.py"
    source = SOURCE.replace("class Thing(", '@registry.poolers("acme.thing.v1")\nclass Thing(')
    path.write_text(source, encoding="utf8")
    yield code.import_code(path)
    sys.modules.pop("mine", None)
    code._IMPORTED.clear()


def raised(call, *args):
    with pytest.raises(BaseException) as caught:
        call(*args)
    return caught.value


def line_of(text):
    return SOURCE.splitlines().index(text) + 1


@pytest.mark.parametrize(
    ("method", "line", "function", "what"),
    [
        ("divide", "        return 1 / 0", "divide", "ZeroDivisionError: division by zero"),
        ("library", '        json.loads("{")', "library", "JSONDecodeError: "),
        ("helper", "        return 1 / 0", "fail", "ZeroDivisionError: division by zero"),
        ("system", '        open("/nothing/is/here")', "system", "FileNotFoundError: "),
        ("exit", "        raise SystemExit(3)", "exit", "SystemExit: 3"),
    ],
)
def test_a_plugin_is_named_with_component_file_line_and_function(plugin, method, line, function, what):
    number = line_of(line) if method != "divide" else SOURCE.splitlines().index(line, 20) + 1
    message = str(failure_of(raised(getattr(plugin(), method))))
    place = f"acme_pack/first.py, line {number}, in {function}"
    assert message.startswith(f"acme.thing.v1 of the plugin acme-poolers 0.3 failed ({place}):\n  {what}")
    assert (
        message.endswith("\n  -> report it to the author of acme-poolers")
        and "fault of jointre" not in message
    )


def test_a_code_file_is_named_as_the_user_wrote_it(file, tmp_path):
    message = str(failure_of(raised(file.Thing().divide)))
    assert message.startswith(
        f"acme.thing.v1 of {tmp_path / 'mine.py'} failed ({tmp_path / 'mine.py'}, line "
    )
    assert message.endswith("  -> correct the file")


def test_a_module_that_a_code_file_imports_is_found_by_what_it_registers(plugin, monkeypatch):
    monkeypatch.setattr(attribution, "entry_points_of", lambda name: [])
    monkeypatch.setattr(attribution, "packages_distributions", dict)
    failure = failure_of(raised(plugin().divide))
    assert failure.owner.name == "acme_pack" and failure.component == "acme.thing.v1"


def test_a_library_that_a_plugin_registers_a_part_of_is_not_the_plugin(plugin):
    registry.optimizers("acme.linear.v1")(torch.nn.Linear)
    owners = {owner.name for owner in attribution._extensions()}
    assert "the plugin acme-poolers 0.3" in owners and not any("torch" in name for name in owners)


def test_jointre_is_named_with_version_and_how_to_report():
    message = str(failure_of(raised(jointre.data.strict_read.load_json, 3)))
    assert re.match(
        r"jointre failed \(jointre/data/strict_read\.py, line \d+, in reading\):\n  AttributeError", message
    )
    assert f"this is a bug in jointre {jointre.__version__}: please report it" in message
    assert "--verbose" in message and "check_component" not in message


def test_code_of_jointre_that_a_plugin_called_tells_where_from(plugin):
    message = str(failure_of(raised(plugin().ours)))
    assert message.startswith("jointre failed (jointre/data/strict_read.py, ")
    assert f"; called from acme_pack/first.py, line {line_of('        load_json(3)')}, in ours)" in message


def test_extensions_in_use_are_to_be_checked_before_jointre_is_blamed(plugin):
    attribution.note_built("acme.thing.v1", plugin)
    attribution.note_built("jointre.max.v1", registry.poolers.get("jointre.max.v1"))
    message = str(failure_of(raised(jointre.data.strict_read.load_json, 3)))
    assert "-> check acme.thing.v1 with jointre.testing.check_component" in message
    assert "-> otherwise this is a bug in jointre" in message


def test_the_wording_stands_in_one_place():
    root = Path(jointre.__file__).parent
    texts = {path.name: path.read_text(encoding="utf8") for path in root.rglob("*.py")}
    assert [
        name for name, text in texts.items() if re.search("fault of (jointre|ours)|please report", text)
    ] == ["attribution.py"]


def test_what_is_sent_to_another_process_survives_and_says_the_same(plugin):
    refused = DataError("refused", [Fault("wrong", "a:1", "right")])
    for error in (refused, TrainingError("no"), MemoryError(), FileNotFoundError(2, "gone")):
        assert portable(error) is error
    for method in ("odd", "divide", "system"):
        error = raised(getattr(plugin(), method))
        sent = pickle.loads(pickle.dumps(portable(error)))
        assert type(sent) is ExplainedError and str(sent) == str(failure_of(error))


def test_a_component_that_returns_another_type_is_named(plugin):
    error = raised(plugin(), None, None, None)
    assert str(error) == (
        "acme.thing.v1 of the plugin acme-poolers 0.3 does not keep its contract:\n"
        "  forward returned a NoneType, but a Tensor is expected\n  -> report it to the author of acme-poolers"
    )
    tensor = torch.zeros(2)
    assert plugin()(tensor, None, None) is tensor


def test_contract_errors_of_unregistered_classes_name_the_class():
    class Mine:
        """Not registered."""

    assert not is_ours(Mine)
    assert str(broken_contract(Mine, "is odd")).startswith(f"Mine of {__name__} does not keep its contract:")
