"""``python -m tests.soak.bulk``: kill a bulk prediction again and again, and compare it with an undisturbed one.

The victims are the command itself, a worker process, an actor of Ray and Ray's raylet, at random moments. Each round
repeats one command line until it finishes. In the end every document is there exactly once, the bytes are those of an
undisturbed run, and no finished shard was written twice. It needs Linux, because it looks at processes in /proc.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import typer

from jointre.jobs.ledger import PROGRESS
from tests.soak.artefacts import artefacts, differences

VICTIMS = {"local": ("driver", "worker"), "ray": ("driver", "worker", "raylet")}
NAMES = {"worker": {"local": b"spawn_main", "ray": b"ray::_Actor"}, "raylet": {"ray": b"raylet/raylet"}}
AGENTS = (b"ray::DashboardAgent", b"ray::RuntimeEnvAgent")  # of Ray, which end some time after the raylet
PATIENCE = 600.0
GONE_SECONDS = 30.0


@dataclass
class Tally:
    """What happened so far."""

    kills: Counter[str] = field(default_factory=Counter)
    rounds: int = 0
    faults: list[str] = field(default_factory=list)


def soak(
    kills: Annotated[int, typer.Option(help="Number of kills that come in time.", min=1)] = 20,
    documents: Annotated[int, typer.Option(help="Number of documents.", min=1)] = 20_000,
    shards: Annotated[int, typer.Option(help="Number of shards.", min=1)] = 40,
    workers: Annotated[int, typer.Option(help="Number of workers.", min=2)] = 2,
    engines: Annotated[str, typer.Option(help="The engines to use, one round each.")] = "local,ray",
    with_model: Annotated[
        bool, typer.Option("--with-model", help="Run `jointre predict` with a tiny model instead of a stub.")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="Random seed. Default: random.")] = None,
) -> None:
    """Kill a bulk prediction at random moments, and compare its result with that of an undisturbed run."""
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    chance = random.Random(seed)
    folder = Path(tempfile.mkdtemp(prefix="jointre-bulk-"))
    print(f"seed {seed}; files are in {folder}", flush=True)
    text = folder / "text.txt"
    text.write_text("".join(f"Anna met Otto {n} times in Oslo.\n" for n in range(documents)), encoding="utf8")
    size = -(-documents // shards)
    base = [sys.executable, "-m", "tests.soak.stub", str(text)]
    if with_model:
        base = [sys.executable, "-m", "jointre", "predict", str(write_model(folder)), str(text)]
    wanted, begin = folder / "undisturbed", time.monotonic()
    done = run([*base, f"{wanted}/", "--shard-size", str(size)])
    if done.returncode:
        sys.exit(f"it fails undisturbed: {done.stdout}")
    seconds = time.monotonic() - begin
    print(f"undisturbed, one process: {seconds:.1f} s", flush=True)
    names = [name for name in engines.split(",") if name != "ray" or find_spec("ray")]
    tally = Tally()
    while sum(tally.kills.values()) < kills and not tally.faults:
        engine = names[tally.rounds % len(names)]
        output = folder / f"round-{tally.rounds}"
        options = ["--shard-size", str(size), "--workers", str(workers), "--engine", engine]
        play([*base, f"{output}/", *options], output, wanted, engine, chance, tally, seconds, kills)
        shutil.rmtree(output)
    counts = ", ".join(f"{name} {count}" for name, count in sorted(tally.kills.items()))
    print(f"{tally.rounds} rounds of {documents} documents in {shards} shards; killed: {counts}")
    for fault in tally.faults:
        print(f"  - {fault}")
    print(f"verdict: {'FAILED' if tally.faults else 'ok'}; seed {seed}")
    sys.exit(bool(tally.faults))


def play(
    command: list[str],
    output: Path,
    wanted: Path,
    engine: str,
    chance: random.Random,
    tally: Tally,
    seconds: float,
    most: int,
) -> None:
    """Repeat a command until it finishes, killing it on the way."""
    tally.rounds += 1
    seen: dict[str, int] = {}
    while True:
        enough = sum(tally.kills.values()) >= most
        victim = "" if enough else chance.choice(VICTIMS[engine])
        code, said = attempt(command, output, engine, victim, chance.uniform(0.1, 0.6) * seconds, tally)
        for name, written in finished(output).items():
            if seen.setdefault(name, written) != written:
                tally.faults.append(f"{name} was written twice after {victim or 'nothing'}")
        print("." if victim else "!", end="", flush=True)
        if "Traceback" in said or "fault of jointre" in said:
            tally.faults.append(f"{engine}, {victim}: {said[-1500:]}")
        if code == 0:
            break
        if not victim:
            tally.faults.append(f"{engine}: exit code {code}\n{said[-1500:]}")
            return
    shards = {path.name: path.stat().st_mtime_ns for path in output.glob("shard-*")}
    tally.faults += [f"{name} was written twice" for name, at in seen.items() if shards[name] != at]
    tally.faults += [f"{name} differs" for name in differences(artefacts(output), artefacts(wanted))]
    ids = Counter(
        json.loads(line)["id"]
        for path in sorted(output.glob("shard-*"))
        for line in path.read_text(encoding="utf8").splitlines()
    )
    tally.faults += [f"{name} is there {count} times" for name, count in ids.items() if count != 1][:3]
    print(f" round {tally.rounds} ({engine}): {len(ids)} documents in {len(shards)} shards", flush=True)


def attempt(
    command: list[str], output: Path, engine: str, victim: str, delay: float, tally: Tally
) -> tuple[int, str]:
    """Run the command and kill the victim after a delay; return exit code and messages."""
    log = output.with_name("log")
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, start_new_session=True)
    every: list[int] = []
    try:
        if victim:
            time.sleep(delay)
            end = time.monotonic() + PATIENCE
            while process.poll() is None and time.monotonic() < end:
                every = [process.pid, *descendants(process.pid)]
                found = [process.pid] if victim == "driver" else named(every, NAMES[victim][engine])
                if found:
                    os.kill(found[-1], signal.SIGKILL)
                    tally.kills[f"{victim} ({engine})"] += 1
                    break
                time.sleep(0.1)
        code = process.wait(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        tally.faults.append(f"{engine}, {victim}: it hung")
        code = process.wait()
    if code < 0 and not gone(every):
        tally.faults.append(
            f"{engine}, {victim}: processes were left over: {[line_of(pid) for pid in every]}"
        )
    return code, log.read_text(encoding="utf8", errors="replace")


def finished(output: Path) -> dict[str, int]:
    """Return when each finished shard was written."""
    names = [f"shard-{path.stem}.jsonl" for path in (output / PROGRESS).glob("[0-9]*.json")]
    return {name: (output / name).stat().st_mtime_ns for name in names}


def descendants(process: int) -> Iterator[int]:
    """Yield the processes below a process."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield int(child)
        yield from descendants(int(child))


def line_of(process: int) -> bytes:
    """Return the command line of a process; empty if it has ended."""
    try:
        line = Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""
    return b"" if line.startswith(AGENTS) else line


def named(processes: list[int], name: bytes) -> list[int]:
    """Return the processes with a name in their command line."""
    return [process for process in processes if name in line_of(process)]


def gone(processes: list[int]) -> bool:
    """Return whether the processes end in time."""
    end = time.monotonic() + GONE_SECONDS
    while time.monotonic() < end:
        if not any(map(line_of, processes)):
            return True
        time.sleep(0.2)
    return False


def run(command: list[str]) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf8", check=False
    )


def write_model(folder: Path) -> Path:
    """Write a tiny model with random heads, which find much."""
    import torch

    from jointre.config import load_config, resolve
    from jointre.serialize import save_model
    from jointre.testing import tiny_encoder_folder
    from jointre.testing.overfit import built_model

    encoder = tiny_encoder_folder(folder / "encoder")
    config = load_config("spert/conll04", overrides={"model.encoder.name": str(encoder)})

    model, tokenizer = built_model(resolve(config, "model"))
    maker = torch.Generator().manual_seed(5)
    for name, parameter in model.named_parameters():
        if not name.startswith("encoder."):
            parameter.data.normal_(0.0, 0.3, generator=maker)
    save_model(folder / "model", model, tokenizer, config)
    return folder / "model"


if __name__ == "__main__":
    typer.run(soak)
