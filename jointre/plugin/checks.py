"""Check what installed plugins add against the contracts of jointre."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from inspect import getattr_static
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jointre.attribution import failure_of
from jointre.config.example_block import example_tree
from jointre.config.resolve import Builder
from jointre.config.signature import UnreadableSignature, signature_of
from jointre.config.tree import Tree, function_of, walk
from jointre.errors import JointreError
from jointre.limits import PretrainedName
from jointre.plugin.installed import Addition, Plugin
from jointre.registry import find, registry
from jointre.testing import check_component, tiny_encoder_folder

UNKNOWN = "..."  # what an example has in place of a value that nobody can guess


@dataclass(frozen=True)
class Outcome:
    """The result of a contract check: ``passed``, ``failed`` or ``not checked``, and the reason if it did not pass."""

    registry: str
    name: str
    status: str
    reason: str = ""


def check_plugin(plugin: Plugin) -> Iterator[Outcome]:
    """Yield the result of the contract check of each component of a plugin; commands have no contract.

    A component is made from its defaults and from small examples. A class whose arguments cannot be guessed, such as a
    reader of files, may have a class method ``examples(folder)`` that returns objects to check.
    """
    for addition in plugin.additions:
        part = registry.find(addition.registry)
        if part is not None and part.has(addition.name):
            yield _checked(addition)


def _checked(addition: Addition) -> Outcome:
    with TemporaryDirectory() as folder:
        try:
            for component in _examples(addition, Path(folder)):
                check_component(component)
        except _NotMade as reason:
            return _outcome(addition, "not checked", str(reason))
        except (AssertionError, JointreError, TypeError) as error:
            return _outcome(addition, "failed", str(error))
        except Exception as error:
            return _outcome(addition, "failed", str(failure_of(error)))
    return _outcome(addition, "passed")


def _outcome(addition: Addition, status: str, reason: str = "") -> Outcome:
    return Outcome(addition.registry, addition.name, status, reason)


class _NotMade(Exception):
    """An object cannot be made from examples."""


def _examples(addition: Addition, folder: Path) -> Iterable[Any]:
    at_key = f"@{addition.registry}"
    thing = find(at_key, addition.name)
    if isinstance(
        getattr_static(thing, "examples", None), classmethod
    ):  # that of an objective is another method
        return list(thing.examples(folder))
    try:
        tree = example_tree(addition.registry, addition.name)
    except UnreadableSignature as error:
        raise _NotMade(f"its signature cannot be read: {error}") from error
    encoder = tiny_encoder_folder(folder / "encoder")
    for _, block in [((), tree), *walk(tree)]:
        _fill(block, str(encoder))
    builder = Builder({"NAME": tree}, {}, {})
    made = builder.block(("NAME",), tree)
    if builder.faults:
        raise _NotMade(f"it cannot be made from examples: {builder.faults[0].what}")
    return [made]


def _fill(block: Tree, encoder: str) -> None:
    """Put a tiny encoder in the place of the names of pretrained ones.

    Raises:
        _NotMade: another value cannot be guessed.
    """
    function = function_of(block)
    parameters = {} if function is None else signature_of(find(*function)).parameters
    for name, parameter in parameters.items():
        if block.get(name) == UNKNOWN and parameter.annotation == PretrainedName:
            block[name] = encoder
        elif block.get(name) == UNKNOWN or (parameter.required and block.get(name) is None):
            raise _NotMade(f"its argument {name} cannot be guessed; add a class method `examples`")
