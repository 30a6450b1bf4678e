"""Which documents of an update each process computes, if several train together."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Turn:
    """Rows of one batch that one process computes while the other processes have their turns.

    Args:
        batch: number of the batch, counted from the first of the update; -1 if there is nothing to do.
        rows: of the corpus.
    """

    batch: int = -1
    rows: Sequence[int] = ()


def share(batches: Sequence[Sequence[int]], processes: int) -> list[list[Turn]]:
    """Return rounds, each with one turn per process, in which processes compute the batches of an update.

    Every document has its turn once. A batch is shared by all processes, or by as many as it has documents; so batches
    that are small are computed in the same round. All turns of a batch are in one round.
    """
    rounds: list[list[Turn]] = []
    turns: list[Turn] = []
    for number, rows in enumerate(batches):
        sharers = min(len(rows), processes)
        if len(turns) + sharers > processes:
            rounds.append(turns)
            turns = []
        turns = [*turns, *(Turn(number, part) for part in _parts(rows, sharers))]
    rounds.append(turns)
    return [[*turns, *[Turn()] * (processes - len(turns))] for turns in rounds]


def _parts(rows: Sequence[int], n: int) -> list[Sequence[int]]:
    """Divide rows into ``n`` parts whose sizes differ by one at most."""
    ends = [len(rows) * (part + 1) // n for part in range(n)]
    return [rows[start:end] for start, end in zip([0, *ends], ends, strict=False)]
