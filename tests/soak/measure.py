"""``python -m tests.soak.measure``: the memory of a bulk job over a million sentences, and what engines cost.

``speed`` needs an idle machine with a core for each worker, and one more for the command itself.
"""

import os
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import typer

from jointre.data.report import Report
from jointre.jobs.encode import encoded
from jointre.writers.jsonl import JsonlWriter

MEMORY_GROWTH = 0.05
SPEEDUP = 1.7
OVERHEAD = 0.05
app = typer.Typer(add_completion=False, help=__doc__)


@app.command()
def memory(
    sentences: Annotated[int, typer.Option(help="Number of sentences.")] = 1_000_000,
    engine: Annotated[str, typer.Option(help="The engine.")] = "local",
    workers: Annotated[int, typer.Option(help="Number of workers.")] = 2,
) -> None:
    """Watch the memory of the process that runs a job with a stub; it must not grow from the first fifth to the end."""
    folder = Path(tempfile.mkdtemp(prefix="jointre-memory-"))
    text, output = folder / "text.txt", folder / "out"
    with text.open("w", encoding="utf8") as file:
        file.writelines(f"Sentence {n} is about Anna, who met Otto in Oslo.\n" for n in range(sentences))
    size = max(1, sentences // 500)
    options = ["--engine", engine, "--workers", str(workers), "--shard-size", str(size), "--seconds", "0"]
    command = [sys.executable, "-m", "tests.soak.stub", str(text), str(output), *options]
    samples: list[tuple[int, float]] = []
    with subprocess.Popen(command) as process:
        while process.poll() is None:
            done = len(list(output.glob("shard-*")))
            samples.append((done, _resident(process.pid)))
            time.sleep(0.2)
    first = max(used for done, used in samples if done <= 100)
    last = max(used for _, used in samples)
    print(f"{sentences} sentences, {engine}: {first:.0f} MB in the first fifth, at most {last:.0f} MB later")
    sys.exit(process.returncode or last > first * (1 + MEMORY_GROWTH))


def _resident(process: int) -> float:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")]
    return int(found[0]) / 1024 if found else 0.0


@app.command()
def speed(
    model: Annotated[Path, typer.Argument(help="Model folder.")],
    corpus: Annotated[str, typer.Argument(help="What to predict on.")],
    repeat: Annotated[
        int, typer.Option(help="How often the corpus is predicted on, to have enough of it.")
    ] = 10,
    shard_size: Annotated[int, typer.Option(help="Documents per shard.")] = 500,
) -> None:
    """Measure documents and word pieces per second of one process and of one and two workers of each engine."""
    from jointre.data.write import to_line
    from jointre.pipeline import load
    from jointre.readers.open import read_input

    folder = Path(tempfile.mkdtemp(prefix="jointre-speed-"))
    docs = list(read_input(corpus)) * repeat
    text = folder / "many.jsonl"
    text.write_text("".join(f"{to_line(doc)}\n" for doc in docs), encoding="utf8")
    pipeline = load(model, "cpu")
    pieces = sum(
        len(encoding.ids) for encoding in pipeline.tokenizer.encode([doc for doc in docs if doc.words])
    )
    predictor = pipeline.predictor()
    list(predictor(docs[:50]))
    wall, cpu = time.perf_counter(), time.process_time()
    for begin in range(0, len(docs), shard_size):
        encoded(predictor(docs[begin : begin + shard_size]), JsonlWriter(), Report())
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    alone = len(docs) / wall
    print(f"{len(docs)} documents, {pieces / len(docs):.1f} word pieces each")
    print(f"one process, no job: {alone:.1f} documents/s, {pieces / wall:.0f} pieces/s", end="; ")
    print(f"by CPU time: {len(docs) / cpu:.1f} documents/s, {pieces / cpu:.0f} pieces/s", flush=True)
    verdicts = []
    for engine in ["local", *(["ray"] if find_spec("ray") else [])]:
        rates = [_rate(model, text, folder, engine, workers, shard_size) for workers in (1, 2)]
        overhead, speedup = 1 - rates[0] / alone, rates[1] / rates[0]
        print(f"{engine}: {rates[0]:.1f} and {rates[1]:.1f} documents/s; ", end="")
        print(f"overhead {100 * overhead:.1f} %, two workers {speedup:.2f} times one", flush=True)
        verdicts += [overhead <= OVERHEAD, speedup >= SPEEDUP]
    sys.exit(not all(verdicts))


def _rate(model: Path, text: Path, folder: Path, engine: str, workers: int, size: int) -> float:
    """Return documents per second from the first finished shard to the last, without the start of the workers."""
    output = folder / f"{engine}-{workers}"
    options = ["--engine", engine, "--workers", str(workers), "--shard-size", str(size), "--device", "cpu"]
    command = [sys.executable, "-m", "jointre", "predict", str(model), str(text), f"{output}/", *options]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    written = sorted(path.stat().st_mtime for path in output.glob("shard-*"))
    return (len(written) - workers) * size / (written[-1] - written[workers - 1])


if __name__ == "__main__":
    app()
