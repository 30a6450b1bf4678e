"""Compare the rates of making and learning pre-training batches: does the loader keep the device busy?

``python -m benchmarks.pretraining annotated --with encoders/minilm`` prints both rates, measured in turn: the
stream of batches in this process, and updates on batches made beforehand.
"""

from collections.abc import Sequence
from itertools import cycle, islice
from typing import Annotated

import torch
import typer

from benchmarks.machine import cpu_name
from benchmarks.options import Effort
from benchmarks.timing import CLOCKS, measure
from jointre.config import load_config
from jointre.pretraining.examples import PretrainingBatch
from jointre.pretraining.setup import PretrainingSetup


def sequences(batches: Sequence[PretrainingBatch]) -> int:
    """Return the number of sequences that an encoder reads for these batches."""
    return sum(len(part.batch.docs) for batch in batches for part in batch.examples.values())


def main(
    shards: Annotated[str, typer.Argument(help="Folder of annotated shards.")],
    overlays: Annotated[
        list[str] | None, typer.Option("--with", help="Overlay of the config. Repeatable.")
    ] = None,
    config: str = "enpar/pretrain",
    batch_size: int = 32,
    batches: Annotated[int, typer.Option(help="Number of batches to measure.")] = 8,
    precision: str = "fp32",
    threads: int = 1,
    rounds: int = 5,
) -> None:
    """Measure both rates."""
    given = {
        "paths.train": shards,
        "pretraining.workers": 0,
        "pretraining.accumulate": 1,
        "pretraining.batch_size": batch_size,
        "pretraining.eval_documents": 1,
        "system.precision": precision,
        "system.threads": threads,
    }
    setup = PretrainingSetup(load_config(config, overlays or [], given))
    setup.build()
    stream = setup.updater.batches()
    made = list(islice(stream, batches))  # opens the shards, fills the buffer
    again = cycle(made)

    def learn() -> None:
        for _ in range(batches):
            setup.updater.update(again)

    [row] = measure([[lambda: list(islice(stream, batches)), learn]], Effort(rounds), setup.device)
    docs = sum(len(batch.docs) for batch in made)
    device = torch.cuda.get_device_name() if setup.device.type == "cuda" else cpu_name()
    print(f"{device}; {precision}, {threads} threads, batches of {batch_size} documents\n")
    print("| | clock | documents/s | sequences/s | range |\n|---|---|---|---|---|")
    for place, name in enumerate(("examples made, one process", "updates")):
        for clock in CLOCKS:
            time, width = row.seconds(clock, place)
            print(f"| {name} | {clock} | {docs / time:.1f} | {sequences(made) / time:.0f} | {width:.0%} |")
    print(f"\none process makes examples fast enough for {row.ratio('wall', 1, 0):.1f} such devices")


if __name__ == "__main__":
    typer.run(main)
