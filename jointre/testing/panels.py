"""The contract of panels."""

from copy import deepcopy
from dataclasses import replace
from html.parser import HTMLParser

from jointre.data.doc import Doc, Entity, Relation
from jointre.panels.base import Panel
from jointre.testing.asserts import expect, named
from jointre.testing.toy import toy_docs, toy_labels

ODD = "<jointre-odd>&"
VOID = {"area", "br", "col", "hr", "img", "input", "wbr"}
LOADING = {"src", "srcset", "href", "action", "data"}


def check_panel(panel: Panel) -> None:
    """Check the HTML of a panel: it is well formed, escapes text, loads nothing, is always the same, also for no
    documents, and leaves documents unchanged.
    """
    what, known, docs = named(panel), toy_labels(), [*toy_docs(), _odd()]
    labels = replace(known, entities=(*known.entities, ODD), relations=(*known.relations, ODD))
    kept = deepcopy(docs)
    shown = panel.html(docs, labels)
    expect(isinstance(panel.title, str) and panel.title.strip(), f"{what} has no title")
    expect(isinstance(shown, str), f"{what} returns a {type(shown).__name__}, not a text")
    expect(panel.html(docs, labels) == shown, f"{what} returns something else the second time")
    expect(docs == kept, f"{what} changes its documents")
    _check_html(what, shown)
    _check_html(what, panel.html([], labels))


def _odd() -> Doc:
    """Return a document whose words, types and id look like HTML."""
    words = [ODD, "met", ODD]
    entities = [Entity(0, 1, ODD), Entity(2, 3, ODD)]
    return Doc(words, entities, [Relation(0, 1, ODD)], id=ODD)


def _check_html(what: str, text: str) -> None:
    page = _Page()
    page.feed(text)
    page.close()
    expect("jointre-odd" not in page.tags, f"{what} does not escape a text of the document (html.escape)")
    expect(not page.wrong, f"{what} returns HTML that is not well formed: {page.wrong}")
    expect(not page.open, f"{what} does not close <{page.open[-1] if page.open else ''}>")
    expect("script" not in page.tags, f"{what} has a script, which the page does not run")
    expect(not page.loads, f"{what} loads {page.loads}, which the page does not do")


class _Page(HTMLParser):
    """The tags of a piece of HTML, and the first fault in it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.wrong = self.loads = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        outside = [
            text for name, text in attrs if name in LOADING and not (text or "").startswith(("#", "data:"))
        ]
        self.loads = self.loads or next(filter(None, outside), "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:  # as in SVG
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.wrong = self.wrong or f"</{tag}> without <{tag}>"
