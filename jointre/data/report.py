"""The report in which readers collect faults and repairs, and the error that shows the faults."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jointre.data.labels import Labels
from jointre.errors import DataError, Fault
from jointre.nearest import nearest_name
from jointre.place import Place, Where, listed

NAMED = 12  # names that a message lists
SUGGESTED = 20  # unknown types for which a known one is suggested
NEGLIGIBLE = re.compile(r"[\s_-]")  # in the names of types


class CorpusError(DataError):
    """An invalid corpus; the message shows the first 20 kinds of faults."""

    shown = 20


@dataclass(frozen=True)
class Count:
    """A kind of finding, how often it occurs, and its first place; ``lost`` if it is annotation that is left out."""

    what: str
    times: int
    first: Where
    lost: bool

    def __str__(self) -> str:
        return f"{self.what}: {self.times} (first in {self.first})"

    def to_json(self) -> dict[str, Any]:
        """Return the finding for machine-readable output."""
        return {"what": self.what, "count": self.times, "first": str(self.first)}


class Report:
    """The findings of a reader or a writer.

    A reader collects faults, for which it refuses a corpus, and repairs, as counts or by place. A writer counts what
    the output does not hold.

    Attributes:
        lost: how many items were left out (`leave_out`), by unit: "documents", "entities", "relations", "types".
    """

    shown = 20  # places of one kind of repair that a notice names

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._repairs: dict[str, list[tuple[Place, str]]] = {}
        self._counts: dict[str, tuple[int, Where]] = {}
        self._types: dict[tuple[str, str], tuple[int, Where]] = {}
        self._left_out = set[str]()
        self.lost: Counter[str] = Counter()

    def count(self, what: str, where: Where, times: int = 1) -> None:
        """Count ``times`` occurrences of something that the user should know but that is not a fault."""
        if times:
            before, first = self._counts.get(what, (0, where))
            self._counts[what] = (before + times, first)

    def leave_out(self, unit: str, why: str, where: Where, times: int = 1) -> None:
        """Count ``times`` items of a document that the result does not have.

        Args:
            unit: what the items are, a key of ``lost``.
            why: continues the unit: ``entities`` and ``across sentences``.
            where: the place of the document.
            times: the number of items.
        """
        what = f"{unit} {why}, left out"
        self.count(what, where, times)
        self._left_out.add(what)
        self.lost[unit] += times

    def repair(self, what: str, where: Where, detail: str) -> None:
        """Add one repair: its kind, its place, and the text there."""
        self._repairs.setdefault(what, []).append((Place.of(where), detail))

    def repair_or_refuse(
        self, repair: bool, what: str, where: Where, detail: str, bare: bool = False
    ) -> None:
        """Add a repair or, without ``repair``, a fault.

        Args:
            repair: whether the reader repairs.
            what: the kind of the repair; the fault begins with its words up to the first comma, unless it is ``bare``.
            where: its place.
            detail: the text there.
            bare: whether ``detail`` alone says what is wrong.
        """
        if repair:
            self.repair(what, where, detail)
        else:
            says = detail if bare else f"{what.split(',')[0]}: {detail}"
            self.faults.append(Fault(says, where, "correct it, or set repair = true"))

    @property
    def repairs(self) -> list[Fault]:
        """All single repairs, by kind and in order."""
        return [
            Fault(f"{what}: {detail}", where)
            for what, found in self._repairs.items()
            for where, detail in found
        ]

    def use(self, kind: str, label: str, where: Where, times: int = 1) -> None:
        """Count ``times`` uses of a type; ``kind`` is "entity" or "relation"."""
        if times:
            before, first = self._types.get((kind, label), (0, where))
            self._types[kind, label] = (before + times, first)

    def unknown_types(self, labels: Labels) -> list[Fault]:
        """Return one fault for each used type that ``labels`` lack, at the place of its first use."""
        known = {"entity": labels.entities, "relation": labels.relations}
        lookup = {kind: set(names) for kind, names in known.items()}
        faults: list[Fault] = []
        for (kind, label), (times, where) in self._types.items():
            if label.strip() and label not in lookup[kind]:
                often = f", used {times} times" if times > 1 else ""
                what = f"{kind} type {label!r} is not among the labels{often}"
                remedy = suggest(label, known[kind]) if len(faults) < SUGGESTED else ""
                faults.append(Fault(what, where, remedy))
        return faults

    def count_near_types(self) -> None:
        """Count the types that differ from another one only in case, blanks, hyphens or underscores."""
        groups: dict[tuple[str, str], list[str]] = {}
        for kind, label in self._types:
            groups.setdefault((kind, NEGLIGIBLE.sub("", label).casefold()), []).append(label)
        for (kind, _), labels in groups.items():
            if len(labels) > 1:
                usual = max(labels, key=lambda label: self._types[kind, label][0])
                for label in [label for label in labels if label != usual]:
                    times, where = self._types[kind, label]
                    self.count(f"{kind} type {label!r}, which is almost {usual!r}", where, times)

    @property
    def counts(self) -> list[Count]:
        """The findings that were counted, in the order of their first places."""
        return [
            Count(what, times, first, what in self._left_out) for what, (times, first) in self._counts.items()
        ]

    @property
    def notices(self) -> list[str]:
        """One line per kind of finding: what it is, how often it occurs, and its first place or all places."""
        counts = [str(count) for count in self.counts]
        repairs = [
            f"{what}: {len(found)} (in {listed([where for where, _ in found], self.shown)})"
            for what, found in self._repairs.items()
        ]
        return counts + repairs

    def raise_faults(self, title: str) -> None:
        """Raise one error with all faults if there are any."""
        if self.faults:
            raise CorpusError(title, self.faults)


def suggest(name: str, known: Sequence[str]) -> str:
    """Suggest the nearest known name, or list the known names."""
    folded = {other.casefold(): other for other in known}
    near = nearest_name(name.casefold(), folded)
    if near is not None:
        return f"did you mean {folded[near]!r}?"
    return f"known: {first_few(known) or 'none'}"


def first_few(names: Sequence[str]) -> str:
    """Return the first names, separated by commas, and the number of the others."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
