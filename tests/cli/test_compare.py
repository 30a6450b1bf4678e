"""`jointre compare` as a user types it."""

import json
from dataclasses import replace

import catalogue
import pytest

from jointre.cli.app import run
from jointre.config import load_config, resolve
from jointre.data.doc import Entity
from jointre.data.write import to_line
from jointre.evaluate import metric_values
from jointre.readers.open import open_data


def write(path, docs):
    path.write_text("".join(f"{to_line(doc)}\n" for doc in docs), encoding="utf8")
    return str(path)


@pytest.fixture(scope="module")
def gold():
    reader = open_data("sample:test")
    return [reader.labels().canonical(doc) for doc in reader]


@pytest.fixture
def systems(tmp_path, gold, monkeypatch):
    """Two files of predictions: A finds no third relation, B no second entity type of every fourth document."""
    monkeypatch.chdir(tmp_path)
    a = [replace(doc, relations=doc.relations[:2]) for doc in gold]
    b = [
        replace(doc, entities=[replace(e, label="Person") for e in doc.entities]) if n % 4 == 0 else doc
        for n, doc in enumerate(gold)
    ]
    write(tmp_path / "a.jsonl", a)
    write(tmp_path / "b.jsonl", b)
    return a, b


@pytest.fixture
def called(capsys):
    def call(*arguments):
        code = run(["compare", *map(str, arguments)])
        return code, *capsys.readouterr()

    return call


def test_scores_are_those_of_evaluation(called, systems, gold):
    code, out, err = called("a.jsonl", "b.jsonl", "--gold", "sample:test", "--json", "--samples", 50)
    assert code == 0, err
    facts = json.loads(out)
    assert list(facts)[:2] == ["command", "jointre"] and facts["command"] == "compare"
    metrics = resolve(load_config("quickstart"), "evaluation").metrics
    for name, predicted in zip("ab", systems, strict=True):
        for metric in metrics.values():
            metric.reset()
            for pair in zip(gold, predicted, strict=True):
                metric.update(*pair)
        known = metric_values(metrics.values())
        for metric in facts["metrics"].values():
            for score, values in metric["scores"].items():
                assert values[name]["value"] == pytest.approx(known[score], abs=1e-9)
    assert facts["documents"] == len(gold) and facts["settings"]["samples"] == 50


def test_the_report_names_protocols_tests_and_what_changed(called, systems):
    code, out, err = called("a.jsonl", "b.jsonl", "--gold", "sample:test", "--samples", 200, "--limit", 2)
    assert code == 0, err
    for part in (
        "gold  sample:test: 100 documents",
        "strict (Rel+): relation type, both spans and both entity types",
        "95 % interval",
        "200 random swaps of the",
        "200 resamples",
        "3 scores were tested",
        "Changed documents: 2 of ",
        "  lost        ",
        "(boundaries, strict)",
    ):
        assert part in out, part
    assert "all " in err and "--limit" in err


def test_one_test_of_one_figure_without_the_documents(called, systems):
    arguments = ["--metric", "strict_macro_f", "--test", "randomisation", "--no-changes", "--samples", 100]
    code, out, _ = called("a.jsonl", "b.jsonl", "--gold", "sample:test", *arguments)
    assert code == 0
    assert "strict_macro_f" in out and "strict_micro_f" not in out and "Holm" not in out
    assert "interval" not in out and "bootstrap" not in out and "hanged" not in out


def test_few_documents_are_tested_exactly(called, gold, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "gold.jsonl", gold)
    spoiled = [replace(doc, entities=[], relations=[]) if n < 5 else doc for n, doc in enumerate(gold)]
    write(tmp_path / "spoiled.jsonl", spoiled)
    code, out, _ = called("spoiled.jsonl", "gold.jsonl", "--gold", "sample:test", "--metric", "entities")
    assert code == 0
    assert "0.0625    exact: all 32 ways to swap the 5 documents" in out  # 2 / 2^5
    assert "Changed documents: 5; entities as in gold" in out


def test_every_change_is_in_the_json(called, systems, gold):
    _, out, _ = called(
        "a.jsonl", "b.jsonl", "--gold", "sample:test", "--json", "--metric", "entities", "--limit", 1
    )
    facts = json.loads(out)
    retyped = [
        {(e.label, e.start, e.end) for e in doc.entities if e.label != "Person"} if n % 4 == 0 else set()
        for n, doc in enumerate(gold)
    ]
    lost = {
        (doc["number"], change["item"][0], *change["item"][1])
        for doc in facts["changed"]
        for change in doc["changes"]
        if change["kind"] == "lost"
    }
    assert lost == {(n, *entity) for n, entities in enumerate(retyped) for entity in entities}
    assert facts["metrics"]["entities"]["changes"]["lost"] == len(lost)


def test_what_cannot_be_compared_is_refused_with_all_its_faults(called, systems, gold, tmp_path):
    write(tmp_path / "short.jsonl", gold[:-1])
    code, out, err = called("short.jsonl", "a.jsonl", "--gold", "sample:dev", "--metric", "strct")
    assert code == 2 and out == "" and "Traceback" not in err
    assert "unknown metric: 'strct'" in err and "did you mean 'strict'?" in err
    assert "short.jsonl: 99 documents, gold has 52" in err and "a.jsonl: 100 documents, gold has 52" in err
    code, _, err = called("a.jsonl", "b.jsonl")
    assert code == 2 and "--gold DATA" in err
    code, _, err = called("a.jsonl", "b.jsonl", "--gold", "sample:test", "--confidence", "95")
    assert code == 2 and "95 is not between 0 and 1" in err


def test_a_metric_of_ones_own_takes_the_slow_way(called, systems, tmp_path):
    (tmp_path / "own.py").write_text(
        "from jointre.metrics import Metric\nfrom jointre.registry import registry\n\n"
        '@registry.metrics("acme.whole.v1")\nclass Whole(Metric):\n    protocol = "whole documents"\n'
        "    def __init__(self): self.reset()\n    def reset(self, given=False): self.right = []\n"
        "    def update(self, gold, predicted): self.right.append(gold.entities == predicted.entities)\n"
        '    def compute(self): return {"whole": sum(self.right) / max(len(self.right), 1)}\n'
    )
    config = load_config("quickstart").text() + '\n[evaluation.metrics.own]\n@metrics = "acme.whole.v1"\n'
    (tmp_path / "own.cfg").write_text(config)
    try:
        code, out, err = called(
            "a.jsonl", "b.jsonl", "--gold", "sample:test", "--code", "own.py", "--config", "own.cfg",
            "--metric", "own", "--samples", 20,
        )  # fmt: skip
    finally:
        for key in [key for key in catalogue.REGISTRY if key[-1] == "acme.whole.v1"]:
            del catalogue.REGISTRY[key]
    assert code == 0, err
    assert "whole documents" in out and "No document changed." not in out


def test_control_characters_do_not_reach_the_terminal(called, tmp_path, monkeypatch, gold):
    monkeypatch.chdir(tmp_path)
    doc = replace(gold[0], words=["a\x1b[31m", "b"], text=None, offsets=None, entities=[], relations=[])
    write(tmp_path / "gold.jsonl", [replace(doc, entities=[Entity(0, 1, "X\x07")])])
    write(tmp_path / "a.jsonl", [doc])
    code, out, _ = called("a.jsonl", "gold.jsonl", "--gold", "gold.jsonl", "--metric", "entities")
    assert code == 0 and "\x1b" not in out and "\x07" not in out


def test_documents_of_another_corpus_are_left_out_and_counted(called, systems, gold, tmp_path):
    shared = [replace(doc, id=f"train-{n}", entities=[], relations=[]) for n, doc in enumerate(gold[::10])]
    write(tmp_path / "train.jsonl", shared)
    arguments = ["--gold", "sample:test", "--metric", "entities", "--samples", 20]
    code, out, err = called("a.jsonl", "b.jsonl", *arguments, "--without", "train.jsonl", "--json")
    assert code == 0, err
    facts = json.loads(out)
    kept = [doc for n, doc in enumerate(gold) if n % 10]
    assert (facts["without"], facts["left_out"], facts["documents"]) == ("train.jsonl", 10, len(kept))
    for name, docs in zip("ab", systems, strict=True):
        write(tmp_path / f"{name}_kept.jsonl", [doc for n, doc in enumerate(docs) if n % 10])
    write(tmp_path / "kept.jsonl", kept)
    _, out, _ = called("a_kept.jsonl", "b_kept.jsonl", *arguments, "--gold", "kept.jsonl", "--json")
    assert facts["metrics"] == json.loads(out)["metrics"]
    _, out, _ = called("a.jsonl", "b.jsonl", *arguments, "--without", "train.jsonl")
    assert "gold  sample:test: 90 documents\n      without 10 that train.jsonl contains" in out


def test_what_cannot_be_left_out_is_refused(called, systems):
    code, _, err = called("a.jsonl", "b.jsonl", "--gold", "sample:test", "--without", "nowhere.jsonl")
    assert code == 2 and "nowhere.jsonl" in err
    code, _, err = called("a.jsonl", "b.jsonl", "--gold", "sample:test", "--without", "a.jsonl")
    assert code == 2 and "nothing is left to score" in err and "a.jsonl: it contains every document" in err


def test_the_seeds_of_single_runs_cannot_be_resampled(called, systems):
    code, _, err = called("a.jsonl", "b.jsonl", "--gold", "sample:test", "--test", "seeds")
    assert code == 2 and "--test: the test of seeds needs two or more runs of each system" in err


def test_two_rows_of_runs_are_tested_over_seeds(called, gold, tmp_path):
    """Two seeds each, as an experiment leaves them without their models; B finds everything, A no relations."""
    for row, docs in (("a", [replace(doc, relations=[]) for doc in gold]), ("b", gold)):
        for seed in (1, 2):
            folder = tmp_path / row / f"seed-{seed}"
            folder.mkdir(parents=True)
            write(folder / "predictions.test.jsonl", docs)
            (folder / "config.cfg").write_text(load_config("quickstart").text(), encoding="utf8")
            (folder / "result.json").write_text("{}")
    arguments = ["--test", "seeds", "--metric", "strict", "--samples", 99, "--no-changes"]
    code, out, err = called(tmp_path / "a", tmp_path / "b", *arguments)
    assert code == 0, err
    assert "2 seeds, paired (1, 2)" in out and "p, bootstrap" not in out
    assert "p, seeds            0.0100    99 resamples of seeds and documents" in out
    assert "2 seeds are few" in err
