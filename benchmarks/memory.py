"""Measure peak memory of prediction, training and the encoder alone, each in a separate process."""

import json
import os
import resource
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from benchmarks.options import Options, sizes
from benchmarks.prediction import encode_alone
from benchmarks.subject import Subject, make_subject
from benchmarks.training import EncoderStep, training_data
from jointre.config import resolve
from jointre.data.batch import collate
from jointre.data.batching import by_length
from jointre.system import prepare
from jointre.training.updater import Updater

ROOT = Path(__file__).parents[1]
BUDGET = 4096
BATCH_SIZE = 8
STEPS = 3
DOCS = 120
MIB = 2**20
WORKS = ("prediction", "training")


def measure_memory(subject: Subject, docs: int = DOCS) -> list[dict[str, Any]]:
    """Return, for prediction and training, MiB of the whole and of the encoder alone, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        heads = Path(folder) / "heads.safetensors"
        state = subject.model.state_dict()
        save_file({k: v.cpu() for k, v in state.items() if not k.startswith("encoder.")}, heads)
        return [_row(subject.options, work, docs, heads) for work in WORKS]


def _row(options: Options, work: str, docs: int, heads: Path) -> dict[str, Any]:
    whole, alone = (_in_child(options, work, docs, heads, whole) for whole in (True, False))
    return {
        "work": work,
        "size": f"{BUDGET} pieces" if work == "prediction" else f"{BATCH_SIZE} documents",
        "peak_mib": whole["peak"],
        "encoder_peak_mib": alone["peak"],
        "ratio": whole["peak"] / alone["peak"],
        "loaded_mib": alone["before"],
        "above_mib": whole["peak"] - whole["before"],
        "encoder_above_mib": alone["peak"] - alone["before"],
    }


def _in_child(options: Options, work: str, docs: int, heads: Path, whole: bool) -> dict[str, float]:
    task = {"options": asdict(options), "work": work, "docs": docs, "heads": str(heads), "whole": whole}
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory", json.dumps(task)],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def run(task: dict[str, Any]) -> dict[str, float]:
    """Run in the child process: return MiB before the work, with the model loaded, and at the peak."""
    subject = make_subject(Options(**task["options"]))
    subject.model.load_state_dict(load_file(task["heads"]), strict=False)
    forget_peak(subject.device)
    before = peak(subject.device)
    if task["work"] == "prediction":
        _predict(subject, task["docs"], task["whole"])
    else:
        _train(subject, task["whole"])
    return {"before": before, "peak": peak(subject.device)}


def forget_peak(device: torch.device) -> None:
    """Reset the peak, so that loading does not count; not possible on all systems."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak(device: torch.device) -> float:
    """Return the peak in MiB since `forget_peak`: resident memory, or GPU memory allocated by torch."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / MIB
    with suppress(OSError):
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / MIB if sys.platform == "darwin" else most / 1024


def _predict(subject: Subject, docs: int, whole: bool) -> None:
    """Predict the sentences that the heads were fitted to, repeatedly; in others they might predict far more."""
    chosen = list(islice(cycle(subject.corpus.spread(sizes(subject.options).docs)), docs))
    if whole:
        list(subject.predictor(BUDGET)(chosen))
        return
    bare = [doc.bare() for doc in chosen]
    encodings = subject.tokenizer.encode(bare, subject.model.encoder.max_length)
    batches = (collate(batch, subject.tokenizer.pad_id) for batch in by_length(encodings, BUDGET))
    moved = (batch.to(subject.device) for batch in batches)
    encode_alone(subject.model.encoder, moved, subject.device, subject.options.precision)


def _train(subject: Subject, whole: bool) -> None:
    prepare(resolve(subject.config, "system"))
    settings, data = training_data(subject, BATCH_SIZE)
    precision = subject.options.precision
    if whole:
        subject.model.train()
        updater = Updater(subject.model, data, settings, precision)
        for work in islice(data.updates(0, 1), STEPS):
            updater.update(work)
        return
    step = EncoderStep(subject.model.encoder, settings, precision)
    for batch in islice(data.epoch(0), STEPS):
        step(batch.to(subject.device))


if __name__ == "__main__":
    print(json.dumps(run(json.loads(sys.argv[1]))))
