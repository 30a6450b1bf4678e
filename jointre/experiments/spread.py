"""The values of one figure, and what is said of them: mean and sample standard deviation."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean, stdev


@dataclass(frozen=True)
class Spread:
    """Values by seed or by fold, fractions of 1."""

    values: Mapping[int, float]

    @property
    def n(self) -> int:
        """How many there are."""
        return len(self.values)

    @property
    def mean(self) -> float | None:
        """Their mean; None without any."""
        return fmean(self.values.values()) if self.values else None

    @property
    def sd(self) -> float | None:
        """Their sample standard deviation (n - 1); None for fewer than two."""
        return stdev(self.values.values()) if len(self.values) > 1 else None

    @property
    def min(self) -> float | None:
        """The smallest."""
        return min(self.values.values(), default=None)

    @property
    def max(self) -> float | None:
        """The largest."""
        return max(self.values.values(), default=None)

    def minus(self, other: "Spread") -> "Spread":
        """The differences of the values that both have."""
        return Spread(
            {unit: x - other.values[unit] for unit, x in self.values.items() if unit in other.values}
        )
