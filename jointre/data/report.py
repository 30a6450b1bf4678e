"""The report in which readers collect what they find, and the error that shows it."""

from collections.abc import Sequence

from jointre.data.labels import Labels
from jointre.errors import DataError, Fault, places
from jointre.nearest import nearest_name

NAMED = 12  # names that a message lists
SUGGESTED = 20  # unknown types for which a known one is suggested


class CorpusError(DataError):
    """A DataError with any number of faults."""

    shown = 20


class Report:
    """What a reader found: faults, for which it refuses a corpus, and what it set right, as counts or by place."""

    shown = 20  # places of one kind of repair that a notice names

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._repairs: dict[str, list[tuple[str, str]]] = {}
        self._counts: dict[str, tuple[int, str]] = {}
        self._types: dict[tuple[str, str], tuple[int, str]] = {}

    def count(self, what: str, where: str, times: int = 1) -> None:
        """Count ``times`` occurrences of something that the user should know but that is no fault."""
        if times:
            before, first = self._counts.get(what, (0, where))
            self._counts[what] = (before + times, first)

    def repair(self, what: str, where: str, detail: str) -> None:
        """Note one thing that was set right: its kind, its place, and what stands there."""
        self._repairs.setdefault(what, []).append((where, detail))

    @property
    def repairs(self) -> list[Fault]:
        """Every single repair, by kind and in order."""
        return [
            Fault(f"{what}: {detail}", where)
            for what, found in self._repairs.items()
            for where, detail in found
        ]

    def use(self, kind: str, label: str, where: str, times: int = 1) -> None:
        """Count ``times`` uses of a type; ``kind`` is "entity" or "relation"."""
        if times:
            before, first = self._types.get((kind, label), (0, where))
            self._types[kind, label] = (before + times, first)

    def unknown_types(self, labels: Labels) -> list[Fault]:
        """One fault for each type in use that ``labels`` lack, at the place of its first use."""
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

    @property
    def notices(self) -> list[str]:
        """One line for each thing counted or repaired: what, how often, and where first or everywhere."""
        counts = [f"{what}: {times} (first in {where})" for what, (times, where) in self._counts.items()]
        repairs = [
            f"{what}: {len(found)} (in {places([where for where, _ in found], self.shown)})"
            for what, found in self._repairs.items()
        ]
        return counts + repairs

    def raise_faults(self, title: str) -> None:
        """Raise one error with all faults, if there are any."""
        if self.faults:
            raise CorpusError(title, self.faults)


def suggest(name: str, known: Sequence[str]) -> str:
    """The nearest known name, else all of them."""
    folded = {other.casefold(): other for other in known}
    near = nearest_name(name.casefold(), folded)
    if near is not None:
        return f"did you mean {folded[near]!r}?"
    return f"known: {first_few(known) or 'none'}"


def first_few(names: Sequence[str]) -> str:
    """Return the first names with commas between them, and how many more there are."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
