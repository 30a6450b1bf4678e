"""An example config block for a registered function: one from a built-in config, or one that is made up."""

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any, get_args, get_origin

from jointre.annotations import arms, fits
from jointre.config.merge import fill, without_base
from jointre.config.signature import (
    REQUIRED,
    Parameter,
    contracts,
    default_json,
    fitting,
    home,
    named_contracts,
    signature_of,
)
from jointre.config.source import default_source, read, whole_names
from jointre.config.text import write
from jointre.config.tree import Key, Tree, function_of, walk
from jointre.registry import find

GUESSES: tuple[Any, ...] = ("...", 1, 0.5, False, [], {}, None)
FIRST = ("spert/conll04", "sinet/scierc", "giorgi/conll04", "enpar/conll04", "redn/semeval", "enpar/pretrain")
"""The whole models, one of each paper: an example is taken from the first that has one."""


def example_text(registry_name: str, name: str) -> tuple[str, str]:
    """Return the config that an example comes from ("" if it is made up) and the block, as a config writes it."""
    known = _known_blocks().get((f"@{registry_name}", name))
    if known is None:
        return "", write({"NAME": example_tree(registry_name, name)})
    config, key, block = known
    tree: Tree = deepcopy(block)
    fill(tree)
    for part in reversed(key):
        tree = {part: tree}
    text = write(tree)
    return config, text[text.index(f"[{'.'.join(key)}]") :]


@cache
def _known_blocks() -> dict[tuple[str, Any], tuple[str, Key, Tree]]:
    """Return for each function the first built-in config that uses it, the place, and the block."""
    found: dict[tuple[str, Any], tuple[str, Key, Tree]] = {}
    for config, tree in _built_in():
        for key, value in walk(tree):
            function = function_of(value)
            if function is not None and "*" not in key and _is_complete(function, value):
                found.setdefault(function, (config, key, value))
    return found


def _is_complete(function: tuple[str, Any], block: Tree) -> bool:
    """Return whether a block has all required arguments; that of an overlay may leave them to its config."""
    parameters = signature_of(find(*function)).parameters
    return all(name in block for name, parameter in parameters.items() if parameter.required)


def _built_in() -> Iterator[tuple[str, Tree]]:
    """Yield the models of the papers, the defaults, then the other configs and overlays."""
    for name in FIRST:
        yield name, without_base(read(name)).tree
    yield "default.cfg", default_source().tree
    for name in (*whole_names(), *whole_names(False)):
        if name not in FIRST:
            yield name, without_base(read(name)).tree


def example_tree(registry_name: str, name: str, around: tuple[str, ...] = ()) -> Tree:
    """Make up a block: defaults, a guess for each required value, and blocks that built-in configs use.

    A component whose defaults alone are not valid has arguments for it: a dictionary ``example``.
    """
    at_key, around = f"@{registry_name}", (*around, name)
    thing = find(at_key, name)
    signature = signature_of(thing)
    block: Tree = {at_key: name}
    for key, parameter in signature.parameters.items():
        default = getattr(thing, "example", {}).get(key, default_json(parameter))
        block[key] = _argument(parameter, around) if default is REQUIRED else default
    if signature.star is not None:
        block["*"] = {"first": _argument(signature.star, around)}
    return block


def _argument(parameter: Parameter, around: tuple[str, ...]) -> Any:
    annotation = parameter.annotation
    if contracts(annotation):
        return _child(contracts(annotation), around)
    if named_contracts(annotation):
        return {"first": _child(named_contracts(annotation), around)}
    choices = [choice for arm in arms(annotation) if get_origin(arm) for choice in get_args(arm)]
    return next((guess for guess in (*choices, *GUESSES) if fits(guess, annotation)), "...")


def _child(wanted: tuple[type, ...], around: tuple[str, ...]) -> Tree | None:
    """Make up a block of one of the classes: of the function that built-in configs use first, if any."""
    used = [name for _, name in _known_blocks()]
    for contract in wanted:
        registry_name = home(contract) or ""
        names = [name for name in fitting(registry_name, (contract,)) if name not in around]
        if names:
            names.sort(key=lambda name: used.index(name) if name in used else len(used))
            return example_tree(registry_name, names[0], around)
    return None
