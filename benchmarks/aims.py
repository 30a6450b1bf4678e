"""The performance goals of jointre: each is a measured value and its limit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.exact_encoders import PADDED
from benchmarks.timing import CLOCKS

PREDICTION, TRAINING, MEMORY, LINEAR, GPU_SPEED = 0.90, 0.85, 1.3, 1.1, 1000


@dataclass(frozen=True)
class Aim:
    """A measured value and its limit; ``least`` says whether the limit is a minimum or a maximum."""

    what: str
    encoder: str
    measured: float
    limit: float
    least: bool

    @property
    def met(self) -> bool:
        """Whether the value is within its limit; NaN is not."""
        return self.measured >= self.limit if self.least else self.measured <= self.limit


def best(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the batch size with the highest throughput."""
    return max(rows, key=throughput)


def throughput(row: Mapping[str, Any], system: str = "jointre") -> float:
    """Return documents per second of wall time."""
    return float(row["documents"] / row["systems"][system]["wall"]["median"])


def ratio(row: Mapping[str, Any], system: str, cuda: bool = False) -> float:
    """Return the speed of jointre relative to an encoder: the lower one of CPU and wall time, on a GPU wall time."""
    found = row["systems"][system]["ratio"]
    return min(float(found[clock]) for clock in CLOCKS if clock == "wall" or not cuda)


def best_exact(row: Mapping[str, Any], cuda: bool = False) -> str:
    """Return the encoder relative to which jointre is slowest."""
    return min(
        (name for name in row["systems"] if name != "jointre"), key=lambda name: ratio(row, name, cuda)
    )


def aims(results: Mapping[str, Any]) -> list[Aim]:
    """Yield the goals for which there are results."""
    cuda = results["options"]["device"] != "cpu"
    return [aim for name, found in results["encoders"].items() for aim in _of(name, found, cuda)]


def _of(name: str, found: Mapping[str, Any], cuda: bool) -> Iterator[Aim]:
    if rows := found.get("prediction"):
        top = best(rows)
        yield from _speeds(f"prediction, {top['batch_pieces']} pieces (best)", name, top, PREDICTION, cuda)
        if cuda and name == "base":
            yield Aim("sentences a second", name, throughput(top), GPU_SPEED, True)
    for row in found.get("training", []):
        yield from _speeds(f"training, batch of {row['batch_size']}", name, row, TRAINING, cuda)
    for row in found.get("memory", []):
        yield Aim(f"peak memory / encoder, {row['work']}", name, row["ratio"], MEMORY, False)
    if growth := found.get("growth"):
        yield Aim(
            "growth outside the encoder, exponent in words", name, growth["words_exponent"], LINEAR, False
        )
        yield Aim(
            "growth outside the encoder, exponent in pairs", name, growth["pairs_exponent"], LINEAR, False
        )


def _speeds(what: str, name: str, row: Mapping[str, Any], limit: float, cuda: bool) -> Iterator[Aim]:
    """Compare with the best exact encoder, and with the padded one if that is another."""
    for system in dict.fromkeys((best_exact(row, cuda), PADDED)):
        yield Aim(f"{what} / {system}", name, ratio(row, system, cuda), limit, True)
