"""Items of metrics in words, and one line for what two metrics tell of one item."""

from io import StringIO

import pytest
from rich.console import Console

from jointre.data.doc import Doc, Entity, Relation
from jointre.metrics import BoundaryMetric, StrictMetric
from jointre.rendering.changes import describe, show_changes
from jointre.significance.compare import compare
from jointre.significance.result import Settings

WORDS = Doc(["Ines", "Moreau", "leads", "Halden"])
GOLD = Doc(WORDS.words, [Entity(0, 2, "Person"), Entity(3, 4, "Org")], [Relation(0, 1, "leads")], id="one")


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (("Person", (0, 2)), "Person: Ines Moreau"),
        (("leads", (0, 2), (3, 4)), "Ines Moreau ──leads──▶ Halden"),
        (("leads", (0, 2), "Person", (3, 4), "Org"), "Ines Moreau (Person) ──leads──▶ Halden (Org)"),
        (("heads", 2), "heads: 2"),
        (("far", (0, 9)), "far: (0, 9)"),
        (("event", (0, 1), (1, 2), (2, 3)), "event: Ines, Moreau, leads"),
        (("alone",), "alone: "),
    ],
)
def test_items_in_words(item, words):
    assert describe(item, WORDS) == words


def shown(predicted, before=None, **options):
    metrics = {"boundaries": BoundaryMetric(), "strict": StrictMetric()}
    names = {name: [f"{name}_micro_f"] for name in metrics}
    found = compare([GOLD], [[predicted]], [[before or GOLD]], metrics, names, Settings(samples=5))
    console = Console(file=StringIO(), width=options.get("width", 100), color_system=None)
    with console.capture() as capture:
        show_changes(found, 20, console, items=options.get("items", 5))
    return capture.get()


def test_a_relation_that_two_metrics_gained_is_told_once():
    out = shown(Doc(GOLD.words, GOLD.entities))
    assert out.count("gained      Ines Moreau (Person) ──leads──▶ Halden (Org)  (boundaries, strict)") == 1
    assert out.count("──leads──▶") == 1


def test_what_only_the_strict_metric_gained_is_told_with_the_type_that_was_wrong():
    wrong = [Entity(0, 2, "Place"), GOLD.entities[1]]
    out = shown(Doc(GOLD.words, wrong, GOLD.relations))
    assert "gained      Ines Moreau (Person) ──leads──▶ Halden (Org)  (strict)" in out
    assert "gone false  Ines Moreau (Place) ──leads──▶ Halden (Org)  (strict)" in out


def test_lines_wrap_under_their_words():
    lines = shown(Doc(GOLD.words, GOLD.entities), width=44).splitlines()
    start = lines.index("  gained      Ines Moreau (Person)")
    assert lines[start + 1].startswith(" " * 14 + "──leads──▶ Halden (Org)")
    assert max(map(len, lines)) <= 44


def test_a_system_that_relates_everything_is_shown_in_a_few_lines():
    spans = [Entity(start, end, "Org") for start in range(4) for end in range(start + 1, 5)]
    pairs = [Relation(head, tail, "leads") for head in range(10) for tail in range(10) if head != tail]
    out = shown(GOLD, Doc(GOLD.words, spans, pairs), items=3)
    false = [line for line in out.splitlines() if line.startswith("  new false ")]
    assert len(false) == 4 and "──leads──▶" in false[0]
    assert false[-1].endswith(" and 87 more")  # 90 pairs, of which one is gold without its types
    assert "lost" in out and len(out.splitlines()) < 20
