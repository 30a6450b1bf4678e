"""Breakdowns on the command line: ``--by length,type`` and ``--buckets length=20,35,51``."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jointre.cli.completion import breakdown_names
from jointre.errors import ConfigError, Fault, UsageError

if TYPE_CHECKING:
    from jointre.breakdowns import Breakdown
    from jointre.config import Config

SECTION = "evaluation.breakdowns"

By = Annotated[
    str | None,
    typer.Option(
        "--by",
        help="Break scores down by length, entities, relations, distance, type, overlap, triples, or errors by class"
        " (error). Separate by commas.",
        metavar="NAMES",
        autocompletion=breakdown_names,
    ),
]
Buckets = Annotated[
    list[str] | None,
    typer.Option(
        "--buckets",
        help="Buckets of a breakdown in --by, such as length=20,35,51. Repeatable.",
        metavar="NAME=N,N,...",
    ),
]


def asked_breakdowns(
    config: "Config", by: str | None, buckets: Sequence[str] | None = None
) -> "dict[str, Breakdown]":
    """Return the requested breakdowns of ``config``, with the requested buckets.

    Args:
        config: has ``[evaluation.breakdowns]``.
        by: names separated by commas.
        buckets: ``NAME=N,N,...`` each.

    Raises:
        UsageError: with every name and number that cannot be used.
    """
    from jointre.breakdowns import unknown
    from jointre.config import resolve

    known: dict[str, Breakdown] = resolve(config, SECTION)
    names = list(dict.fromkeys(name.strip() for name in by.split(","))) if by is not None else []
    faults = unknown(names, known, "--by")
    result = {name: known[name] for name in names if name in known}
    for text in buckets or ():
        name, equals, numbers = text.partition("=")
        if not equals:
            what = "expected NAME=N,N,...: the first number of each bucket but the first"
            faults.append(Fault(what, f"--buckets {text}", "for example --buckets length=20,35,51"))
        elif name not in known:
            faults += unknown([name], known, f"--buckets {text}")
        elif name not in names:
            faults.append(Fault(f"{name} is not in --by", f"--buckets {text}", f"add it: --by {name}"))
        else:
            made = _with_bounds(config, name, numbers, f"--buckets {text}")
            faults += made if isinstance(made, list) else []
            result[name] = result[name] if isinstance(made, list) else made
    if faults:
        raise UsageError("unknown breakdowns or buckets", faults)
    return result


def _with_bounds(config: "Config", name: str, numbers: str, where: str) -> "Breakdown | list[Fault]":
    """Return the breakdown with other bounds, or what is wrong with them."""
    from jointre.cli.overrides import parse_value
    from jointre.config import resolve

    block: Mapping[str, Any] = config[f"{SECTION}.{name}"]
    if "bounds" not in block:
        return [Fault(f"{block['@breakdowns']} takes no bounds", where, "remove this --buckets")]
    bounds = [parse_value(number) for number in numbers.split(",")]
    wrong = [str(bound) for bound in bounds if type(bound) is not int]
    if wrong:
        what = f"not whole numbers: {', '.join(map(repr, wrong))}"
        return [Fault(what, where, "for example --buckets length=20,35,51")]
    values = deepcopy(config.values)
    values["evaluation"]["breakdowns"][name]["bounds"] = bounds
    try:
        made: Breakdown = resolve(replace(config, values=values), f"{SECTION}.{name}")
    except ConfigError as error:
        return [fault.at(where) for fault in error.faults]
    return made
