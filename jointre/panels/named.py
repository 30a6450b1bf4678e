"""Panels that the user names."""

from collections.abc import Iterator
from dataclasses import dataclass

from jointre.named import ShortNamed
from jointre.panels.base import Panel
from jointre.registry import registry


@dataclass(frozen=True)
class NamedPanel(ShortNamed):
    """The registered name of a panel, and its arguments; ``triples`` is short for ``jointre.triples.v1``."""

    option: str = "--format html:panels"

    what = "panel"
    part = registry.panels


def panels_of(names: str) -> Iterator[Panel]:
    """Yield the panels of names with ``+`` between them.

    Raises:
        UsageError: a panel does not exist, or refuses its arguments.
    """
    for name in filter(None, names.split("+")):
        yield NamedPanel.parse(name).made()
