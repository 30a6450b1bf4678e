"""Check function blocks: the function, its kind, its arguments, and the blocks inside."""

from collections.abc import Iterable
from typing import Any

from jointre.config.faults import Faults
from jointre.config.signature import (
    Parameter,
    Signature,
    UnreadableSignature,
    contract_of,
    contracts,
    fitting,
    home,
    makes,
    named_contracts,
    signature_of,
)
from jointre.config.tree import Key, Tree, at_keys, function_of
from jointre.config.values import describe
from jointre.nearest import did_you_mean
from jointre.registry import find, registry


def check_block(faults: Faults, key: Key, block: Any, wanted: tuple[type, ...]) -> None:
    """Check one block, whose function must make one of the classes ``wanted``; if that is empty, anything."""
    if faults.exempt(key, block):
        return
    homes = list(dict.fromkeys(filter(None, map(home, wanted))))
    if not isinstance(block, dict) or not at_keys(block):
        expected = f"@{homes[0]} = ..." if homes else "an @registry = name"
        what = "does not name a function" if isinstance(block, dict) else f"expected a block, not {block!r}"
        section, name = (key, "") if isinstance(block, dict) else (key[:-1], key[-1])
        faults.add(what, section, name, f"add {expected} below [{'.'.join(key)}]{_choices(homes, wanted)}")
        _check_inner(faults, key, block if isinstance(block, dict) else {})
        return
    thing = _check_function(faults, key, block, homes, wanted)
    try:
        signature = signature_of(thing) if thing is not None else None
    except UnreadableSignature as error:
        remedy = "import the annotated types outside of TYPE_CHECKING"
        faults.add(f"the annotations cannot be read: {error}", key, at_keys(block)[0], remedy)
        signature = None
    if signature is None:
        _check_inner(faults, key, block)
    else:
        _check_arguments(faults, key, block, signature)


def _check_function(faults: Faults, key: Key, block: Tree, homes: list[str], wanted: tuple[type, ...]) -> Any:
    """Check the name, the registry and the kind of the function that a block names; return it, or None if unknown."""
    at_key, *more = at_keys(block)
    name = block[at_key]
    if more:
        faults.add("names two functions", key, remedy=f"keep one of {', '.join([at_key, *more])}")
        return None
    found = registry.find(at_key[1:])
    if found is None:
        remedy = did_you_mean(at_key[1:], [other.name for other in registry.all()]) or _expected(homes)
        faults.add("there is no such registry", key, at_key, remedy)
        return None
    if homes and found.name not in homes:
        remedy = f"{_expected(homes)}{_choices(homes, wanted)}"
        faults.add(f"expected {_one_of(homes)}, not one of the {found.name}", key, at_key, remedy)
        return find(at_key, name)
    if not isinstance(name, str) or not found.has(name):
        unknown = found.unknown(str(name))
        faults.add(unknown.what, key, at_key, unknown.remedy)
        return None
    thing = found.get(name)
    if wanted and makes(thing, wanted) is False:
        kind = " or ".join(cls.__name__ for cls in wanted)
        faults.add(f"{name} does not make a {kind}", key, at_key, f"these do:{_choices(homes, wanted, '')}")
    return thing


def _check_arguments(faults: Faults, key: Key, block: Tree, signature: Signature) -> None:
    function = function_of(block)
    given = [name for name in block if not name.startswith("@")]
    missing = [name for name, item in signature.parameters.items() if item.required and name not in given]
    for name in given:
        parameter = signature.parameter(name)
        if parameter is not None:
            check_argument(faults, (*key, name), block[name], parameter)
            continue
        free = [other for other in signature.parameters if other not in given] or list(signature.parameters)
        remedy = did_you_mean(name, free) or f"it takes: {', '.join(signature.parameters) or 'nothing'}"
        missing = [other for other in missing if f"{other!r}?" not in remedy]
        section, entry = ((*key, name), "") if isinstance(block[name], dict) else (key, name)
        faults.add(f"unknown argument of {function[1] if function else '?'}", section, entry, remedy)
        _check_inner(faults, (*key, name), {"": block[name]})
    for name in missing:
        faults.add(f"{name!r} is missing", key, remedy=_how_to_give(key, name, signature.parameters[name]))


def check_argument(faults: Faults, key: Key, value: Any, parameter: Parameter) -> None:
    """Check one argument: a plain value, a block, or named blocks."""
    annotation = parameter.annotation
    if key[-1] == "*" and isinstance(value, dict):
        for name, child in value.items():
            check_argument(faults, (*key, name), child, parameter)
        return
    if faults.exempt(key, value) or (value is None and parameter.default is None):
        return
    blocks, named = contracts(annotation), named_contracts(annotation)
    if function_of(value) is not None and not parameter.annotated:
        what = f"{key[-1]!r} has no annotation, so the blocks that it takes are unknown"
        example = f"{key[-1]}: {_contract(value)}"
        faults.add(what, key, remedy=f"annotate it in the component, for instance {example}")
        _check_inner(faults, key, value)
    elif function_of(value) is not None:
        if blocks or annotation in (object, Any):
            check_block(faults, key, value, blocks)
        else:
            faults.add(f"expected {describe(annotation)}, not a block", key)
    elif named and isinstance(value, dict):
        for name, child in value.items():
            check_block(faults, (*key, name), child, named)
    elif blocks and isinstance(value, dict):
        check_block(faults, key, value, blocks)
    else:
        faults.value(value, annotation, key)


def _check_inner(faults: Faults, key: Key, block: Tree) -> None:
    """Check the blocks inside a block whose own arguments are unknown."""
    for name, value in block.items():
        here = (*key, name) if name else key
        if function_of(value) is not None:
            check_block(faults, here, value, ())
        elif isinstance(value, dict):
            _check_inner(faults, here, value)


def _contract(block: Tree) -> str:
    """Return the annotation for an argument that takes such a block."""
    function = function_of(block)
    thing = find(*function) if function else None
    try:
        return "Any" if thing is None else contract_of(thing)
    except UnreadableSignature:
        return "Any"


def _how_to_give(key: Key, name: str, parameter: Parameter) -> str:
    blocks = contracts(parameter.annotation)
    if not blocks:
        return f"add {name} = ... ({describe(parameter.annotation, limits=False)})"
    at_key = f"@{home(blocks[0]) or '...'}"
    return f"add a section [{'.'.join((*key, name))}] with {at_key} = ..."


def _expected(homes: list[str]) -> str:
    return f"write @{homes[0]} = ..." if homes else ""


def _one_of(homes: list[str]) -> str:
    return " or ".join(f"one of the {name}" for name in homes)


def _choices(homes: Iterable[str], wanted: tuple[type, ...], opening: str = ", one of:") -> str:
    names = [name for registry_name in homes for name in fitting(registry_name, wanted)]
    return f"{opening} {', '.join(names)}" if names else ""
