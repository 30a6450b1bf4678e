"""The exceptions jointre raises, and how several faults are shown at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: what it is, where it stands, and what to do about it."""

    what: str
    where: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f"\n      -> {self.remedy}" if self.remedy else ""
        return f"{place}{self.what}{advice}"


def described(error: BaseException) -> str:
    """Type and text of an exception in one string, even if it cannot give its text."""
    try:
        text = str(error)
    except Exception:
        text = "no text, because its __str__ fails"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


class JointreError(Exception):
    """Base of all errors that jointre raises on purpose; the command line exits with ``exit_code``."""

    exit_code = 1


class RefusedError(JointreError):
    """A request refused at the door, with every fault that was found.

    Args:
        title: what was refused, in one line.
        faults: all faults found, never only the first.
    """

    exit_code = 2

    def __init__(self, title: str, faults: Iterable[Fault] = ()) -> None:
        self.title = title
        self.faults: Sequence[Fault] = tuple(faults)
        super().__init__(self.render())

    def render(self) -> str:
        """The whole message: title, number of faults, one paragraph a fault."""
        if not self.faults:
            return self.title
        count = f"{len(self.faults)} fault{'s' if len(self.faults) > 1 else ''}"
        return "\n".join([f"{self.title} ({count})", *(f"  - {fault}" for fault in self.faults)])


class UsageError(RefusedError):
    """The command was called in a way it does not understand."""


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
    """A training that cannot go on."""


def first_line(error: BaseException) -> str:
    """The first line of an error's message, shortened, or its kind if it has none."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
