"""The plots of an experiment."""

import json
import re
import sys

import pytest
from experiment_toys import write_facts, write_run, write_simple

from jointre.cli.app import run

pytest.importorskip("matplotlib", reason="the extra plots is not installed")
ROWS = [
    {"name": "max", "title": "Max"},
    {"name": "sum", "title": "A title of $ and _ that goes on for long", "group": "more"},
]
LOG = [{"event": "start"}] + [
    {"step": epoch, "epoch": epoch, "dev": {"strict_micro_f": 0.1 * epoch}} for epoch in (1, 2, 3)
]


@pytest.fixture
def folder(tmp_path):
    """Two variants in two groups, two seeds, with buckets and logs."""
    write_facts(tmp_path, ROWS, seeds=[0, 1])
    for variant, value in (("max", 0.7), ("sum", 0.6)):
        for seed in (0, 1):
            buckets = {"strict_micro_f@length:<20": value, "strict_micro_f@length:>50": value - 0.2}
            write_run(tmp_path, variant, seed, {"strict_micro_f": value + seed / 50, **buckets}, log=LOG)
    return tmp_path


def test_losses_of_pre_trainings_are_drawn_while_runs_are_missing(tmp_path, plot):
    write_facts(tmp_path, ROWS)
    assert "no log with losses" in plot(tmp_path, "--kind", "pretraining")[1]
    for name, objectives in (("full", ["typing", "contexts"]), ("no_typing", ["contexts"])):
        lines = [{"event": "start"}] + [
            {"step": step, "loss": 9 / step, **{f"loss_{name}": 1.0 for name in objectives}, "waited": 0.0}
            for step in (10, 20)
        ]
        log = tmp_path / "pretrain" / name / "log.jsonl"
        log.parent.mkdir(parents=True)
        log.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf8")
    file = tmp_path / "pretraining.svg"
    assert plot(tmp_path, "--kind", "pretraining") == (0, f"wrote {file}\n")
    text = file.read_text("utf8")
    assert all(f"<!-- {word} -->" in text for word in ("loss", "typing", "contexts", "full", "no_typing"))
    assert plot(tmp_path, "--kind", "pretraining", "-o", tmp_path / "again.svg")[0] == 0
    assert (tmp_path / "again.svg").read_bytes() == file.read_bytes()
    log.write_text("{", encoding="utf8")
    assert "is not a line of a pre-training log" in plot(tmp_path, "--kind", "pretraining")[1]


@pytest.fixture
def plot(capsys):
    """Exit code and stderr of ``experiment plot``."""

    def call(*arguments):
        code = run(["experiment", "plot", *map(str, arguments)])
        return code, capsys.readouterr().err

    return call


@pytest.mark.parametrize("options", [[], ["--kind", "bars"], ["--kind", "curves"], ["--by", "length"]])
def test_plots_come_out_the_same_each_time(folder, plot, options):
    name = {"curves": "curves.svg", "length": "by-length.svg"}.get(" ".join(options[1:]), "bars.svg")
    assert plot(folder, *options) == (0, f"wrote {folder / name}\n")
    again = folder / "again.svg"
    assert plot(folder, *options, "-o", again)[0] == 0
    assert again.read_bytes() == (folder / name).read_bytes()
    assert re.search(rb"<dc:date>", again.read_bytes()) is None


def test_png_and_pdf_too(folder, plot):
    for ending, start in ((".png", b"\x89PNG"), (".pdf", b"%PDF")):
        assert plot(folder, "-o", folder / f"plot{ending}")[0] == 0
        assert (folder / f"plot{ending}").read_bytes().startswith(start)


def test_missing_runs_are_reported(tmp_path, plot):
    write_simple(tmp_path, {"max": [0.5], "sum": []}, rows=["max", "sum"], seeds=[0, 1])
    assert "3 of 4 runs are missing: max (seed 1); sum (seeds 0, 1)." in plot(tmp_path)[1]


def test_invalid_plot_files_are_rejected(folder, plot):
    for options, what in (
        (["-o", folder / "plot.gif"], "unknown extension '.gif'"),
        (["-o", folder / "plot"], "the file has no extension"),
        (["--by", "lenght"], "did you mean 'length'?"),
        (["--by", "length", "--kind", "bars"], "cannot be combined with --kind"),
        (["--corpus", "test"], "not scored on 'test'"),
    ):
        code, err = plot(folder, *options)
        assert code == 2 and what in err
    for log in folder.glob("runs/*/*/log.jsonl"):
        log.unlink()
    code, err = plot(folder, "--kind", "curves")
    assert code == 2 and "no run has logged strict_micro_f by epoch" in err


def test_a_damaged_log_is_reported_with_its_line(folder, plot):
    log = folder / "runs/sum/seed-1/log.jsonl"
    log.write_text('{"event": "start"}\n{"step": 1, "dev": 3}\n', encoding="utf8")
    code, err = plot(folder, "--kind", "curves")
    assert code == 2 and f"{log}:2" in err


def test_without_matplotlib_the_extra_is_named(folder, plot, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    code, err = plot(folder)
    assert code == 2 and "pip install 'jointre[plots]'" in err
