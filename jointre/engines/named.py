"""An engine that the user names: ``ray``, or ``ray:address=auto`` with arguments."""

from collections.abc import Sequence
from dataclasses import dataclass

from jointre.engines.base import Engine
from jointre.errors import Fault
from jointre.named import ShortNamed
from jointre.registry import registry


@dataclass(frozen=True)
class NamedEngine(ShortNamed):
    """The registered name of an engine, and its arguments; ``ray`` is short for ``jointre.ray.v1``."""

    option: str = "--engine"

    what = "engine"
    part = registry.engines
    given = ("workers", "devices")

    def _faults(self) -> list[Fault]:
        return self._unknown()

    def make(self, workers: int | None, devices: Sequence[int] = ()) -> Engine:
        """Return the engine.

        Raises:
            UsageError: the constructor refuses its arguments.
        """
        engine: Engine = self.made(workers=workers, devices=list(devices))
        return engine
