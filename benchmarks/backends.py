"""Compare what can compute the encoder of trained models: torch and ONNX Runtime, in fp32 and int8.

``python -m benchmarks.backends MODEL… --data CORPUS`` prints a table per model: CPU time, peak memory, and F1.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, NamedTuple

import torch
import typer

from benchmarks.exact_encoders import with_padding
from benchmarks.machine import facts
from benchmarks.options import Effort, Options
from benchmarks.prediction import encode_alone
from benchmarks.replay import recording
from benchmarks.tables import Table, percent
from benchmarks.timing import Row, measure
from jointre import load
from jointre.config import resolve
from jointre.corpora import read_for
from jointre.data.doc import Doc
from jointre.evaluate import metric_values, score
from jointre.exporting import watched
from jointre.pipeline import Pipeline
from jointre.readers.open import open_data

CPU = torch.device("cpu")
COLUMNS = ("backend", "sentences / CPU s", "range", "speed", "peak MiB", "entity F1", "strict F1")
NOTE = (
    "Speed: relative to the encoder alone in eager torch, fp32, with padding, on the same batches. Peak: of a process"
    " that predicts the corpus, loading included."
)

LAUNCHER = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""A small process to start others from: the system counts the size of the process that forks as that of the fork."""


class Backend(NamedTuple):
    """A way to compute the encoder of a model."""

    name: str
    folder: Path
    precision: str = "fp32"


def backends(model: Path, work: Path) -> Iterator[Backend]:
    """Yield the backends of a model; it is exported into ``work``, unless a component of it prevents that."""
    yield Backend("torch, fp32", model)
    yield Backend("torch, int8", model, "int8")
    for name, options in (("fp32", ()), ("int8", ("--int8",))):
        done = _jointre("export", model, work / name, "--quiet", *options)
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            return
        yield Backend(f"ONNX Runtime, {name}", work / name)


def measure_model(model: Path, data: str, types: str | None, effort: Effort) -> list[tuple[str, ...]]:
    """Return the rows of a model, one per backend; all are measured in turn."""
    with TemporaryDirectory() as folder:
        found = list(backends(model, Path(folder)))
        pipelines = [load(backend.folder, "cpu") for backend in found]
        first, docs = pipelines[0], _docs(pipelines[0], data, types)
        given = resolve(first.config, "evaluation").entities == "gold"
        predictors = [
            pipeline.predictor(backend.precision, given=given)
            for pipeline, backend in zip(pipelines, found, strict=True)
        ]
        with recording(first.model.encoder) as batches:
            list(predictors[0](docs))
        works = [lambda predictor=predictor: list(predictor(docs)) for predictor in predictors]
        alone = partial(encode_alone, with_padding(first.model.encoder), batches, CPU)
        [row] = measure([[alone, *works]], effort, CPU)
        peaks = [peak_mib(backend, data, Path(folder) / "found.jsonl") for backend in found]
        return [
            (
                backend.name,
                *_speed(row, place, len(docs)),
                f"{peak:.0f}",
                *_scores(first, docs, row.passes[place][0].result, predictors[0].given),
            )
            for place, (backend, peak) in enumerate(zip(found, peaks, strict=True), 1)
        ]


def peak_mib(backend: Backend, data: str, out: Path) -> float:
    """Return the peak resident size of ``jointre predict`` in MiB."""
    command = ("predict", backend.folder, data, out, "--force", "--quiet", "--precision", backend.precision)
    done = subprocess.run(
        [sys.executable, "-c", LAUNCHER, *_command(*command)], stdout=subprocess.PIPE, text=True, check=True
    )
    return int(done.stdout) / (2**20 if sys.platform == "darwin" else 2**10)


def _docs(pipeline: Pipeline, data: str, types: str | None) -> list[Doc]:
    return read_for(pipeline.labels, open_data(data, types), data, pipeline.splitter)


def _speed(row: Row, place: int, docs: int) -> tuple[str, ...]:
    """Return sentences per CPU second, the range, and the speed relative to the encoder alone."""
    seconds = row.seconds("cpu", place)
    return f"{docs / seconds.median:.1f}", percent(seconds.range), f"{row.ratio('cpu', 0, place):.2f}"


def _scores(pipeline: Pipeline, docs: list[Doc], found: list[Doc], given: bool) -> tuple[str, str]:
    """Return entity and strict F1 x100 of predictions."""
    metrics = watched(pipeline.config)
    score(docs, found, metrics, given)
    values = metric_values(metrics.values())
    return f"{100 * values['entities_micro_f']:.2f}", f"{100 * values['strict_micro_f']:.2f}"


def _jointre(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(_command(*words), capture_output=True, text=True)


def _command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "jointre", *map(str, words)]


def main(
    models: Annotated[list[Path], typer.Argument(help="Model or run folders.")],
    data: Annotated[str, typer.Option(help="Corpus, as for `jointre evaluate`.")] = "sample:test",
    types: Annotated[str | None, typer.Option(help="Types file of the corpus.")] = None,
    threads: Annotated[int, typer.Option(help="Number of CPU threads.")] = 1,
    rounds: Annotated[int, typer.Option(help="Passes of each backend.")] = 5,
    tries: Annotated[int, typer.Option(help="How often a disturbed measurement is made at most.")] = 3,
) -> None:
    """Compare backends on a corpus, for each model.

    Example: python -m benchmarks.backends runs/first runs/second --data dev.jsonl
    """
    torch.set_num_threads(threads)
    os.environ["OMP_NUM_THREADS"] = str(threads)  # of the processes that it starts
    machine = facts(Options(data=data, threads=threads))
    print("\n".join(f"- {name}: {value}" for name, value in machine.items()), end="\n\n", flush=True)
    for model in models:
        rows = measure_model(model, data, types, Effort(rounds, tries))
        print(Table(str(model), COLUMNS, rows, NOTE).markdown(), flush=True)


if __name__ == "__main__":
    typer.run(main)
