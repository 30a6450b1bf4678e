"""Limits on the arguments of components: annotated types that define which values are allowed.

The check of a config reads them, and the choices of a ``Literal``, from the signatures before any component is made;
`Limited` enforces them in Python, too.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Annotated, Any, get_type_hints

from jointre.annotations import Limit, arms, fits, literals, outside


def at_least(minimum: float) -> Limit:
    """Allow values from ``minimum`` on."""
    return Limit(lambda value: value >= minimum, f"{minimum} or more")


def between(minimum: float, maximum: float) -> Limit:
    """Allow values from ``minimum`` to ``maximum``, both included."""
    return Limit(lambda value: minimum <= value <= maximum, f"{minimum} to {maximum}")


ABOVE_0 = Limit(lambda value: value > 0, "above 0")
BELOW_1 = Limit(lambda value: 0 <= value < 1, "0 or more and below 1")
FRACTION = Limit(lambda value: 0 < value <= 1, "above 0 and at most 1")
PRETRAINED = Limit(lambda value: True, "a hub id, a folder, or pkg:PACKAGE/PATH")
EXISTS = Limit(lambda value: True, "an existing file or folder")

PositiveInt = Annotated[int, at_least(1)]
NonNegativeInt = Annotated[int, at_least(0)]
TwoOrMore = Annotated[int, at_least(2)]
PositiveFloat = Annotated[float, ABOVE_0]
NonNegativeFloat = Annotated[float, at_least(0)]
Probability = Annotated[float, between(0, 1)]
ProperFraction = Annotated[float, BELOW_1]
"""0 is allowed and means no dropout, or no warm-up."""
Fraction = Annotated[float, FRACTION]
LayerSize = Annotated[int, between(1, 65_536)]
OptionalSize = Annotated[int, between(0, 65_536)]
"""The width of an optional part; 0 leaves it out."""
LayerCount = Annotated[int, between(1, 64)]
HeadCount = Annotated[int, between(1, 1024)]
ColumnNumber = Annotated[int, between(1, 10_000)]
LayerIndex = Annotated[int, between(-256, 256)]
"""A hidden layer: 0 is the embeddings, -1 the last layer."""
PretrainedName = Annotated[str, PRETRAINED]
InputPath = Annotated[str, EXISTS]
"""A file or folder to read; the preflight of commands that read it checks that it exists."""


class Limited:
    """The base of every contract: constructors refuse arguments that are outside the limits, or not among
    the choices, in their signatures.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__init__" in vars(cls):
            cls.__init__ = _holding_limits(cls.__init__)  # type: ignore[method-assign]


def _holding_limits(constructor: Callable[..., None]) -> Callable[..., None]:
    """Return a constructor that first raises a ValueError with every argument outside its limits or choices."""
    names = inspect.signature(constructor).parameters

    @wraps(constructor)
    def construct(self: Any, *args: Any, **kwargs: Any) -> None:
        given = {**dict(zip(names, (self, *args), strict=False)), **kwargs}
        if found := _all_outside(given, _annotations(constructor)):
            raise ValueError("; ".join(found))
        constructor(self, *args, **kwargs)

    return construct


@cache
def _annotations(constructor: Callable[..., None]) -> dict[str, Any]:
    try:
        return get_type_hints(constructor, include_extras=True)
    except (NameError, TypeError, AttributeError):  # the check of a config reports it
        return {}


def _all_outside(given: Mapping[str, Any], annotations: Mapping[str, Any]) -> list[str]:
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    found = {
        name: outside(values[name], annotations[name]) or _not_a_choice(values[name], annotations[name])
        for name in annotations
        if name in values
    }
    return [f"{name} {what}" for name, what in found.items() if what]


def _not_a_choice(value: Any, annotation: Any) -> str:
    """Return what is wrong with a value that is not among the choices of a Literal; empty if it is, or without one.

    An annotation may also allow other types, such as a list of strings; a single string is none of them.
    """
    choices = literals(annotation)
    if not choices and isinstance(value, str) and any(map(literals, arms(annotation))):
        choices = tuple(name for arm in arms(annotation) for name in literals(arm) or [arm])
    if not choices or fits(value, annotation):
        return ""
    return f"is {value!r}; it is one of {', '.join(map(str, choices))}"
