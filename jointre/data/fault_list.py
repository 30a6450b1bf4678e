"""Faults of several steps, gathered so that all can be told at once."""

from collections.abc import Callable
from typing import Any, TypeVar

from jointre.errors import Fault, RefusedError, UsageError

T = TypeVar("T")


class FaultList(list[Fault]):
    """The faults of steps that do not depend on each other."""

    def attempt(self, step: Callable[..., T], *arguments: object) -> T | None:
        """What a step gives, or None with its faults noted."""
        try:
            return step(*arguments)
        except RefusedError as error:
            self.extend(error.faults or [Fault(error.title)])
            return None


def all_of(title: str, *steps: Callable[[], Any]) -> list[Any]:
    """What steps give that do not depend on each other.

    Raises:
        RefusedError: the one that a step raised, or one with ``title`` and the faults of all that did.
    """
    results, errors = [], []
    for step in steps:
        try:
            results.append(step())
        except RefusedError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise UsageError(title, [fault for error in errors for fault in error.faults or [Fault(error.title)]])
    return results
