"""Documents and scores as a terminal shows them."""

from io import BytesIO, StringIO, TextIOWrapper

import pytest
from rich.console import Console
from rich.text import Text

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.labels import Labels
from jointre.metrics import EntityMetric, Metric, StrictMetric
from jointre.rendering.scores import scores_text, show_scores
from jointre.rendering.terminal import show_docs

MOREAU = Doc(
    ["Ines", "Moreau", "works", "for", "Halden", "Robotics", "."],
    [Entity(0, 2, "Person"), Entity(4, 6, "Org"), Entity(4, 5, "Place")],
    [Relation(0, 1, "works_for", 0.934)],
    id="test:1",
)


def shown(*docs: Doc, width: int = 80, labels: Labels | None = None) -> list[str]:
    out = StringIO()
    show_docs(docs, Console(file=out, width=width), labels)
    return out.getvalue().splitlines()


def sentence(words: str, *entities: tuple[int, int, str], **more: object) -> str:
    return shown(Doc(words.split(), [Entity(*entity) for entity in entities], **more))[0]  # type: ignore[arg-type]


def test_entities_stand_in_brackets_and_relations_below() -> None:
    assert shown(MOREAU) == [
        "test:1",
        "[Ines Moreau]Person works for [[Halden]Place Robotics]Org .",
        "  Ines Moreau ──works_for (0.93)──▶ Halden Robotics",
    ]


def test_crossing_entities_are_numbered() -> None:
    assert sentence("a b c d e", (0, 3, "X"), (1, 4, "Y")) == "[¹a [²b c]¹X d]²Y e"


def test_three_levels_and_two_types_on_the_same_words() -> None:
    assert sentence("a b c", (0, 3, "X"), (0, 2, "Y"), (0, 1, "Z")) == "[[[a]Z b]Y c]X"
    assert sentence("a b", (0, 1, "X"), (0, 1, "Y")) == "[[a]Y]X b"


def test_brackets_of_the_text_are_not_taken_for_marks() -> None:
    assert sentence("Paris [ 1 ]", (0, 1, "City")) == "⟦Paris⟧City [ 1 ]"


def test_in_raw_text_a_label_never_runs_into_the_next_word() -> None:
    raw = {"text": "Moreau's, of Lyon.", "offsets": [(0, 6), (6, 8), (8, 9), (10, 12), (13, 17), (17, 18)]}
    words = "Moreau 's , of Lyon ."
    assert sentence(words, (0, 1, "Person"), (4, 5, "City"), **raw) == "[Moreau]Person 's, of [Lyon]City."


def test_equal_words_are_told_apart_in_relations() -> None:
    doc = Doc(["Paris", "knows", "Paris"], [Entity(0, 1, "P"), Entity(2, 3, "P")], [Relation(1, 0, "knows")])
    assert shown(doc) == ["[Paris]¹P knows [Paris]²P", "  Paris² ──knows──▶ Paris¹"]
    labels = Labels(("P",), ("knows",), frozenset({"knows"}))
    assert shown(doc, labels=labels)[1] == "  Paris² ◀──knows──▶ Paris¹"


def test_no_entities_and_no_words_are_said() -> None:
    assert shown(Doc(["nothing"]), Doc([])) == ["nothing", "  (no entities)", "", "", "  (no entities)"]


def test_long_sentences_are_wrapped_and_nothing_is_lost() -> None:
    doc = Doc(["word"] * 80, [Entity(10, 40, "Clause")], [Relation(0, 0, "is")])
    lines = shown(doc, width=40)
    assert max(map(len, lines)) <= 40
    assert " ".join(lines).count("word") == 80 + 30 * 2
    assert not any(line.endswith(" ") for line in lines)


def test_escape_sequences_in_the_text_are_shown_not_run() -> None:
    assert "\x1b" not in sentence("a \x1b[31m b", (0, 1, "X\x1b[0m"))


def test_colours_leave_the_text_alone() -> None:
    out = StringIO()
    show_docs([MOREAU], Console(file=out, width=80, force_terminal=True, color_system="256"))
    assert "\x1b[38;5;" in out.getvalue()
    assert Text.from_ansi(out.getvalue()).plain.splitlines() == shown(MOREAU)


@pytest.mark.parametrize(
    ("encoding", "line"), [("ascii", "  M?ller --loves--> Z?rich"), ("latin-1", "  Müller --loves--> Zürich")]
)
def test_a_console_without_unicode_gets_what_it_can_show(encoding: str, line: str) -> None:
    doc = Doc(
        ["Müller", "loves", "Zürich"], [Entity(0, 1, "P"), Entity(2, 3, "C")], [Relation(0, 1, "loves")]
    )
    raw = BytesIO()
    console = Console(file=TextIOWrapper(raw, encoding=encoding, write_through=True), width=80)
    show_docs([doc, Doc(list("abc"), [Entity(0, 2, "X"), Entity(1, 3, "Y")])], console)
    lines = raw.getvalue().decode(encoding).splitlines()
    assert lines[1] == line
    assert lines[3] == "[#1 a [#2 b]#1 X c]#2 Y"


def metrics() -> list[Metric]:
    found: list[Metric] = [EntityMetric(), StrictMetric("drop")]
    for metric in found:
        metric.update(MOREAU, MOREAU)
        metric.update(MOREAU, MOREAU.bare())
    return found


def test_scores_name_their_protocol_types_and_averages() -> None:
    assert scores_text(metrics()).splitlines() == [
        "entities: span and type",
        "type         P      R     F1  gold  predicted  correct",
        "Org     100.00  50.00  66.67     2          1        1",
        "Person  100.00  50.00  66.67     2          1        1",
        "Place   100.00  50.00  66.67     2          1        1",
        "",
        "micro   100.00  50.00  66.67     6          3        3",
        "macro   100.00  50.00  66.67",
        "",
        "strict (Rel+): relation type, both spans and both entity types; overlapping relations left out",
        "type            P      R     F1  gold  predicted  correct",
        "works_for  100.00  50.00  66.67     2          1        1",
        "",
        "micro      100.00  50.00  66.67     2          1        1",
        "macro      100.00  50.00  66.67",
    ]


def test_scores_fit_a_narrow_console_and_colour_only_a_terminal() -> None:
    out = StringIO()
    show_scores(metrics(), Console(file=out, width=40))
    assert max(map(len, out.getvalue().splitlines())) <= 40
    assert "\x1b" not in out.getvalue()
    show_scores(metrics(), Console(file=out, width=80, force_terminal=True))
    assert "\x1b[1m" in out.getvalue()


def test_scores_of_an_empty_corpus_and_of_no_metric() -> None:
    assert "micro  0.00" in scores_text([EntityMetric()])
    assert scores_text([]) == ""


def test_a_metric_without_a_table_shows_its_figures() -> None:
    class Exact(Metric):
        protocol = "exact: whole documents"

        def update(self, gold: Doc, predicted: Doc) -> None: ...

        def reset(self, given: bool = False) -> None: ...

        def compute(self) -> dict[str, float]:
            return {"exact": 0.25}

    assert scores_text([Exact()]).splitlines()[-1] == "exact  25.00"
    assert Exact().to_json() == {"protocol": "exact: whole documents", "figures": {"exact": 0.25}}
