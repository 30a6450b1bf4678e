"""The HTML page: complete, well nested, harmless, readable."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.labels import Labels
from jointre.rendering.html import html_fragment, html_page
from jointre.rendering.style import COLOURS, DARK, LIGHT

VOID = {"meta", "br"}
EVIL = "<script>alert(1)</script>\"'&"


class Page(HTMLParser):
    """Checks the nesting of tags and collects what a reader sees."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.sentences: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if (kind := dict(attrs).get("class") or "").startswith("words"):
            self.sentences.append("")
        if tag not in VOID:
            self.open.append((tag, kind))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        kinds = [kind.split(" ")[0] for _, kind in self.open]
        if "words" in kinds and "l" not in kinds:
            self.sentences[-1] += data
        if self.open and self.open[-1][0] != "style":
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def example(**more: object) -> Doc:
    words = ["Ines", "Moreau", "works", "for", "Halden", "Robotics", "."]
    entities = [Entity(0, 2, "Person", 0.987), Entity(4, 6, "Org"), Entity(4, 5, "Place")]
    return Doc(words, entities, [Relation(0, 1, "works_for", 0.934)], **more)  # type: ignore[arg-type]


def test_what_the_page_says() -> None:
    text = Page(html_page([example(id="test:1"), Doc(["nothing"])], "Predictions")).text
    for part in [
        "Predictions",
        "2 documents · 3 entities · 1 relation",
        "test:1",
        "0.93",
        "0.99",
        "No entities.",
    ]:
        assert part in text


def test_it_needs_neither_network_nor_script() -> None:
    page = html_page([example()], "t")
    assert not re.search(r"https?:|//[a-z]|@import|url\(|<script|<link|<img| on\w+=", page)
    assert "default-src 'none'" in page


def test_everything_is_escaped() -> None:
    doc = Doc([EVIL, "b"], [Entity(0, 1, EVIL)], [Relation(0, 0, EVIL)], id=EVIL)
    page = html_page([doc], EVIL, Labels((EVIL,), (EVIL,)))
    assert "<script" not in page
    parsed = Page(page)
    assert parsed.sentences == [f"{EVIL} b"]
    assert {tag for tag, _ in parsed.tags} >= {"article", "mark", "table"}
    assert parsed.all("article") == [{"class": "doc", "aria-label": EVIL}]


@st.composite
def docs(draw: st.DrawFn) -> Doc:
    words = draw(st.lists(st.text("ab<&>\"' ]\n", min_size=1, max_size=4), min_size=1, max_size=6))
    start = st.integers(0, len(words) - 1)
    spans = draw(st.lists(st.tuples(start, st.integers(1, 6)), max_size=6))
    entities = [Entity(first, min(len(words), first + width), "T") for first, width in spans]
    row = st.integers(0, max(0, len(entities) - 1))
    relation = st.builds(Relation, row, row, st.just("R"))
    return Doc(words, entities, draw(st.lists(relation, max_size=3)) if entities else [])


@settings(max_examples=50)
@given(found=st.lists(docs(), max_size=3))
def test_any_document_gives_well_nested_tags_and_its_own_text(found: list[Doc]) -> None:
    page = Page(html_page(found, "t"))
    assert page.sentences == [" ".join(doc.words) for doc in found]
    anchors = [attrs["id"] for attrs in page.all("mark") if "id" in attrs]
    assert len(anchors) == len(set(anchors)) == sum(len(doc.entities) for doc in found)
    links = {str(attrs["href"]).removeprefix("#") for attrs in page.all("a")}
    assert links <= set(anchors)


def test_raw_text_is_shown_as_it_is() -> None:
    doc = example(text="Ines  Moreau works\nfor Halden Robotics.", offsets=None)
    doc.offsets = [(0, 4), (6, 12), (13, 18), (19, 22), (23, 29), (30, 38), (38, 39)]
    page = Page(html_page([doc], "t"))
    assert page.sentences == [doc.text]
    assert "Ines Moreau" in page.text


def test_marks_leave_room_for_what_they_hold() -> None:
    doc = Doc(list("abc"), [Entity(0, 1, "X"), Entity(0, 3, "X"), Entity(0, 2, "X")])
    styles = [attrs["style"] for attrs in Page(html_page([doc], "t")).all("mark")]
    assert styles == ["--n:2", "--n:1", "--n:0"]


def test_the_legend_keeps_the_order_of_the_labels_and_adds_what_else_occurs() -> None:
    labels = Labels(("Place", "Person", "Event"), ("works_for",))
    page = html_page([example()], "t", labels)
    legend = re.findall(r'class="key k\d+"><bdi>(\w+)</bdi> <b>(\d+)', page)
    assert legend == [("Place", "1"), ("Person", "1"), ("Event", "0"), ("Org", "1")]


def test_symmetric_relations_have_no_direction() -> None:
    labels = Labels(("Person",), ("works_for",), frozenset({"works_for"}))
    assert 'class="back"' in html_page([example()], "t", labels)
    assert 'class="back"' not in html_page([example()], "t")


def test_a_fragment_for_a_notebook_has_its_own_style_and_anchors() -> None:
    docs = [example(id="a"), example(id="b"), Doc([EVIL, "b"], [Entity(0, 1, EVIL)], id=EVIL)]
    pages = [Page(doc._repr_html_()) for doc in docs]
    for page, doc in zip(pages, docs, strict=True):
        fragment = html_fragment(doc)
        assert fragment.startswith('<div class="jointre">') and "<script" not in fragment
        style = fragment[fragment.index("<style>") : fragment.index("</style>")]
        assert ":root" not in style and style.count("{") == style.count("}")
        card = re.search(r"\.doc \{([^}]*)\}", style)
        assert card and " color: var(--ink)" in card[1], "the notebook may be dark and the document light"
        assert page.sentences == [" ".join(doc.words)]
    ids = [{str(attrs["id"]) for attrs in page.all("mark") if "id" in attrs} for page in pages]
    assert len(set.union(*ids)) == sum(len(doc.entities) for doc in docs)
    assert {str(attrs["href"]) for attrs in pages[0].all("a")} <= {f"#{anchor}" for anchor in ids[0]}


def test_nothing_to_show() -> None:
    assert "0 documents · 0 entities · 0 relations" in Page(html_page([], "t")).text
    assert Page(html_page([Doc([])], "t")).sentences == [""]


def test_sentences_choose_their_own_direction_and_language() -> None:
    attrs = next(attrs for attrs in Page(html_page([example()], "t")).all("p") if attrs["class"] == "words")
    assert attrs["dir"] == "auto" and attrs["lang"] == ""


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("page", "offset"), [(LIGHT, 0), (DARK, 2)], ids=["light", "dark"])
def test_colours_have_the_contrast_that_wcag_asks_for(page: dict[str, str], offset: int) -> None:
    for colours in COLOURS:
        label, tint = colours[offset : offset + 2]
        assert contrast(label, tint) >= 5
        assert contrast(page["ink"], tint) >= 7
        assert contrast(label, page["card"]) >= 3
    for ground in (page["page"], page["card"]):
        assert contrast(page["ink"], ground) >= 7
        assert contrast(page["soft"], ground) >= 4.5
