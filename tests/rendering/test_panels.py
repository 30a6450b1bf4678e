"""Panels of the HTML page: named on the command line, shown above the documents, held to their contract."""

from html import escape
from io import StringIO
from pathlib import Path

import pytest

from jointre.errors import UsageError
from jointre.panels import Panel, TriplesPanel
from jointre.renderers import HtmlPage
from jointre.testing import check_component, toy_docs, toy_labels

MODEL = Path(__file__).parents[1] / "fixtures" / "model-0.1.0"


class Words(Panel):
    """The words of all documents, in a paragraph."""

    title = "Words & signs"
    shown = "<p>{}</p>"

    def html(self, docs, labels):
        return self.shown.format(escape(" ".join(word for doc in docs for word in doc.words)))


class Unescaped(Words):
    def html(self, docs, labels):
        return " ".join(word for doc in docs for word in doc.words)


class Untitled(Words):
    title = ""


class Returns(Words):
    def html(self, docs, labels):
        return [word for doc in docs for word in doc.words]


class NotClosed(Words):
    shown = "<p>{}"


class ClosedTwice(Words):
    shown = "<p>{}</p></p>"


class Script(Words):
    shown = "<script>{}</script>"


class Loads(Words):
    shown = '<p>{}</p><img src="https://example.org/a.png">'


class Changes(Words):
    def html(self, docs, labels):
        for doc in docs:
            doc.relations.clear()
        return super().html(docs, labels)


class NeedsDocuments(Words):
    def html(self, docs, labels):
        return f"<p>{len(docs[0].words)}</p>"


def test_panels_stand_above_the_documents() -> None:
    file = StringIO()
    HtmlPage(panels="triples+jointre.triples.v1").render(toy_docs(), file, toy_labels())
    page = file.getvalue()
    assert page.count('<section class="panel">\n<h2>Relations between types</h2>') == 2
    assert page.rindex("</section>") < page.index("<article")


def test_triples_are_counted() -> None:
    docs = toy_docs()
    first = docs[0]
    relation = first.relations[0]
    labels = [first.entities[relation.head].label, relation.label, first.entities[relation.tail].label]
    row = "".join(f"<td><bdi>{label}</bdi></td>" for label in labels)
    assert f"<tr>{row}<td>2</td></tr>" in TriplesPanel().html([first, first], toy_labels())
    assert "No relations" in TriplesPanel().html([], toy_labels())


def test_an_unknown_panel_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown panel") as caught:
        HtmlPage(panels="tripels")
    assert "jointre.triples.v1" in str(caught.value)


def test_a_panel_is_named_on_the_command_line(in_process, tmp_path) -> None:
    text, page = tmp_path / "text.txt", tmp_path / "out.html"
    text.write_text("Anna Berg met Otto in Rome.\n", encoding="utf8")
    done = in_process("predict", MODEL, text, page, "--format", "html:panels=triples")
    assert done.code == 0, done.err
    assert "Relations between types" in page.read_text("utf8")


def test_a_sound_panel_passes() -> None:
    check_component(Words())


@pytest.mark.parametrize(
    ("panel", "message"),
    [
        (Unescaped(), "does not escape"),
        (Untitled(), "has no title"),
        (Returns(), "not a text"),
        (NotClosed(), "does not close <p>"),
        (ClosedTwice(), "not well formed"),
        (Script(), "has a script"),
        (Loads(), "loads https://example.org/a.png"),
        (Changes(), "changes its documents"),
        (NeedsDocuments(), "failed"),
    ],
)
def test_a_faulty_panel_is_caught(panel: Panel, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_component(panel)
