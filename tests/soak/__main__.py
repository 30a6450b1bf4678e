"""``python -m tests.soak``: disturb for so many minutes, and say what came of it."""

import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import typer

from tests.soak.kinds import kinds
from tests.soak.rounds import begin, play


def soak(
    minutes: Annotated[float, typer.Option(help="How long to go on.", min=0.1)] = 30.0,
    seed: Annotated[int | None, typer.Option(help="Draws troubles and moments; random by default.")] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="A kind to disturb; repeatable. Default: all.")
    ] = None,
) -> None:
    """Disturb train, annotate, experiment run, pretrain and predict, and compare with undisturbed runs."""
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    folder = Path(tempfile.mkdtemp(prefix="jointre-soak-"))
    print(f"seed {seed}; in {folder}", flush=True)
    for name in ("outputs", "reference"):
        (folder / name).mkdir()
    tallies = [begin(kind, folder / "reference") for kind in kinds(folder)]
    wanted = [tally for tally in tallies if only is None or tally.kind.name in only]
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        for tally in wanted:
            well = play(tally, random.Random(f"{seed} {tally.kind.name} {tally.rounds}"))
            print("." if well else f"\n{tally.faults[-1]}", end="", flush=True)
            if time.monotonic() >= end:
                break
    print()
    for tally in wanted:
        print(tally)
        for fault in tally.faults:
            print(f"  - {fault}")
    failed = any(tally.faults for tally in wanted)
    print(f"verdict: {'FAILED' if failed else 'ok'}; seed {seed}; what was left: {folder}")
    sys.exit(failed)


typer.run(soak)
