"""A reader that the user names: ``NAME``, or ``NAME:key=value,key=value`` with arguments."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jointre.annotations import fits, parse_value
from jointre.errors import Fault, UsageError
from jointre.nearest import did_you_mean
from jointre.registry import registry

OPTION = "--reader"
FILES = "corpora.*"  # in a config: every reader with a path
GIVEN = ("path", "types")  # arguments that have a place of their own on the command line


@dataclass(frozen=True)
class NamedReader:
    """The registered name of a reader of files, and its arguments apart from ``path`` and ``types``."""

    name: str
    arguments: Mapping[str, Any]

    @classmethod
    def parse(cls, text: str) -> "NamedReader":
        """Return the reader that a text names; values are JSON or text.

        Raises:
            UsageError: there is no such reader, it does not read a path, or it does not take the arguments.
        """
        name, _, rest = text.partition(":")
        named = cls(name, {})
        if faults := named._faults():
            raise UsageError("unknown reader", faults)
        pairs = [part.partition("=") for part in rest.split(",") if part.strip()]
        named = cls(name, {key.strip(): parse_value(value) for key, _, value in pairs})
        faults = [
            Fault(f"{key.strip()!r} has no value", OPTION, f"write {OPTION} {name}:{key.strip()}=VALUE")
            for key, equals, _ in pairs
            if not equals
        ]
        if faults := faults or named._wrong_arguments():
            raise UsageError(f"{name} cannot be used as asked", faults)
        return named

    @property
    def overrides(self) -> dict[str, Any]:
        """The config overrides that make this the reader of every corpus file in ``[corpora]``."""
        given = {f"{FILES}.{key}": value for key, value in self.arguments.items()}
        return {f"{FILES}.@readers": self.name, **given}

    @property
    def kind(self) -> Any:
        """The registered class or function."""
        return registry.readers.get(self.name)

    def _faults(self) -> list[Fault]:
        if not registry.readers.has(self.name):
            unknown = registry.readers.unknown(self.name)
            return [Fault(unknown.what, OPTION, unknown.remedy)]
        if "path" not in inspect.signature(self.kind).parameters:
            remedy = "name a reader that takes a path: jointre registry readers"
            return [Fault(f"{self.name} does not read a file", OPTION, remedy)]
        return []

    def _wrong_arguments(self) -> list[Fault]:
        try:
            parameters = inspect.signature(self.kind, eval_str=True).parameters
        except NameError:  # annotations of a plugin that only a type checker can read
            parameters = inspect.signature(self.kind).parameters
        known = [name for name in parameters if name not in GIVEN]
        faults = []
        for key, value in self.arguments.items():
            if key not in known:
                remedy = (
                    did_you_mean(key, known)
                    or f"its arguments are {', '.join(known) or 'path and types only'}"
                )
                faults.append(Fault(f"{self.name} has no argument {key!r}", OPTION, remedy))
            elif not (isinstance(hint := parameters[key].annotation, str) or fits(value, hint)):
                what = f"{key} cannot be {value!r}"
                faults.append(Fault(what, OPTION, f"jointre registry {self.name} explains its arguments"))
        return faults
