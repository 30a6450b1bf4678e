"""A renderer that the user names, or whose format the name of the output says."""

from dataclasses import dataclass
from pathlib import Path

from jointre.named import ShortNamed
from jointre.registry import registry
from jointre.renderers.base import Renderer


@dataclass(frozen=True)
class NamedRenderer(ShortNamed):
    """The registered name of a renderer, and its arguments; ``html`` is short for ``jointre.html.v1``."""

    option: str = "--format"

    what = "format"
    part = registry.renderers

    def make(self) -> Renderer:
        """Return the renderer.

        Raises:
            UsageError: the constructor refuses its arguments.
        """
        renderer: Renderer = self.made()
        return renderer


def renderer_for(path: Path) -> Renderer | None:
    """Return the renderer whose format the ending of a name says, before a ``.gz``; None if none or several do."""
    name = path.name.lower().removesuffix(".gz")
    known = registry.renderers.get_all().items()
    found = [other for other, kind in known if name.endswith(tuple(kind.endings) or "/")]
    return NamedRenderer(found[0], {}).make() if len(found) == 1 else None
