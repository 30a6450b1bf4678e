"""``python -m tests.soak``: disturb commands for some minutes, and report the result."""

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
    minutes: Annotated[float, typer.Option(help="Duration in minutes.", min=0.1)] = 30.0,
    seed: Annotated[
        int | None, typer.Option(help="Random seed of the disturbances. Default: random.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Disturb only this command. Repeatable. Default: all.")
    ] = None,
) -> None:
    """Disturb train, annotate, experiment run, pretrain and predict, and compare with undisturbed runs."""
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    folder = Path(tempfile.mkdtemp(prefix="jointre-soak-"))
    print(f"seed {seed}; files are in {folder}", flush=True)
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
    print(f"verdict: {'FAILED' if failed else 'ok'}; seed {seed}; files are in {folder}")
    sys.exit(failed)


typer.run(soak)
