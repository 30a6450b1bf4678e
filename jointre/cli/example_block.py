"""An example config block for a registered function, with the blocks it needs inside."""

from typing import Any, get_args, get_origin

from jointre.annotations import arms, fits
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
from jointre.config.text import write
from jointre.config.tree import Tree
from jointre.registry import find

GUESSES: tuple[Any, ...] = ("...", 1, 0.5, False, [], {}, None)


def example_text(registry_name: str, name: str) -> str:
    """The block as it stands in a config, below the section [NAME]."""
    return write({"NAME": example_tree(registry_name, name)})


def example_tree(registry_name: str, name: str, around: tuple[str, ...] = ()) -> Tree:
    """The block as a dictionary: defaults, a guess for each required value, the first fitting block."""
    at_key, around = f"@{registry_name}", (*around, name)
    signature = signature_of(find(at_key, name))
    block: Tree = {at_key: name}
    for key, parameter in signature.parameters.items():
        default = default_json(parameter)
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
    for contract in wanted:
        registry_name = home(contract) or ""
        names = [name for name in fitting(registry_name, (contract,)) if name not in around]
        if names:
            return example_tree(registry_name, names[0], around)
    return None
