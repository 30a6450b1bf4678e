"""The contract of renderers."""

from copy import deepcopy
from io import StringIO

from jointre.data.doc import Doc
from jointre.renderers.base import Renderer
from jointre.testing.asserts import expect, named
from jointre.testing.toy import toy_docs, toy_labels


def check_renderer(renderer: Renderer) -> None:
    """Check that something is written, always the same, also for no documents, and that documents stay unchanged."""
    what, docs = named(renderer), toy_docs()
    kept = deepcopy(docs)
    shown = _rendered(renderer, docs)
    expect(shown.strip(), f"{what} writes nothing")
    expect(_rendered(renderer, docs) == shown, f"{what} writes something else the second time")
    expect(docs == kept, f"{what} changes its documents")
    _rendered(renderer, [])
    expect(all(ending.startswith(".") for ending in renderer.endings), f"{what}: an ending has no dot")


def _rendered(renderer: Renderer, docs: list[Doc]) -> str:
    file = StringIO()
    renderer.render(iter(docs), file, toy_labels())
    return file.getvalue()
