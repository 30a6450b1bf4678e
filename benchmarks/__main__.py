"""``python -m benchmarks``: measure, show, write."""

import os
import sys
import time
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")

import typer
from rich.console import Console

from benchmarks.options import Options
from jointre.errors import JointreError

OUT = Path(__file__).parent / "out"


class Section(str, Enum):
    """What can be measured on its own."""

    prediction = "prediction"
    growth = "growth"
    memory = "memory"
    startup = "startup"
    training = "training"
    variants = "variants"


def bench(
    encoder: Annotated[
        list[str] | None,
        typer.Option(
            help="minilm, base (random weights), or a model.encoder.name. Repeatable. Default: both."
        ),
    ] = None,
    section: Annotated[list[Section] | None, typer.Option(help="Measure only this. Repeatable.")] = None,
    config: Annotated[
        str, typer.Option(help="Built-in config: spert/conll04 or sinet/conll04.")
    ] = "spert/conll04",
    device: Annotated[str, typer.Option(help="cpu, cuda or cuda:N.")] = "cpu",
    precision: Annotated[Literal["fp32", "bf16", "fp16"], typer.Option(help="Number format.")] = "fp32",
    compile: Annotated[
        bool, typer.Option("--compile", help="Run the encoder through torch.compile.")
    ] = False,
    threads: Annotated[
        int | None, typer.Option(help="Number of CPU threads. Default: chosen by torch.")
    ] = None,
    data: Annotated[str, typer.Option(help="Corpus, as for `jointre evaluate`.")] = "sample:train",
    types: Annotated[Path | None, typer.Option(help="Types file of the corpus.")] = None,
    keep_buffers: Annotated[
        bool,
        typer.Option("--keep-buffers", help="On a CPU, keep large buffers in prediction, as training does."),
    ] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Measure little; the results are rough.")] = False,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the results.")] = OUT,
) -> None:
    """Measure prediction, training, memory, growth and start-up, compared with the encoder alone.

    Example: python -m benchmarks --quick --encoder minilm
    """
    from benchmarks.report import write
    from benchmarks.run import run
    from benchmarks.tables import tables

    given = Options(
        device=device,
        precision=precision,
        compile=compile,
        threads=threads,
        data=data,
        types=str(types) if types else None,
        keep_buffers=keep_buffers,
        quick=quick,
        config=config,
    )
    subjects = [replace(given, encoder=name) for name in encoder or ["minilm", *([] if quick else ["base"])]]
    results = run(subjects, [part.value for part in section or Section], _say)
    console = Console(width=None if sys.stdout.isatty() else 110)
    for table in tables(results):
        console.print(table.rich())
    for path in write(results, output):
        print(path)


def _say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {what}", file=sys.stderr, flush=True)


def main() -> None:
    """Run the command; exit with code 2 for an invalid request."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(bench)
    try:
        app()
    except JointreError as error:
        print(error, file=sys.stderr)
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()
