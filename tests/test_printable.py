"""No character with which a label, id or file name could steer a terminal, hide text or break lines gets out raw."""

import json
from io import StringIO

import pytest
from rich.progress import Progress, TextColumn
from rich.table import Table
from rich.text import Text

from jointre.cli.app import run
from jointre.console import SafeConsole
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.data.write import to_line
from jointre.errors import Fault, UsageError
from jointre.experiments.results.table_csv import _csv
from jointre.experiments.results.table_latex import escaped as latex
from jointre.markdown import escaped as markdown
from jointre.model_card import model_card
from jointre.printable import UNSAFE, clean, clean_lines, dump_json

UNSAFE_ONES = "\x1b\x07\x7f\x9b\u202e\u2066\u200f\udcff"
TRICK = f"a{UNSAFE_ONES}b\u2028c\td"


def test_one_line_and_several():
    assert clean(f"{TRICK}\ne") == "a" + "\ufffd" * 8 + "b c d e"
    assert clean_lines(f"{TRICK}\ne").endswith("d\ne")
    for fine in ("Zürich, 東京, 👩\u200d🔬", "\u0645\u06cc\u200c\u062e", "a\u00a0b"):
        assert clean(fine) == fine


def test_json_keeps_its_value_and_has_no_unsafe_character():
    value = {"zh": "東京", "trick": TRICK, "line": "\x85\u2029"}
    for indent in (None, 1):
        text = dump_json(value, indent)
        assert json.loads(text) == value and not UNSAFE.search(text) and "東京" in text
    assert len(to_line(Doc(["a\u2028b\x85c"])).splitlines()) == 1


@pytest.mark.parametrize("terminal", [True, False])
def test_whatever_a_console_prints_is_clean(terminal):
    console = SafeConsole(
        file=StringIO(), width=60, force_terminal=terminal, color_system="standard" if terminal else None
    )
    table = Table(TRICK)
    table.add_row(Text(TRICK, style="bold"))
    console.print(table)
    console.print(TRICK, Text(TRICK), soft_wrap=True, markup=False, highlight=False)
    with Progress(TextColumn("{task.description}"), console=console) as bar:
        bar.add_task(TRICK, total=1)
    printed = console.file.getvalue()
    assert not set(UNSAFE_ONES.replace("\x1b", "")) & set(printed)
    assert ("\x1b[1m" in printed) == terminal  # styles of rich's own
    assert "\x1b\x07" not in printed and "a\x1b" not in printed


def test_a_name_between_colons_is_not_an_emoji():
    console = SafeConsole(file=StringIO(), width=60)
    table = Table(":cat:")
    table.add_row(":dog:")
    console.print('{"label": ":dog:"}', markup=False, highlight=False)
    console.print(":dog:", table)
    assert console.file.getvalue().count(":dog:") == 3 and ":cat:" in console.file.getvalue()


def test_a_place_cannot_forge_lines():
    assert str(UsageError("no", [Fault("is bad", "x\nerror: y")])).splitlines()[1] == "  - x error: y: is bad"


@pytest.mark.parametrize("verbose", [(), ("--verbose",)])
def test_errors_of_the_command_line_are_clean(capsys, tmp_path, verbose):
    assert run(["evaluate", str(tmp_path / f"m{UNSAFE_ONES}"), "sample:test", *verbose]) == 2
    out, err = capsys.readouterr()
    assert "m\ufffd\ufffd" in err and not UNSAFE.search(out + err)


def test_a_formula_in_a_csv_is_text_and_a_number_stays_one():
    cells = ["=1+1", "+cmd", "-x", "@a", "\tx", "\rx", "-0.5", "+3", "1e-5", -0.5, None, "a=b", "\x1b[2J"]
    shown = [
        "'=1+1",
        "'+cmd",
        "'-x",
        "'@a",
        "' x",
        "' x",
        "-0.5",
        "+3",
        "1e-5",
        "-0.5",
        "",
        "a=b",
        "\ufffd[2J",
    ]
    assert _csv([], iter([cells])).splitlines()[1] == ",".join(shown)


def test_labels_in_a_model_card_are_no_markup():
    labels = Labels(("<img src=x>", "a|b\n# big"), ("[x](javascript:y)", "&lt;b&gt;"), frozenset())
    scores = {"c|d": {"m": {"protocol": "p | q", "micro": {"p": 1.0, "r": 1.0, "f": 1.0}}}}
    card = model_card(labels, {"parameters": 1, "jointre": "1", "libraries": {}, "scores": scores})
    assert "\n# big" not in card and "p \\| q" in card and "c\\|d" in card
    for raw in ("<img", "[x](", "&lt;"):
        assert f"\\{raw}" in card and card.count(raw) == card.count(f"\\{raw}")


def test_tables_show_markup_as_it_stands():
    assert markdown("a|b <i> `c` \x1b\nd") == "a\\|b \\<i> \\`c\\` \ufffd d"
    assert latex("[2pt] \\input{x} * \x1b") == r"{[}2pt] \textbackslash{}input\{x\} {*} �"
