"""The performance goals of jointre: each is a measured value and its limit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

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
    return max(rows, key=lambda row: float(row["sentences_per_second"]))


def aims(results: Mapping[str, Any]) -> list[Aim]:
    """Yield the goals for which there are results."""
    cuda = results["options"]["device"] != "cpu"
    return [aim for name, found in results["encoders"].items() for aim in _of(name, found, cuda)]


def _of(name: str, found: Mapping[str, Any], cuda: bool) -> Iterator[Aim]:
    if rows := found.get("prediction"):
        top = best(rows)
        size = f"{top['batch_pieces']} pieces"
        yield Aim(f"prediction / encoder, best batch size ({size})", name, top["ratio"], PREDICTION, True)
        if cuda and name == "base":
            yield Aim("sentences a second", name, top["sentences_per_second"], GPU_SPEED, True)
    for row in found.get("training", []):
        yield Aim(f"training / encoder, batch of {row['batch_size']}", name, row["ratio"], TRAINING, True)
    for row in found.get("memory", []):
        yield Aim(f"peak memory / encoder, {row['work']}", name, row["ratio"], MEMORY, False)
    if growth := found.get("growth"):
        yield Aim(
            "growth outside the encoder, exponent in words", name, growth["words_exponent"], LINEAR, False
        )
        yield Aim(
            "growth outside the encoder, exponent in pairs", name, growth["pairs_exponent"], LINEAR, False
        )
