"""A registered class that the user names on the command line: ``NAME``, or ``NAME:key=value,key=value``."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeVar

from jointre.annotations import fits, parse_value
from jointre.errors import Fault, UsageError
from jointre.nearest import did_you_mean
from jointre.printable import dump_json
from jointre.registry import Registry, registry

Self = TypeVar("Self", bound="Named")


@dataclass(frozen=True)
class Named:
    """A registered name and the arguments of its constructor; a subclass says in which registry it is.

    Args:
        name: the name.
        arguments: the arguments by name.
        option: the option of the command line that names it, for messages.

    Attributes:
        what: what is named, for messages.
        part: its registry.
        given: arguments that have a place of their own on the command line.
    """

    name: str
    arguments: Mapping[str, Any]
    option: str = ""

    what: ClassVar[str]
    part: ClassVar[Registry] = registry.readers
    given: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def parse(cls: type[Self], text: str, option: str | None = None) -> Self:
        """Return what a text names; values are JSON or text.

        Args:
            text: the name, perhaps with arguments.
            option: the option of the command line; None for the usual one.

        Raises:
            UsageError: there is no such name, or it does not take the arguments.
        """
        name, _, rest = text.partition(":")
        named = cls(cls.full(name), {}) if option is None else cls(cls.full(name), {}, option)
        if faults := named._faults():
            raise UsageError(f"unknown {cls.what}", faults)
        pairs = [part.partition("=") for part in rest.split(",") if part.strip()]
        named = replace(named, arguments={key.strip(): parse_value(value) for key, _, value in pairs})
        faults = [
            named._fault(f"{key.strip()!r} has no value", f"write {named.option} {name}:{key.strip()}=VALUE")
            for key, equals, _ in pairs
            if not equals
        ]
        if faults := faults or named._wrong_arguments():
            raise UsageError(f"{name} cannot be used as asked", faults)
        return named

    @classmethod
    def full(cls, name: str) -> str:
        """Return the registered name that a name on the command line stands for."""
        return name

    @property
    def kind(self) -> Any:
        """The registered class or function."""
        return self.part.get(self.name)

    def made(self, **given: Any) -> Any:
        """Return the object, from the arguments that were named and those that have a place of their own.

        Raises:
            UsageError: the constructor refuses its arguments.
        """
        try:
            return self.kind(**given, **self.arguments)
        except (TypeError, ValueError) as error:
            raise UsageError(f"{self.name} cannot be used as asked", [self._fault(str(error), "")]) from error

    def _fault(self, what: str, remedy: str) -> Fault:
        return Fault(what, self.option, remedy)

    def _faults(self) -> list[Fault]:
        if self.part.has(self.name):
            return []
        unknown = self.part.unknown(self.name)
        return [self._fault(unknown.what, unknown.remedy)]

    def _unknown(self, others: Sequence[str] = ()) -> list[Fault]:
        """Return the fault of a name that is not registered, with short names, and ``others``, in its remedy."""
        names = [*others, *(short_name(name) for name in self.part.names())]
        near = did_you_mean(self.name, names) or f"one of: {', '.join(names)}"
        known = any(problem.name == self.name for problem in self.part.problems)
        known = known or self.part.is_foreign(self.name)
        return [fault if known else replace(fault, remedy=near) for fault in Named._faults(self)]

    def _wrong_arguments(self) -> list[Fault]:
        try:
            parameters = inspect.signature(self.kind, eval_str=True).parameters
        except NameError:  # annotations of a plugin that only a type checker can read
            parameters = inspect.signature(self.kind).parameters
        known = [name for name in parameters if name not in self.given]
        faults = []
        for key, value in self.arguments.items():
            if key not in known:
                others = f"{' and '.join(self.given)} only" if self.given else "none"
                remedy = did_you_mean(key, known) or f"its arguments are {', '.join(known) or others}"
                faults.append(self._fault(f"{self.name} has no argument {key!r}", remedy))
            elif not (isinstance(hint := parameters[key].annotation, str) or fits(value, hint)):
                remedy = f"jointre registry {self.part.name} {self.name} explains its arguments"
                faults.append(self._fault(f"{key} cannot be {value!r}", remedy))
        return faults


def text_of(value: Any) -> str:
    """Return the text of an argument that `Named.parse` reads as this value; a comma in a string is escaped."""
    if isinstance(value, str) and parse_value(value) == value and "," not in value:
        return value
    text = dump_json(value)
    return text.replace(",", r"\u002c") if isinstance(value, str) else text


def short_name(name: str) -> str:
    """Return ``brat`` for ``jointre.brat.v1``."""
    return name.partition(".")[2].rpartition(".")[0]


@dataclass(frozen=True)
class ShortNamed(Named):
    """A `Named` whose registered name may be shortened to its middle, if only one name has it."""

    @classmethod
    def full(cls, name: str) -> str:
        """Return the registered name that a short name stands for; any other name as it is."""
        return full_name(cls.part, name) or name


def full_name(part: Registry, name: str) -> str | None:
    """Return the registered name that ``name`` is, or is the middle of if only one name has it; None if there is
    none.
    """
    names = part.names()
    found = [other for other in names if short_name(other) == name]
    return name if name in names else found[0] if len(found) == 1 else None
