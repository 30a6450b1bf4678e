"""The exceptions of jointre, and how several faults are shown at once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from jointre.place import NOWHERE, Place, Where, listed
from jointre.printable import clean

INVALID = "invalid command line"
SHOWN_PLACES = 5  # of faults that share a line
SHOWN_NAMES = 20  # of equal faults that have lines of their own


@dataclass(frozen=True)
class Fault:
    """Something that is wrong: what it is, where it is, and what to do about it.

    Args:
        what: what is wrong.
        place: where; a string becomes the name of a place as it is.
        remedy: what to do about it.
        kind: how it is shown together with others that differ from it only in the number of an item: see `of_item`.
    """

    what: str
    place: Place = NOWHERE
    remedy: str = ""
    kind: str = field(default="", compare=False)

    if TYPE_CHECKING:

        def __init__(self, what: str, place: Where = NOWHERE, remedy: str = "", kind: str = "") -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "place", Place.of(self.place))

    @classmethod
    def of_item(cls, item: str, number: int, says: str, where: Where, remedy: str = "") -> "Fault":
        """Return the fault of a numbered item, such as ``entity 3``; ``says`` follows the number."""
        return cls(f"{item} {number}{says}", where, remedy, f"{item} N{says}")

    def at(self, where: Where) -> "Fault":
        """Return the same fault at another place."""
        return replace(self, place=Place.of(where))

    @property
    def where(self) -> str:
        """The place as text."""
        return str(self.place)

    def __str__(self) -> str:
        place = f"{clean(self.where)}: " if self.place else ""
        return advised(f"{place}{self.what}", self.remedy, indent=6)


def advised(message: str, remedy: str, indent: int = 2) -> str:
    """Return a message, followed by its remedy on a line of its own if there is one."""
    return f"{message}\n{' ' * indent}-> {remedy}" if remedy else message


def described(error: BaseException) -> str:
    """Return type and text of an exception as one string, even if it cannot provide its text."""
    try:
        text = str(error)
    except Exception:
        text = "no text, because its __str__ fails"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


class JointreError(Exception):
    """Base of all errors that jointre raises deliberately; the command line exits with ``exit_code``."""

    exit_code = 1


class RefusedError(JointreError):
    """A request that is refused before any work begins, with every fault that was found.

    Args:
        title: what was refused, in one line.
        faults: all faults, never only the first. The message shows the first ``shown`` kinds of faults, and equal
            faults once, with their places.
    """

    exit_code = 2
    shown = 100

    def __init__(self, title: str, faults: Iterable[Fault] = ()) -> None:
        self.title = title
        self.faults: Sequence[Fault] = tuple(faults)
        super().__init__(self.render())

    def render(self) -> str:
        """Return the whole message: title, number of problems, one paragraph per kind of fault."""
        if not self.faults:
            return self.title
        count = f"{len(self.faults)} problem{'s' if len(self.faults) > 1 else ''}"
        alike = _alike(self.faults)
        rest = sum(len(same) for same in alike[self.shown :])
        lines = [f"{self.title} ({count})", *(f"  - {_together(same)}" for same in alike[: self.shown])]
        return "\n".join([*lines, f"  and {rest} more"] if rest else lines)


def _alike(faults: Iterable[Fault]) -> list[list[Fault]]:
    """Group faults that are shown together: those that say the same about lines and records of files.

    Tensors and keys have names of their own, so each has its own line, unless there are many. Items of records, such as
    ``entity 3``, lose their numbers if more than a few faults are equal otherwise.
    """
    groups: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        what = fault.kind if fault.kind and fault.place.is_numbered else fault.what
        groups.setdefault((what, fault.remedy), []).append(fault)
    return [part for same in groups.values() for alike in _by_item(same) for part in _by_name(alike)]


def _by_item(same: list[Fault]) -> list[list[Fault]]:
    """Faults that differ in the number of an item at most, apart if they are few."""
    if len(same) > SHOWN_PLACES:
        return [same]
    apart: dict[str, list[Fault]] = {}
    for fault in same:
        apart.setdefault(fault.what, []).append(fault)
    return list(apart.values())


def _by_name(same: list[Fault]) -> list[list[Fault]]:
    if all(fault.place.is_numbered for fault in same):
        return [same]
    named: dict[Place, list[Fault]] = {}
    for fault in same:
        named.setdefault(fault.place, []).append(fault)
    first, rest = list(named.values())[:SHOWN_NAMES], list(named.values())[SHOWN_NAMES:]
    return [*first, [fault for faults in rest for fault in faults]] if rest else first


def _together(faults: Sequence[Fault]) -> str:
    """Return the line of several faults of one kind, with their places and number."""
    first = faults[0]
    if len(faults) == 1:
        return str(first)
    where = list(dict.fromkeys(fault.place for fault in faults if fault.place))
    same = all(fault.what == first.what for fault in faults)
    what = f"{first.what if same else first.kind} ({len(faults)} times)"
    return str(replace(first, what=what, place=Place(listed(where, SHOWN_PLACES))))


class UsageError(RefusedError):
    """The command was called in a way that is not possible."""


class ConfigError(RefusedError):
    """A config that cannot be used."""


class DataError(RefusedError):
    """A corpus, types file or input document that cannot be used."""


class ModelFolderError(RefusedError):
    """A model folder that is incomplete, altered, or needs something that is not installed."""


class BuildError(RefusedError):
    """Components that do not fit each other, found while a model is built."""


class RegistryError(RefusedError):
    """A name that cannot be registered or found."""


class TrainingError(JointreError):
    """A run that cannot continue; the message ends with the remedy if there is one."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(advised(what, remedy))


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, shortened, or its type if it has no message."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


T = TypeVar("T")


class FaultList(list[Fault]):
    """The faults of steps that do not depend on each other."""

    def __init__(self) -> None:
        super().__init__()
        self._errors: list[RefusedError] = []

    def attempt(self, step: Callable[..., T], *arguments: object) -> T | None:
        """Return the result of a step, or None if it raised faults, which are added to the list."""
        try:
            return step(*arguments)
        except RefusedError as error:
            self._errors.append(error)
            self.extend(error.faults or [Fault(error.title)])
            return None

    def raise_all(self, title: str) -> None:
        """Raise the faults, if there are any.

        Raises:
            RefusedError: the error of the only step that failed, or one with ``title`` and all faults.
        """
        if len(self._errors) == 1 and len(self) == max(len(self._errors[0].faults), 1):
            raise self._errors[0]
        if self:
            raise UsageError(title, self)


def all_of(title: str, *steps: Callable[[], Any]) -> list[Any]:
    """Return the results of steps that do not depend on each other.

    Raises:
        RefusedError: the error of a single step that failed, or one with ``title`` and the faults of all steps that
            failed.
    """
    faults = FaultList()
    results = [faults.attempt(step) for step in steps]
    faults.raise_all(title)
    return results
