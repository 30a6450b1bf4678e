"""Find annotation that would be lost silently: under a misspelt key, or in records that lack the key."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from jointre.data.report import Report
from jointre.errors import Fault
from jointre.place import Place
from jointre.readers.foreign_keys import foreign_annotation, remedy_for, stands_for
from jointre.readers.records import Record

GoldKeys = Mapping[str, type | tuple[type, ...]]
"""The top-level keys with annotation, each with the type or types of its value or, for a list, of its items."""

SPANS = "entities"  # a format with this key may have either entities or relations under a foreign key
NAMED = 3  # other keys that a notice names


def check_keys(records: Iterable[Record], gold: GoldKeys, report: Report) -> Iterator[Record]:
    """Yield the records of one file; report at its end what their keys would lose.

    A record with ``reations`` instead of ``relations`` is refused. So is one whose only annotation is under a key of
    another format, such as ``spans``; next to annotation that is read, such a key is counted. Records without a gold
    key for a list are counted if other records of the file have that key.

    Args:
        records: the records of one file.
        gold: the keys that hold annotation.
        report: gets a fault for each misspelt or foreign key and a notice for each key that some records lack.
    """
    census = _Census(gold)
    for record in records:
        if isinstance(record.value, dict):
            census.add(record.value, record.where)
        yield record
    census.tell(report)


@dataclass
class _Tally:
    first: Place
    times: int = 0


@dataclass
class _Census:
    """The keys of the records of a file.

    ``misspelt`` counts records by a key and the gold key that it probably means. ``unlike`` does the same for values of
    another type. ``foreign`` counts records by their foreign keys, as key and format, and by whether a foreign key
    replaces a gold key. ``alike`` counts records by their gold keys and by the keys that may hold annotation instead.
    """

    gold: GoldKeys
    misspelt: dict[tuple[str, str], _Tally] = field(default_factory=dict)
    unlike: dict[tuple[str, str], _Tally] = field(default_factory=dict)
    foreign: dict[tuple[tuple[tuple[str, str], ...], bool], _Tally] = field(default_factory=dict)
    alike: dict[tuple[str, ...], _Tally] = field(default_factory=dict)

    def add(self, value: dict[str, Any], where: Place) -> None:
        """Count the keys of a record."""
        absent = [key for key in self.gold if key not in value]
        near = [
            (key, meant) for key in value for meant in absent if key not in self.gold and is_near(key, meant)
        ]
        for key, meant in near:
            if _holds(value[key], self.gold[meant]):
                self.misspelt.setdefault((key, meant), _Tally(where)).times += 1
        foreign = self._add_foreign(value, where)
        for key, meant in near:
            if key not in foreign and not _holds(value[key], self.gold[meant]):
                self.unlike.setdefault((key, meant), _Tally(where)).times += 1
        kinds = [self.gold[key] for key in absent]
        telling = (
            key for key, item in value.items() if key in self.gold or any(_holds(item, k) for k in kinds)
        )
        self.alike.setdefault(tuple(telling), _Tally(where)).times += 1

    def _add_foreign(self, value: dict[str, Any], where: Place) -> set[str]:
        """Count the foreign keys of a record, and return them."""
        found = list(foreign_annotation(value, {*self.gold, *(key for key, _ in self.misspelt)}))
        lost = tuple(pair for pair in found if stands_for(*pair) not in self._read_in(value))
        if found:
            self.foreign.setdefault((lost or tuple(found), bool(lost)), _Tally(where)).times += 1
        return {key for key, _ in found}

    def _read_in(self, value: dict[str, Any]) -> set[str]:
        """Return which keys of the standard form the reader finds in a record, under whatever keys."""
        found = [key for key, kind in self.gold.items() if key in value or kind is str]
        if SPANS in self.gold:
            return {stands_for(key) for key in found}
        return {SPANS, "relations"} if found else set()

    def tell(self, report: Report) -> None:
        """Report the misspelt, foreign and missing keys."""
        self._tell_foreign(report)
        for (key, meant), tally in self.misspelt.items():
            number = "a record" if tally.times == 1 else f"{tally.times} records"
            what = f"{number} would lose {meant!r}: there is {key!r} instead"
            report.faults.append(Fault(what, tally.first, f"rename the key to {meant!r}"))
        for (key, meant), tally in self.unlike.items():
            report.count(
                f"records with {key!r}, which is not {meant!r} and not used", tally.first, tally.times
            )
        for key, kind in self.gold.items():
            if kind is not str:
                self._tell_absent(key, report)

    def _tell_foreign(self, report: Report) -> None:
        for (found, lost), tally in self.foreign.items():
            keys = " and ".join(f"{key!r} ({form})" for key, form in found[:NAMED])
            if not lost:
                report.count(f"records with {keys}, not used", tally.first, tally.times)
                continue
            number = "a record has" if tally.times == 1 else f"{tally.times} records have"
            what = f"{number} annotation that is not read: {keys}"
            report.faults.append(Fault(what, tally.first, remedy_for(form for _, form in found)))

    def _tell_absent(self, gold: str, report: Report) -> None:
        renamed = {key for key, meant in self.misspelt if meant == gold}
        having = [keys for keys in self.alike if gold in keys]
        lacking = {
            keys: tally for keys, tally in self.alike.items() if gold not in keys and renamed.isdisjoint(keys)
        }
        if not having or not lacking:
            return
        known = {key for keys in having for key in keys}
        instead = list(dict.fromkeys(key for keys in lacking for key in keys if key not in known))[:NAMED]
        names = f" (they have {', '.join(map(repr, instead))})" if instead else ""
        first = next(iter(lacking.values())).first
        times = sum(tally.times for tally in lacking.values())
        report.count(f"records without {gold!r}, which others of the file have{names}", first, times)


@lru_cache(maxsize=10_000)
def is_near(key: str, known: str) -> bool:
    """Return whether a key differs from another in one letter, two swapped letters, case or punctuation at most."""
    if abs(len(key) - len(known)) > len(known):
        return False
    key, known = _plain(key), _plain(known)
    return not _shortened(key).isdisjoint(_shortened(known)) or key == _singular(known)


def _plain(key: str) -> str:
    return "".join(char for char in key if char.isalnum()).casefold()


def _shortened(key: str) -> set[str]:
    """Return the key, and the key without each one of its letters."""
    return {key, *(key[:i] + key[i + 1 :] for i in range(len(key)))}


def _singular(key: str) -> str:
    return f"{key.removesuffix('ies')}y" if key.endswith("ies") else key.removesuffix("s")


def _holds(value: Any, kind: type | tuple[type, ...]) -> bool:
    """Return whether a value, or the first item of a list, is of a type."""
    items = value if isinstance(value, list) else [value]
    return any(isinstance(item, kind) for item in items[:1])
