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
    {
        "step": epoch,
        "epoch": epoch,
        "loss": 1 / epoch,
        "loss_entity": 0.5 / epoch,
        "dev": {"strict_micro_f": 0.1 * epoch},
    }
    for epoch in (1, 2, 3)
]
KEY = "model.context.heads"


@pytest.fixture
def folder(tmp_path):
    """Two variants in two groups, two seeds, with buckets and logs."""
    write_facts(tmp_path, ROWS, seeds=[0, 1])
    for variant, value in (("max", 0.7), ("sum", 0.6)):
        for seed in (0, 1):
            buckets = {"strict_micro_f@length:<20": value, "strict_micro_f@length:>50": value - 0.2}
            scores = {"strict_micro_f": value + seed / 50, **buckets}
            run = write_run(tmp_path, variant, seed, scores, log=LOG)
            (run / "config.cfg").write_text(
                f"[model.context]\nheads = {1 if variant == 'max' else 4}\n", "utf8"
            )
            (run / "model").mkdir()
            curve = [[0.25, value - 0.1], [0.5, value]]
            facts = {"tuned": {"metric": "strict_micro_f", "curve": curve}}
            (run / "model" / "meta.json").write_text(json.dumps(facts), "utf8")
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


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ([], "bars.svg"),
        (["--kind", "bars"], "bars.svg"),
        (["--kind", "curves"], "curves.svg"),
        (["--kind", "losses"], "losses.svg"),
        (["--kind", "thresholds"], "thresholds.svg"),
        (["--by", "length"], "by-length.svg"),
        (["--over", KEY], f"over-{KEY}.svg"),
    ],
)
def test_plots_come_out_the_same_each_time(folder, plot, options, name):
    assert plot(folder, *options) == (0, f"wrote {folder / name}\n")
    again = folder / "again.svg"
    assert plot(folder, *options, "-o", again)[0] == 0
    assert again.read_bytes() == (folder / name).read_bytes()
    assert re.search(rb"<dc:date>", again.read_bytes()) is None


def drawn_lines(monkeypatch):
    """The lines that are drawn: label, x, y."""
    from matplotlib.axes import Axes

    lines, original = [], Axes.plot

    def plot(self, *args, **options):
        if "label" in options:
            lines.append((options["label"], list(args[0]), pytest.approx(list(args[1]))))
        return original(self, *args, **options)

    monkeypatch.setattr(Axes, "plot", plot)
    return lines


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        (
            ["--kind", "losses"],
            [("Max", [1, 2, 3], [1, 1 / 2, 1 / 3]), ("Max", [1, 2, 3], [1 / 2, 1 / 4, 1 / 6])],
        ),
        (["--kind", "thresholds"], [("Max", [0.25, 0.5], [60, 70])]),
        (["--over", KEY], [("mean", [1], [71]), ("more", [4], [61])]),
    ],
)
def test_lines_are_the_means_of_the_runs(folder, plot, monkeypatch, options, lines):
    found = drawn_lines(monkeypatch)
    assert plot(folder, *options)[0] == 0
    assert found[: len(lines)] == lines


def test_losses_of_a_single_run_and_of_pretraining(tmp_path, plot, monkeypatch):
    log = [
        {
            "step": step,
            "epoch": step / 10,
            "loss": 2 / step,
            "loss_spans": 1 / step,
            "held_out": {"spans": {"loss": 3}},
        }
        for step in (5, 10)
    ]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in log), "utf8")
    found = drawn_lines(monkeypatch)
    assert plot(tmp_path, "--kind", "losses") == (0, f"wrote {tmp_path / 'losses.svg'}\n")
    assert [(x, y) for _, x, y in found] == [
        ([0.5, 1], [2 / 5, 1 / 5]),
        ([0.5, 1], [1 / 5, 1 / 10]),
        ([0.5, 1], [3, 3]),
    ]


def test_a_setting_needs_two_numbers_and_one_variant_for_each(folder, plot):
    code, err = plot(folder, "--over", "model.context.layers")
    assert (
        code == 2
        and "--over model.context.layers: the variants do not have two different numbers there" in err
    )
    facts = json.loads((folder / "experiment.json").read_text("utf8"))
    facts["rows"].append({"name": "other", "title": "Other"})
    (folder / "experiment.json").write_text(json.dumps(facts), "utf8")
    run = write_run(folder, "other", 0, {"strict_micro_f": 0.5})
    (run / "config.cfg").write_text("[model.context]\nheads = 4\n", "utf8")
    assert plot(folder, "--over", KEY)[0] == 0
    facts["rows"][-1]["group"] = "more"
    (folder / "experiment.json").write_text(json.dumps(facts), "utf8")
    code, err = plot(folder, "--over", KEY)
    assert code == 2 and "and Other both have 4" in err and "put them into different groups" in err


def test_errors_by_class(folder, plot):
    for file in folder.glob("runs/*/*/result.json"):
        facts = json.loads(file.read_text("utf8"))
        shares = {"strict_wrong_share@error:boundary": 0.25, "strict_wrong_share@error:type": 0.125}
        facts["corpora"]["dev"]["figures"] |= shares
        file.write_text(json.dumps(facts), "utf8")
    assert plot(folder, "--by", "error", "--metric", "strict_wrong_share")[0] == 0
    code, err = plot(folder, "--metric", "strict_wrong_share")
    assert code == 2 and "no run has the metric 'strict_wrong_share'" in err


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
        (["--over", KEY, "--kind", "bars"], "cannot be combined with --kind"),
        (["--corpus", "test"], "not scored on 'test'"),
    ):
        code, err = plot(folder, *options)
        assert code == 2 and what in err
    for log in folder.glob("runs/*/*/log.jsonl"):
        log.unlink()
    code, err = plot(folder, "--kind", "curves")
    assert code == 2 and "no run has logged strict_micro_f by epoch" in err
    code, err = plot(folder, "--kind", "losses")
    assert code == 2 and "no run has logged losses by epoch" in err
    for meta in folder.glob("runs/*/*/model/meta.json"):
        meta.write_text("{}", "utf8")
    code, err = plot(folder, "--kind", "thresholds")
    assert code == 2 and "no run has stored scores by threshold" in err


def test_a_damaged_log_is_reported_with_its_line(folder, plot):
    log = folder / "runs/sum/seed-1/log.jsonl"
    log.write_text('{"event": "start"}\n{"step": 1, "dev": 3}\n', encoding="utf8")
    code, err = plot(folder, "--kind", "curves")
    assert code == 2 and f"{log}:2" in err


def test_without_matplotlib_the_extra_is_named(folder, plot, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    code, err = plot(folder)
    assert code == 2 and "pip install 'jointre[plots]'" in err
