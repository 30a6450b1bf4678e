"""The tables of an experiment in every format, and the command that prints them."""

import csv
import json
import re
import shlex

import pytest
from experiment_toys import write_facts, write_run, write_simple

from jointre.cli.app import run
from jointre.experiments.results.grid import summary_grid
from jointre.experiments.results.read import load_results
from jointre.experiments.results.summary import summarise
from jointre.experiments.results.table_latex import escaped, latex
from jointre.experiments.results.table_markdown import markdown
from jointre.experiments.results.table_text import tables_text

ROWS = [
    {"name": "max", "title": "Max", "group": "pooling"},
    {"name": "sum", "title": "Sum_all", "group": "pooling"},
    {"name": "local", "title": "Local | 50%", "group": "context", "runs": "max"},
]
STRICT = "Strict (Rel+): relation type, both spans and both entity types."


@pytest.fixture
def folder(tmp_path):
    """Two variants with two seeds, one run missing, and a variant that shares the runs of the first."""
    return write_simple(
        tmp_path / "table3", {"max": [0.70, 0.72], "sum": [0.68]}, rows=ROWS, seeds=[0, 1], title="Pooling"
    )


@pytest.fixture
def table(capsys):
    """Exit code, stdout and stderr of ``experiment table``."""

    def call(*arguments):
        code = run(["experiment", "table", *map(str, arguments)])
        return code, *capsys.readouterr()

    return call


def grids(folder):
    facts, results = load_results(folder)
    return [summary_grid(summary) for summary in summarise(facts, results)]


def test_text(folder):
    assert tables_text(grids(folder), 90).splitlines() == [
        "Pooling, dev",
        "                n  strict micro F1      Δ",
        "pooling",
        "  Max           2     71.00 ± 1.41    ref",
        "  Sum_all      1†            68.00  -3.00",
        "",
        "context",
        "  Local | 50%   2     71.00 ± 1.41    ref",
        "",
        "Mean of F1s over n seeds ± sample standard deviation, x100; Δ: difference to Max.",
        "Corpus: dev, 20 documents.",
        STRICT,
        "1 of 4 runs is missing: sum (seed 1).",
        "† Fewer seeds than other variants.",
    ]


def test_a_narrow_terminal_gets_a_table_per_metric(tmp_path):
    write_facts(tmp_path, ["max"], seeds=[0], metrics=["strict_micro_f", "entities_micro_f"])
    write_run(tmp_path, "max", 0, {"strict_micro_f": 0.5, "entities_micro_f": 0.75})
    wide, narrow = (tables_text(grids(tmp_path), width).splitlines() for width in (80, 20))
    assert wide[2].split() == ["Max", "1", "50.00", "75.00"]
    assert [line.split() for line in narrow if line.startswith("Max")] == [
        ["Max", "1", "50.00"],
        ["Max", "1", "75.00"],
    ]


def test_of_errors_the_smallest_share_is_bold(tmp_path):
    name = "strict_wrong_share@error:boundary"
    write_facts(tmp_path, ["max", "sum"], seeds=[0], metrics=[name], by=["error"])
    write_run(tmp_path, "max", 0, {name: 0.25})
    write_run(tmp_path, "sum", 0, {name: 0.125})
    (grid,) = grids(tmp_path)
    assert grid.columns[2] == "strict wrong share, error boundary"
    assert [(row[2].text, row[2].bold) for row in grid.rows()] == [("25.00", False), ("12.50", True)]
    assert any(note.startswith("Strict (Rel+)") for note in grid.notes)


COST = {
    "parameters": 22_580_000,
    "flops": 890_600_000.0,
    "encoder_flops": 889_400_000.0,
    "seconds_alone": 0.0125,
    "seconds_batched": 0.005,
    "memory": 103_400_000,
    "sentences": 100,
    "words": 28.5,
    "batch_pieces": 1024,
    "device": "cpu",
    "threads": 1,
    "load": 0.1,
}


def test_cost(tmp_path, table):
    write_facts(tmp_path, ["max", "sum"], seeds=[0, 1], title="Pooling")
    write_run(tmp_path, "max", 0, {"strict_micro_f": 0.5}, cost=COST)
    write_run(
        tmp_path, "max", 1, {"strict_micro_f": 0.5}, cost={**COST, "seconds_alone": 0.0375, "load": 2.0}
    )
    write_run(tmp_path, "sum", 0, {"strict_micro_f": 0.5})
    code, out, _ = table(tmp_path, "--cost", "--format", "markdown")
    assert code == 0
    title, _, heading, _, first, second, *notes = out.splitlines()
    assert title == "### Pooling, cost per sentence"
    assert [cell.strip() for cell in heading.split("|")[1:-1]] == [
        "",
        "n",
        "parameters (M)",
        "FLOPs (G)",
        "in the encoder (G)",
        "alone (ms)",
        "in batches (ms)",
        "peak memory (MB)",
    ]
    cells = ["Max", "2", "22.58", "0.89", "0.89", "25.00", "5.00", "103.4"]
    assert [cell.strip() for cell in first.split("|")[1:-1]] == cells
    assert [cell.strip() for cell in second.split("|")[1:-1]] == ["Sum", "0", *["-"] * 6]
    assert "Other processes were running (load up to 2.0): the milliseconds are too high." in notes
    lines = list(csv.DictReader(table(tmp_path, "--cost", "--format", "csv")[1].splitlines()))
    assert [(line["row"], line["n"], line["seconds_alone"]) for line in lines] == [
        ("max", "2", "0.025"),
        ("sum", "0", ""),
    ]


def test_cost_that_was_not_measured_is_refused(folder, table):
    code, out, err = table(folder, "--cost")
    assert (code, out) == (2, "") and "no run has measured its cost" in err and "cost = true" in err


def test_markdown(folder):
    assert markdown(grids(folder)).splitlines()[:9] == [
        "### Pooling, dev",
        "",
        "|              |   n |  strict micro F1 |     Δ |",
        "| ------------ | --: | ---------------: | ----: |",
        "| *pooling*    |     |                  |       |",
        "| Max          |   2 | **71.00 ± 1.41** |   ref |",
        r"| Sum\_all     |  1† |            68.00 | -3.00 |",
        "| *context*    |     |                  |       |",
        r"| Local \| 50% |   2 |     71.00 ± 1.41 |   ref |",
    ]


def test_latex(folder):
    assert latex(grids(folder)).splitlines() == [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        r"\begin{tabular}{lrrr}",
        r"\toprule",
        r" & n & strict micro F1 & $\Delta$ \\",
        r"\midrule",
        r"\multicolumn{4}{l}{\textit{pooling}} \\",
        r"Max & 2 & \textbf{71.00 $\pm$ 1.41} & ref \\",
        r"Sum\_all & 1\textdagger{} & 68.00 & $-$3.00 \\",
        r"\midrule",
        r"\multicolumn{4}{l}{\textit{context}} \\",
        r"Local \textbar{} 50\% & 2 & 71.00 $\pm$ 1.41 & ref \\",
        r"\bottomrule",
        r"\end{tabular}",
        r"\caption{Pooling, dev. Mean of F1s over n seeds $\pm$ sample standard deviation, x100; $\Delta$: difference "
        r"to Max. Corpus: dev, 20 documents. Strict (Rel+): relation type, both spans and both entity types. 1 of 4 "
        r"runs is missing: sum (seed 1). \textdagger{} Fewer seeds than other variants.}",
        r"\end{table}",
    ]


def test_special_characters_are_escaped_for_latex():
    assert escaped(r"a\b {c} $d ~ ^ <e>") == (
        r"a\textbackslash{}b \{c\} \$d \textasciitilde{} \textasciicircum{} \textless{}e\textgreater{}"
    )


def test_csv_holds_raw_values(folder, table):
    code, out, err = table(folder, "--format", "csv")
    first, second, third = csv.DictReader(out.splitlines())
    assert code == 0 and "1 of 4 runs is missing: sum (seed 1)." in err
    assert float(first["mean"]) == pytest.approx(0.71, abs=1e-15) and second["sd"] == ""
    assert (second["corpus"], second["row"], second["metric"]) == ("dev", "sum", "strict_micro_f")
    assert (second["n"], second["runs"], second["expected"]) == ("1", "1", "2")
    assert float(second["delta"]) == pytest.approx(-0.03) and float(third["delta"]) == 0


def test_csv_of_runs_has_a_line_each(folder, table):
    _, out, _ = table(folder, "--format", "csv", "--runs")
    assert out.splitlines() == [
        "corpus,group,row,title,seed,fold,metric,value",
        "dev,pooling,max,Max,0,,strict_micro_f,0.7",
        "dev,pooling,max,Max,1,,strict_micro_f,0.72",
        "dev,pooling,sum,Sum_all,0,,strict_micro_f,0.68",
        "dev,context,local,Local | 50%,0,,strict_micro_f,0.7",
        "dev,context,local,Local | 50%,1,,strict_micro_f,0.72",
    ]


def test_json_holds_everything(folder, table):
    _, out, _ = table(folder, "--format", "json")
    facts = json.loads(out)
    assert list(facts)[:2] == ["command", "jointre"] and facts["command"] == "experiment table"
    (found,) = facts["tables"]
    assert facts["reference"] == "max" and found["missing"] == [{"runs": "sum", "seed": 1, "fold": None}]
    cell = found["rows"][1]["metrics"]["strict_micro_f"]
    assert cell["protocol"] == STRICT[0].lower() + STRICT[1:-1]
    assert (cell["n"], cell["sd"], cell["min"], cell["max"]) == (1, None, 0.68, 0.68)
    assert cell["paired"] == {"n": 1, "mean": pytest.approx(-0.02), "sd": None}
    assert found["rows"][0]["values"][1]["run"] == "max/seed-1"


def test_folds_show_mean_and_pooled_scores(tmp_path):
    write_facts(tmp_path, ["max", "sum"], seeds=[7], folds=2)
    for fold, count in enumerate([(4, 4, 2), (8, 4, 4)]):
        for variant in ("max", "sum"):
            write_run(
                tmp_path, variant, 7, {"strict_micro_f": 0.5 + fold / 4}, fold, {"strict": {"A": count}}
            )
    lines = tables_text(grids(tmp_path), 250).splitlines()
    assert re.split("  +", lines[1].strip()) == ["n", "strict micro F1, mean of folds", "Δ", "pooled"]
    assert lines[2].split() == ["Max", "2", "62.50", "±", "17.68", "ref", "60.00"]
    assert lines[5] == (
        "Mean of folds: mean of F1s over n folds ± sample standard deviation over folds (one seed, 7), x100; "
        "pooled: F1 of the counts added up over these folds; Δ: difference to Max."
    )
    assert lines[6] == "Corpus: dev, 40 documents in 2 folds."


def test_each_corpus_has_a_table_of_its_own(tmp_path, table):
    write_facts(tmp_path, ["max"], seeds=[0], score=["dev", "test"])
    write_run(tmp_path, "max", 0, {"strict_micro_f": 0.5}, corpora=("dev",))
    code, out, _ = table(tmp_path)
    assert code == 0 and "Pooling, dev" in out and "Pooling, test" in out
    assert "1 of 1 run is missing: max (seed 0)." in out.split("Pooling, test")[1]
    assert "Pooling, test" not in table(tmp_path, "--corpus", "dev")[1]


def test_variants_that_differ_in_protocol_are_noted(tmp_path, table):
    write_simple(tmp_path, {"max": [0.5], "drop": [0.6]}, seeds=[0])
    path = tmp_path / "runs/drop/seed-0/result.json"
    text = path.read_text(encoding="utf8").replace("both entity types", "both entity types; overlapping out")
    path.write_text(text, encoding="utf8")
    _, out, _ = table(tmp_path)
    assert f"{STRICT[:-1]} (only in Max)." in out and "overlapping out (only in Drop)." in out


def test_a_file_gets_the_format_of_its_extension(folder, table, tmp_path):
    for ending, start in (
        (".md", "### "),
        (".tex", "% needs"),
        (".csv", "corpus,"),
        (".json", "{"),
        (".txt", "Pool"),
    ):
        code, out, err = table(folder, "-o", tmp_path / f"table{ending}")
        assert (code, out) == (0, "") and f"wrote {tmp_path / f'table{ending}'}" in err
        assert (tmp_path / f"table{ending}").read_text(encoding="utf8").startswith(start)


def test_other_metrics_can_be_requested(folder, table):
    code, _, err = table(folder, "--metric", "strict_mikro_f")
    assert code == 2 and "no run has the metric 'strict_mikro_f'" in err and "'strict_micro_f'" in err


def test_the_hint_keeps_metric_and_corpus(tmp_path, table):
    folder = write_simple(tmp_path / "a table", {"max": [0.70]})
    options = ["--metric", "strict_micro_f", "--corpus", "dev"]
    code, _, err = table(folder, "--runs", *options)
    assert code == 0
    assert shlex.split(err) == ["next:", "jointre", "experiment", "plot", str(folder), *options]


def test_an_experiment_is_found_by_its_file_too(folder, table, monkeypatch):
    root = folder.parent
    (root / "runs").mkdir()
    folder.rename(root / "runs/table3")
    (root / "table3.cfg").write_text("", encoding="utf8")
    monkeypatch.chdir(root)
    assert table("table3.cfg")[1] == table("runs/table3")[1] != ""


def test_unknown_results_are_reported(tmp_path, table, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_facts(tmp_path / "new", ["max"])
    (tmp_path / "my.cfg").write_text("", encoding="utf8")
    for name, what in (
        ("nothing.cfg", "is neither a file nor a built-in config"),
        ("my.cfg", "runs/my/experiment.json does not exist"),
        (".", "contains no experiment.json"),
        ("new", "no run is complete"),
    ):
        code, out, err = table(name)
        assert (code, out) == (2, "") and what in err
