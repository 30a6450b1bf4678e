"""Disturb a command several times, let it finish, and compare the result with an undisturbed run."""

import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.soak.artefacts import artefacts, differences
from tests.soak.kinds import Kind
from tests.soak.trouble import disturbed, undisturbed

MOST = 5  # disturbances in a round


@dataclass
class Tally:
    """The results of the rounds of a kind."""

    kind: Kind
    reference: Path
    seconds: float = 0.0
    rounds: int = 0
    troubles: Counter[str] = field(default_factory=Counter)
    late: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counts = ", ".join(f"{name} {count}" for name, count in sorted(self.troubles.items()))
        same = self.rounds - len({fault.partition(":")[0] for fault in self.faults})
        verdict = "ok" if not self.faults else f"FAILED, {len(self.faults)} problems"
        line = f"{self.kind.name}: {self.rounds} rounds, {same} as undisturbed; {counts or 'not disturbed'}"
        return f"{line}; {self.late} came too late: {verdict}"


def begin(kind: Kind, references: Path) -> Tally:
    """Run a command undisturbed, and keep its output.

    Raises:
        RuntimeError: if it fails.
    """
    attempt = undisturbed(kind.command)
    if attempt.code:
        raise RuntimeError(f"{kind.name} fails undisturbed: {attempt.said}")
    reference = references / kind.output.name
    kind.output.rename(reference)
    return Tally(kind, reference, attempt.seconds)


def play(tally: Tally, chance: Random) -> bool:
    """Play one round; return whether it passed. The output of a failed round is kept."""
    kind, before = tally.kind, len(tally.faults)
    tally.rounds += 1
    _remove(kind.output)
    wanted = artefacts(tally.reference)
    largest = max(
        path.stat().st_size for path in [tally.reference, *tally.reference.rglob("*")] if path.is_file()
    )
    kills = 0
    for number in range(chance.randint(1, MOST)):
        attempt = disturbed(kind.command, chance, tally.seconds, largest)
        if attempt.hit:
            tally.troubles[attempt.trouble] += 1
        else:
            tally.late += 1
        kills += attempt.code < 0
        tally.faults += [f"round {tally.rounds}: {fault}" for fault in attempt.faults()]
        if kind.output.is_file() and differences(artefacts(kind.output), wanted):
            tally.faults.append(f"round {tally.rounds}: an incomplete file after {attempt.trouble}")
        if attempt.code == 0:  # it has finished
            if not attempt.hit and not number:
                tally.seconds = attempt.seconds  # the machine may be faster than before
            break
    last = undisturbed(kind.command)
    tally.faults += [f"round {tally.rounds}: {fault}" for fault in last.faults()]
    found = artefacts(kind.output)
    tally.faults += [f"round {tally.rounds}: {name} differs" for name in differences(found, wanted)]
    if not kind.continues and not kills:
        parts = [path.name for path in kind.output.parent.glob(f".{kind.output.name}*.part")]
        tally.faults += [f"round {tally.rounds}: {name} is left over" for name in parts]
    well = len(tally.faults) == before
    if not well:
        shutil.move(kind.output, kind.output.with_name(f"{kind.output.name}-round-{tally.rounds}"))
    for part in kind.output.parent.glob(".*.part"):  # of killed predictions
        part.unlink()
    return well


def _remove(output: Path) -> None:
    shutil.rmtree(output) if output.is_dir() else output.unlink(missing_ok=True)
