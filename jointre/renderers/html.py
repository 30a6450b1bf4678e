"""The renderer that writes one self-contained page."""

from collections.abc import Iterable
from typing import TextIO

from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.panels.named import panels_of
from jointre.registry import registry
from jointre.renderers.base import Renderer


@registry.renderers("jointre.html.v1")
class HtmlPage(Renderer):
    """Writes a page with the entities marked in the text and the relations below; see `jointre.rendering.html`.

    Args:
        title: heading of the page.
        panels: names of panels to show above the documents, with ``+`` between them.
    """

    endings = (".html", ".htm")

    def __init__(self, title: str = "Entities and relations", panels: str = "") -> None:
        self.title = title
        self.panels = list(panels_of(panels))

    def render(self, docs: Iterable[Doc], file: TextIO, labels: Labels) -> None:
        """See `Renderer.render`; the page begins with the number of documents, so it is written at the end."""
        from jointre.rendering.html import html_page

        found = list(docs)
        panels = [(panel.title, panel.html(found, labels)) for panel in self.panels]
        file.write(html_page(found, self.title, labels, panels))
