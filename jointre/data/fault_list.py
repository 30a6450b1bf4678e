"""Faults of several steps, gathered so that all can be told at once."""

from collections.abc import Callable
from typing import TypeVar

from jointre.errors import Fault, RefusedError

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
