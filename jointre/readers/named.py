"""A reader that the user names: ``NAME``, or ``NAME:key=value,key=value`` with arguments."""

import inspect
from dataclasses import dataclass
from typing import Any

from jointre.errors import Fault
from jointre.named import Named
from jointre.registry import registry

FILES = "corpora.*"  # in a config: every reader with a path


@dataclass(frozen=True)
class NamedReader(Named):
    """The registered name of a reader of files, and its arguments apart from ``path`` and ``types``."""

    option: str = "--reader"

    what = "reader"
    part = registry.readers
    given = ("path", "types")

    @property
    def overrides(self) -> dict[str, Any]:
        """The config overrides that make this the reader of every corpus file in ``[corpora]``."""
        given = {f"{FILES}.{key}": value for key, value in self.arguments.items()}
        return {f"{FILES}.@readers": self.name, **given}

    def _faults(self) -> list[Fault]:
        if faults := super()._faults():
            return faults
        if "path" not in inspect.signature(self.kind).parameters:
            remedy = "name a reader that takes a path: jointre registry readers"
            return [self._fault(f"{self.name} does not read a file", remedy)]
        return []
