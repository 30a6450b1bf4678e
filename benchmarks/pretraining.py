"""Compare the rates of making and learning pre-training batches: does the loader keep the device busy?

``python -m benchmarks.pretraining annotated --with encoders/minilm`` prints both rates, each measured alone: the
stream of batches in this process, and updates on batches made beforehand.
"""

import time
from collections.abc import Sequence
from itertools import cycle, islice
from typing import Annotated

import torch
import typer

from benchmarks.machine import cpu_name
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
    next(stream)  # opens the shards, fills the buffer
    begin = time.perf_counter()
    made = list(islice(stream, batches))
    making = time.perf_counter() - begin
    again = cycle(made)
    setup.updater.update(again)
    begin = time.perf_counter()
    for _ in range(batches):
        setup.updater.update(again)
    if setup.device.type == "cuda":
        torch.cuda.synchronize()
    learning = time.perf_counter() - begin
    docs = sum(len(batch.docs) for batch in made)
    device = torch.cuda.get_device_name() if setup.device.type == "cuda" else cpu_name()
    print(f"{device}; {precision}, {threads} threads, batches of {batch_size} documents\n")
    print("| | documents/s | sequences/s |\n|---|---|---|")
    for name, seconds in (("examples made, one process", making), ("updates", learning)):
        print(f"| {name} | {docs / seconds:.1f} | {sequences(made) / seconds:.0f} |")
    print(f"\none process makes examples fast enough for {learning / making:.1f} such devices")


if __name__ == "__main__":
    typer.run(main)
