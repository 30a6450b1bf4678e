"""Renderers: show documents to people. Importing this package registers those of jointre."""

from jointre.renderers.base import Renderer
from jointre.renderers.html import HtmlPage
from jointre.renderers.text import PlainText

__all__ = ["HtmlPage", "PlainText", "Renderer"]
