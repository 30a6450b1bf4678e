"""Filling in: the defaults of registered functions, written out in the order of their signatures."""

from typing import Any

from jointre.config.signature import REQUIRED, UnreadableSignature, default_json, signature_of
from jointre.config.tree import Tree, at_keys, function_of
from jointre.registry import registry


def find(at_key: str, name: Any) -> Any:
    """The registered thing of ``@registry = name``; None if there is none."""
    found = registry.find(at_key.removeprefix("@"))
    if found is None or not isinstance(name, str) or not found.has(name):
        return None
    return found.get(name)


def fill(node: Any) -> None:
    """Write the signature defaults into every function block of ``node``, in the order of the signature."""
    if not isinstance(node, dict):
        return
    function = function_of(node)
    if function is not None:
        _fill_block(node, find(*function))
    for child in node.values():
        fill(child)


def _fill_block(block: Tree, thing: Any) -> None:
    try:
        parameters = signature_of(thing).parameters if thing is not None else {}
    except UnreadableSignature:
        return
    for name, parameter in parameters.items():
        default = default_json(parameter)
        if default is not REQUIRED:
            block.setdefault(name, default)
    reorder(block, [*at_keys(block), *parameters])


def reorder(section: Tree, order: list[str]) -> None:
    """Bring the keys of a section into ``order``; keys not named there follow as they are."""
    items = {name: section[name] for name in order if name in section}
    items.update({name: value for name, value in section.items() if name not in items})
    section.clear()
    section.update(items)
