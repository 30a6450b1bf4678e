"""A work whose results are known, with which an engine is tried; its workers import little."""

from typing import Any

from jointre.engines.base import Do, Tick, Work
from jointre.errors import UsageError


class Squares(Work):
    """Squares numbers, each of which stands for as many items; a text is an error."""

    def begin(self, device: str | None) -> Do:
        """Return the function that squares."""
        return _square


def _square(task: Any, tick: Tick) -> Any:
    if isinstance(task, str):
        raise UsageError(task)
    tick(task)
    return task * task
