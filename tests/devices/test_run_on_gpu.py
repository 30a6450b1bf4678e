"""A training run and the benchmarks, from end to end, on a GPU that is pretended."""

import json
from dataclasses import asdict

import pytest
import torch

from benchmarks import memory
from benchmarks import run as bench
from benchmarks.options import Effort, Options, Sizes
from benchmarks.report import markdown
from jointre.config import load_config
from jointre.data.write import to_line
from jointre.testing import fake_gpu, toy_docs
from jointre.training.run import train

TINY = Sizes(
    docs=4,
    effort=Effort(rounds=1, tries=1),
    budgets=(512,),
    batch_sizes=(2,),
    steps=(2,),
    words=(16, 32),
    copies=1,
    entities=(2, 5),
)


def in_this_process(options, work, docs, heads, whole):
    """What a child process measures; there is no pretended GPU in it."""
    task = {"options": asdict(options), "work": work, "docs": 4, "heads": str(heads), "whole": whole}
    return {**memory.run(task), "peak": 1.0}


@pytest.fixture(autouse=True)
def as_before():
    """What a run sets for its process."""
    yield
    torch.use_deterministic_algorithms(False)
    torch.set_float32_matmul_precision("highest")


@pytest.mark.parametrize("base", ["spert/conll04", "jointre/base"])
def test_a_run_trains_scores_and_saves(base, encoder_folder, tmp_path):
    corpus = tmp_path / "toy.jsonl"
    corpus.write_text("".join(f"{to_line(doc)}\n" for doc in toy_docs(6)), encoding="utf8")
    given = {
        "paths.train": str(corpus),
        "paths.dev": str(corpus),
        "model.encoder.name": str(encoder_folder),
        "training.epochs": 2,
        "training.checkpoint_every": 1e-9,
        "training.keep": "best",
        "system.device": "cuda",
        "system.matmul_precision": "high",
    }
    with fake_gpu():
        train(load_config(base, overrides=given), tmp_path / "run", quiet=True)
    assert torch.get_float32_matmul_precision() == "high"
    record = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf8"))
    assert record["status"] == "complete" and record["parts"][0]["machine"]["device"] == "cuda"


def test_benchmarks_measure_everything_on_a_gpu(encoder_folder, monkeypatch):
    monkeypatch.setattr(bench, "sizes", lambda options: TINY)
    monkeypatch.setattr(memory, "_in_child", in_this_process)
    sections = ["prediction", "growth", "memory", "training"]
    with fake_gpu():
        results = bench.run([Options(str(encoder_folder), device="cuda", data="sample:dev")], sections, print)
    [found] = results["encoders"].values()
    assert set(found) > set(sections)
    assert "- device: pretended GPU" in markdown(results)
