"""An engine that the user names: ``ray``, or ``ray:address=auto`` with arguments."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from jointre.engines.base import Engine
from jointre.errors import Fault, UsageError
from jointre.named import Named
from jointre.nearest import did_you_mean
from jointre.registry import registry


@dataclass(frozen=True)
class NamedEngine(Named):
    """The registered name of an engine, and its arguments; ``ray`` is short for ``jointre.ray.v1``."""

    option: str = "--engine"

    what = "engine"
    part = registry.engines
    given = ("workers", "devices")

    @classmethod
    def full(cls, name: str) -> str:
        """Return the registered name that a short name stands for; any other name as it is."""
        found = [other for other in cls.part.names() if _short(other) == name]
        return found[0] if len(found) == 1 and not cls.part.has(name) else name

    def _faults(self) -> list[Fault]:
        names = [_short(name) for name in self.part.names()]
        near = did_you_mean(self.name, names) or f"one of: {', '.join(names)}"
        known = any(problem.name == self.name for problem in self.part.problems)
        return [fault if known else replace(fault, remedy=near) for fault in super()._faults()]

    def make(self, workers: int | None, devices: Sequence[int] = ()) -> Engine:
        """Return the engine.

        Raises:
            UsageError: the constructor refuses its arguments.
        """
        try:
            engine: Engine = self.kind(workers=workers, devices=list(devices), **self.arguments)
        except (TypeError, ValueError) as error:
            raise UsageError(f"{self.name} cannot be used as asked", [self._fault(str(error), "")]) from error
        return engine


def _short(name: str) -> str:
    """Return ``ray`` for ``jointre.ray.v1``."""
    return name.partition(".")[2].rpartition(".")[0]
