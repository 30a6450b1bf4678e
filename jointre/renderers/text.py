"""The renderer that writes text for a terminal."""

import sys
from collections.abc import Iterable
from typing import TextIO

from jointre.console import SafeConsole, stdout_console
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.registry import registry
from jointre.renderers.base import Renderer

FILE_WIDTH = 100


@registry.renderers("jointre.text.v1")
class PlainText(Renderer):
    """Writes sentences with entities in brackets and relations below, in colours if it is a terminal."""

    endings = (".txt",)

    def render(self, docs: Iterable[Doc], file: TextIO, labels: Labels) -> None:
        """See `Renderer.render`."""
        from jointre.rendering.terminal import show_docs

        console = stdout_console() if file is sys.stdout else SafeConsole(file=file, width=FILE_WIDTH)
        show_docs(docs, console, labels)
