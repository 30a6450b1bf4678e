"""Every row of every table and figure of the five papers, and what makes it; and the values on docs/paper-checklist.md.

T1 is a table and F1 a figure. The papers' texts have no page numbers, so a row has the section that discusses it.
"""

import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.main import get_command

from jointre.cli.app import app
from jointre.config import Config, load_config, resolve
from jointre.config.built_in import built_in_configs, experiments
from jointre.evaluate import metric_values
from jointre.experiments.experiment_file import ExperimentFile, read_file
from jointre.experiments.variants import Request, Variants, load_variants

PAGE = Path(__file__).parents[2] / "docs" / "paper-checklist.md"
OTHERS = "published score of another system"
DRAWING = "a drawing of the method"
ATTENTION = "jointre attention MODEL TEXT --output page.html"
FACTS = "jointre debug data CONFIG --paths.train=train.json"


class Row(NamedTuple):
    """One row of a table, or one line of a figure.

    Args:
        what: the row as the paper names it.
        made: ``EXPERIMENT:VARIANT``, a command, or the reason why nothing makes it.
    """

    paper: str
    item: str
    section: str
    what: str
    made: str


def rows(paper: str, item: str, section: str, made: dict[str, str]) -> Iterator[Row]:
    """Yield the rows of a table or figure; a key with several rows separates them by `` | ``."""
    for names, how in made.items():
        for what in names.split(" | "):
            yield Row(paper, item, section, what, how)


def variants(experiment: str, **titles: str) -> dict[str, str]:
    """Rows that are the variants of one experiment: name -> row."""
    return {title: f"ablations/{experiment}:{name}" for name, title in titles.items()}


def counts(experiment: str, prefix: str, numbers: str) -> dict[str, str]:
    """Points of a figure whose variants have a number in their name."""
    return {number: f"ablations/{experiment}:{prefix}{number}" for number in numbers.split()}


FIGURE2 = "1 2 5 10 20 50 100 200"
TABLE4 = {"base": "Base", "tap": "Base+TAP", "ner": "Base+TAP+CTAM_NER", "re": "Base+TAP+CTAM_RE"}
TABLE4 |= {"full": "Base+TAP+CTAM"}
GIORGI = {"full": "Ours", "gold": "Ours (gold)"}
CLASSES = "Normal | Single | Double | All"
ALL = "Normal | EPO | SEO | Single | Double | Multiple | All"
ROWS = [
    *rows("SpERT", "F1", "3", {"architecture": DRAWING}),
    *rows(
        "SpERT",
        "T1",
        "4.1",
        {
            "CoNLL04: Global Optimization | CoNLL04: Multi-turn QA | CoNLL04: Multi-head + AT": OTHERS,
            "CoNLL04: Multi-head | CoNLL04: Relation-Metric | CoNLL04: Biaffine Attention": OTHERS,
            "CoNLL04: Table-filling | CoNLL04: Hierarchical Attention": OTHERS,
            "CoNLL04: SpERT, micro | CoNLL04: SpERT, macro": "ablations/spert/table1_conll04:spert",
            "SciERC: SciIE | SciERC: DyGIE | SciERC: DyGIE++": OTHERS,
            "SciERC: SpERT (using BERT)": "ablations/spert/table1_scierc:bert",
            "SciERC: SpERT (using SciBERT)": "ablations/spert/table1_scierc:scibert",
            "ADE: CNN + Global features | ADE: BiLSTM + SDP | ADE: Multi-head": OTHERS,
            "ADE: Multi-head + AT | ADE: Relation-Metric": OTHERS,
            "ADE: SpERT (without overlap)": "ablations/spert/ade_folds:without_overlap",
            "ADE: SpERT (with overlap)": "ablations/spert/ade_folds:spert",
        },
    ),
    *rows("SpERT", "F2, CoNLL04", "4.2", counts("spert/figure2", "n", FIGURE2)),
    *rows("SpERT", "F2, SciERC", "4.2", counts("spert/figure2_scierc", "n", FIGURE2)),
    *rows("SpERT", "F3", "4.3", variants("spert/figure3", local="local", full="full", cls="CLS")),
    *rows(
        "SpERT",
        "F3, by length",
        "4.3",
        {"plot": "jointre experiment plot ablations/spert/figure3 --by length"},
    ),
    *rows(
        "SpERT",
        "T2",
        "4.4",
        variants("spert/table2", full="Full", layers="- Layers", all="- Layers, Embeddings"),
    ),
    *rows("SpERT", "T3", "4.4", variants("spert/table3", max="Max", sum="Sum", mean="Average")),
    *rows(
        "SpERT",
        "T4",
        "4.5",
        {
            "(a) overlapping entities": "jointre predict MODEL DATA predictions.html --format html",
            "(b) localized context | (b) full context": "jointre compare A B --corpus dev",
            "(c) incorrect spans | (c) syntax | (c) logical | (c) classification | (c) missing annotation": (
                "jointre evaluate MODEL DATA --by error"
            ),
        },
    ),
    *rows("SINET", "F1", "1", {"three structures": DRAWING}),
    *rows("SINET", "F2", "3", {"architecture": DRAWING}),
    *rows("SINET", "T1", "4.1", {"ACE05 | ACE04 | SciERC": FACTS}),
    *rows(
        "SINET",
        "T2",
        "5",
        {
            "SPTree | SciIE | DYGIE | DYGIE++, BERT | DYGIE++, SciBERT | Multi-turn QA | SPE": OTHERS,
            "Two are Better than One | SpERT | SPAN Multi-Head | PURE, ALBERT | PURE, SciBERT": OTHERS,
            "PFN, ALBERT | PFN, SciBERT | MGE, ALBERT | MGE, SciBERT": OTHERS,
            "SINET, BERT, ACE04": "ablations/sinet/table2_ace04:bert",
            "SINET, BERT, ACE05": "ablations/sinet/table2_ace05:bert",
            "SINET, SciBERT, SciERC": "ablations/sinet/table2_scierc:scibert",
            "SINET, ALBERT, ACE04": "ablations/sinet/table2_ace04:albert",
            "SINET, ALBERT, ACE05": "ablations/sinet/table2_ace05:albert",
        },
    ),
    *rows("SINET", "F3, heads", "6.1", counts("sinet/figure3_heads", "h", "1 2 4 6 8 12")),
    *rows("SINET", "F3, layers", "6.1", counts("sinet/figure3_layers", "l", "1 2 3 4 5")),
    *rows(
        "SINET",
        "T3",
        "6.1",
        {
            **variants("sinet/table3", span_max="span: Max", span_sum="span: Sum", span_mean="span: Average"),
            **variants("sinet/table3", context_max="context: Max", context_sum="context: Sum"),
            **variants("sinet/table3", context_mean="context: Average", agent_cls="agent: CLS"),
            **variants("sinet/table3", agent_max="agent: Max", agent_mean="agent: Average"),
            **variants("sinet/table3", norm="LayerNorm: with", no_norm="LayerNorm: without"),
        },
    ),
    *rows("SINET", "T4, SciERC", "6.2", variants("sinet/table4", **TABLE4)),
    *rows("SINET", "T4, ACE05", "6.2", variants("sinet/table4_ace05", **TABLE4)),
    *rows("SINET", "F4", "6.3", {"BERT | NER-aware | RE-aware": ATTENTION}),
    *rows(
        "SINET",
        "T5",
        "6.4",
        {
            "SciERC: SPAN Multi-Head | SciERC: PFN | ACE05: Two are Better than One | ACE05: PFN": OTHERS,
            "SciERC: SINET": "jointre debug model sinet/scierc --cost",
            "ACE05: SINET": "jointre debug model sinet/ace05 --model.encoder.name=albert-xxlarge-v1 --cost",
        },
    ),
    *rows("Giorgi et al.", "F1", "2", {"architecture": DRAWING}),
    *(
        row
        for corpus, name in {
            "ACE04": "ace04_folds",
            "ACE05": "table1_ace05",
            "CoNLL04": "table1_conll04",
            "ADE": "ade_folds",
            "i2b2": "i2b2_folds",
        }.items()
        for row in rows(
            "Giorgi et al.",
            f"T1, {corpus}",
            "4.1",
            {"previous results": OTHERS, **variants(f"giorgi/{name}", **GIORGI)},
        )
    ),
    *rows(
        "Giorgi et al.",
        "T2",
        "4.2",
        variants("giorgi/table2", full="Full", a="(a)", b="(b)", c="(c)", d="(d)", e="(e)"),
    ),
    *rows("Giorgi et al.", "F2", "4.3", {"four patterns": ATTENTION}),
    *rows("ENPAR", "F1 to F5", "2", {"networks, objectives, permutations": DRAWING}),
    *rows(
        "ENPAR",
        "T1",
        "3.1",
        {
            "Sun, 2019a | Li, 2019 | Luan, 2019 | Wadden, 2019": OTHERS,
            "ENPAR": "ablations/enpar/table2:enpar",
        },
    ),
    *rows(
        "ENPAR",
        "T2",
        "3.1",
        {
            **variants("enpar/table2", bert="BERT", enpar="ENPAR", no_met="- MET", no_mep="- MEP"),
            **variants("enpar/table2", no_acd="- ACD", no_pp="- PP", no_cnn="- CNN"),
        },
    ),
    *rows("ENPAR", "T3", "3.1", counts("enpar/table3", "share_", "100 75 50 25 15 5")),
    *rows(
        "ENPAR",
        "F6",
        "3.1",
        {"loss": "jointre experiment plot ablations/enpar/table3 --kind pretraining"},
    ),
    *(
        Row("ENPAR", item, section, what, f"jointre experiment plot ablations/enpar/table2 --by {by}")
        for item, section, by in (
            ("F7 (a)", "3.1", "distance"),
            ("F7 (b)", "3.1", "relations"),
            ("F8", "A", "entities"),
            ("F9", "A", "length"),
        )
        for what in ("BERT", "ENPAR")
    ),
    *rows("ENPAR", "T4", "3.1", {"S1 | S2": "jointre compare A B --corpus test"}),
    *rows(
        "ENPAR",
        "T5",
        "3.2",
        {
            "SciERC: Luan, 2019 | SciERC: Wadden, 2019": OTHERS,
            **variants("enpar/table5_scierc", bert="SciERC: BERT", enpar="SciERC: ENPAR"),
            **variants("enpar/table5_nyt", bert="NYT: BERT", enpar="NYT: ENPAR"),
        },
    ),
    *rows(
        "ENPAR",
        "T6",
        "A",
        {"WEA | FAC | VEH | LOC | PER | GPE | ORG": "jointre evaluate RUN test.json"},
    ),
    *rows(
        "ENPAR",
        "T7",
        "A",
        {
            "ART | PART-WHOLE | PER-SOC | PHYS | GEN-AFF | ORG-AFF": (
                "jointre experiment plot ablations/enpar/table2 --by type --metric strict_micro_f"
            )
        },
    ),
    *rows("REDN", "F1", "3", {"architecture": DRAWING}),
    *rows(
        "REDN",
        "T1",
        "4.1",
        {
            "SemEval": "ablations/redn/table4_semeval:redn",
            "NYT": "ablations/redn/table4_nyt:redn",
            "WebNLG": "ablations/redn/table4_webnlg:redn",
        },
    ),
    *rows("REDN", "T2", "4.3", {ALL: "jointre evaluate MODEL DATA --by overlap,triples"}),
    *rows(
        "REDN",
        "T3",
        "4.4",
        {
            "C-AGGCN | GraphRel2p | BERT_EM-MTB | HBT": OTHERS,
            "ours, SemEval": "ablations/redn/table4_semeval:redn",
            "ours, NYT": "ablations/redn/table4_nyt:redn",
            "ours, WebNLG": "ablations/redn/table4_webnlg:redn",
        },
    ),
    *rows("REDN", "T4, SemEval", "4.4", {CLASSES: "ablations/redn/table4_semeval:redn"}),
    *rows("REDN", "T4, NYT", "4.4", {ALL: "ablations/redn/table4_nyt:redn"}),
    *rows("REDN", "T4, WebNLG", "4.4", {ALL: "ablations/redn/table4_webnlg:redn"}),
    *(
        Row("REDN", figure, "4.4", corpus, f"jointre experiment plot ablations/redn/{name} --by {by}")
        for figure, by in (("F2", "overlap"), ("F3", "relations"))
        for corpus, name in (("NYT", "table4_nyt"), ("WebNLG", "table4_webnlg"))
    ),
    *rows("REDN", "F2 and F3", "4.4", {"GraphRel1p | GraphRel2p | HBT": OTHERS}),
    *rows(
        "REDN",
        "T5",
        "4.4",
        {"NYT | WebNLG": "jointre predict MODEL DATA predictions.html --format html"},
    ),
]
COLUMNS = {  # what the paper's table shows, by experiment
    "spert/table1_conll04": [
        f"{kind}_{average}_{score}"
        for kind in ("entities", "strict")
        for average in ("micro", "macro")
        for score in "prf"
    ],
    "spert/table1_scierc": [
        f"{kind}_micro_{score}" for kind in ("entities", "boundaries") for score in "prf"
    ],
    "spert/ade_folds": [f"{kind}_macro_{score}" for kind in ("entities", "strict") for score in "prf"],
    "sinet/table2_ace04": ["entities_micro_f", "boundaries_micro_f", "strict_micro_f"],
    "giorgi/table1_conll04": ["entities_micro_f", "last_word_micro_f", "overall_micro_f"],
    "giorgi/ade_folds": ["entities_macro_f", "last_word_macro_f", "overall_macro_f"],
    "giorgi/table2": ["entities_micro_f", "last_word_micro_f", "overall_micro_f"],
    "enpar/table2": ["entities_micro_f", "boundaries_micro_f", "strict_micro_f"],
    "redn/table4_nyt": [
        f"redn_micro_{score}{bucket}"
        for score in "prf"
        for bucket in ("", "@overlap:Normal", "@overlap:EPO", "@overlap:SEO", "@triples:Single")
    ],
}
PROTOCOLS = {  # seeds, corpora that are scored, and folds
    "spert/table1_conll04": (5, ("test",), None),
    "spert/ade_folds": (5, ("test",), (10, 0.0)),
    "spert/figure2_scierc": (5, ("dev",), None),
    "sinet/table2_ace04": (5, ("test",), (5, 0.15)),
    "giorgi/table2": (3, ("dev",), (5, 0.125)),
    "giorgi/i2b2_folds": (3, ("test",), (5, 0.125)),
    "giorgi/table1_ace05": (3, ("test",), None),
    "enpar/table3": (5, ("test",), None),
}


@cache
def loaded(name: str) -> tuple[ExperimentFile, Variants]:
    file = read_file(name)
    return file, load_variants(file, Request())


def command(words: str) -> None:
    """Parse a command; unknown commands and options are errors, and overrides are left."""
    found: Any = get_command(app)
    name, *rest = shlex.split(words)
    assert name == "jointre"
    while hasattr(found, "commands"):
        found, rest = found.commands[rest[0]], rest[1:]
    known = {option for parameter in found.params for option in (*parameter.opts, *parameter.secondary_opts)}
    options = [word.partition("=")[0] for word in rest if word.startswith("--")]
    assert all(option in known or "." in option for option in options), words
    for word in rest:
        if word.startswith("ablations/"):
            assert word in experiments()
        elif re.fullmatch(r"(spert|sinet|giorgi|enpar|redn)/\w+", word):
            assert word in built_in_configs()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.paper}, {row.item}: {row.what}")
def test_something_makes_every_row(row: Row) -> None:
    if row.made in (OTHERS, DRAWING):
        return
    if row.made.startswith("jointre "):
        command(row.made)
        if " --by " in row.made and "experiment" in row.made:
            by = row.made.split(" --by ")[1].split()[0]
            assert by in read_file(row.made.split()[3]).by
        return
    name, variant = row.made.split(":")
    file, found = loaded(name)
    assert variant in [section.name for section in file.variants]
    evaluation = resolve(found.base, "evaluation")
    known = set(metric_values(evaluation.metrics.values()))
    assert {metric.partition("@")[0] for metric in file.metrics} <= known
    assert set(file.by) <= set(evaluation.breakdowns)


def test_the_list_is_complete() -> None:
    """Tables and figures of each paper, and the number of rows of some tables."""
    items = {(row.paper, re.split(r", | \(", row.item)[0]) for row in ROWS}
    ours = {paper: {item for other, item in items if other == paper} for paper, _ in items}
    assert ours["SpERT"] == {f"T{n}" for n in range(1, 5)} | {f"F{n}" for n in range(1, 4)}
    assert ours["SINET"] == {f"T{n}" for n in range(1, 6)} | {f"F{n}" for n in range(1, 5)}
    assert ours["Giorgi et al."] == {"T1", "T2", "F1", "F2"}
    figures = {"F1 to F5", *(f"F{n}" for n in range(6, 10))}
    assert ours["ENPAR"] == {f"T{n}" for n in range(1, 8)} | figures
    figures = {"F1", "F2", "F3", "F2 and F3"}
    assert ours["REDN"] == {f"T{n}" for n in range(1, 6)} | figures
    sizes = {
        key: sum((row.paper, row.item.split(",")[0]) == key for row in ROWS)
        for key in (("SpERT", "T1"), ("SINET", "T2"), ("SINET", "T3"), ("ENPAR", "T2"))
    }
    assert list(sizes.values()) == [22, 21, 11, 7]
    assert len({row[:4] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_table_has_the_columns_of_the_paper(name: str) -> None:
    assert set(COLUMNS[name]) <= set(read_file(f"ablations/{name}").metrics)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_table_has_the_protocol_of_the_paper(name: str) -> None:
    file = read_file(f"ablations/{name}")
    folds = None if file.folds is None else (file.folds["k"], file.folds["dev_share"])
    assert (len(file.seeds), file.score, folds) == PROTOCOLS[name]


class Statement(NamedTuple):
    """A line of the page: the config of its heading, and the items between backticks of its last column."""

    config: str
    what: str
    made: str


def statements() -> list[Statement]:
    found, config = [], ""
    for line in PAGE.read_text(encoding="utf8").splitlines():
        if line.startswith("## "):
            config = re.findall(r"`([^`]+)`", line)[0]
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and len(cells) == 3 and cells[0] != "statement":
            found.append(Statement(config, cells[0], cells[2]))
    return found


@cache
def built_in(name: str) -> Config:
    return load_config(name)


def test_the_page_has_statements_of_all_papers() -> None:
    configs = [statement.config for statement in statements()]
    assert list(dict.fromkeys(configs)) == [
        "spert/conll04",
        "sinet/scierc",
        "giorgi/conll04",
        "enpar/pretrain",
        "redn/semeval",
    ]
    assert all(configs.count(name) > 15 for name in configs)


@pytest.mark.parametrize("statement", statements(), ids=lambda s: f"{s.config}: {s.what}")
def test_a_statement_is_made_as_the_page_says(statement: Statement) -> None:
    if statement.made.startswith("not applicable: "):
        return
    config, items = statement.config, re.findall(r"`([^`]+)`", statement.made)
    assert items, "no value, overlay, experiment or command"
    for item in items:
        if item.startswith("jointre "):
            command(item)
        elif item.startswith("--with "):
            assert item.split()[1] in built_in_configs()
        elif item.startswith("--"):
            key, text = item.removeprefix("--").split("=")
            value = {"true": True, "false": False}.get(text, text)
            assert load_config(config, overrides={key: value})[key] == value
        elif " = " in item:
            key, value = item.split(" = ")
            assert built_in(config)[key] == json.loads(value), item
        elif item in built_in_configs():
            config = item
        else:
            assert item in experiments(), item
