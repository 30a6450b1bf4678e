"""A console that prints no character with which a file name, label or id could steer the terminal."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from jointre.printable import UNSAFE, clean_lines


class SafeConsole(Console):
    """Cleans everything it prints, so that no caller needs to; styles, bars and links of rich are not touched."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None, **more: Any
    ) -> Iterable[Segment]:
        """Render to segments, which tables and panels do for each part of theirs."""
        for segment in super().render(renderable, options, **more):
            text, style, control = segment
            yield segment if control or not UNSAFE.search(text) else Segment(clean_lines(text), style)
