"""Typed access to the fields of a JSON record; values of the wrong type become faults."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from jointre.data.doc import Entity, Relation
from jointre.data.report import Report
from jointre.data.validate import check_unicode, check_word_offsets
from jointre.errors import Fault
from jointre.readers.records import Record

KINDS = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}


@dataclass(frozen=True)
class Form:
    """The key for the type of an entity in a JSON format; the key of the other format, and its reader."""

    label: str
    other_label: str
    other_reader: str


@dataclass
class Fields:
    """The fields of one record that is an object; every field is checked, whatever is wrong with the others."""

    record: Record
    form: Form
    report: Report
    faults: list[Fault] = field(default_factory=list)

    @property
    def where(self) -> str:
        """The place of the record, for messages."""
        return self.record.where

    def fault(self, what: str, remedy: str = "") -> None:
        """Add a fault of the record."""
        self.faults.append(Fault(what, self.where, remedy))

    def items(self, key: str) -> list[Any]:
        """Return the list under ``key``, empty if there is none."""
        items = self.record.value.get(key)
        if items is not None and not isinstance(items, list):
            self.fault(f"{key!r} is {kind(items)}, not a list")
        return items if isinstance(items, list) else []

    def entities(self) -> list[Entity | None]:
        """Return the entities; None for a malformed one, so that positions stay right."""
        rows = [
            self._row(f"entity {i}", item, "start", "end") for i, item in enumerate(self.items("entities"))
        ]
        return [None if row is None else Entity(*row) for row in rows]

    def relations(self) -> list[Relation | None]:
        """Return the relations; None for a malformed one."""
        rows = [
            self._row(f"relation {i}", item, "head", "tail") for i, item in enumerate(self.items("relations"))
        ]
        return [None if row is None else Relation(*row) for row in rows]

    def _row(self, name: str, item: Any, key1: str, key2: str) -> tuple[int, int, str, float | None] | None:
        if not isinstance(item, dict):
            self.fault(f"{name} is {kind(item)}, not an object")
            return None
        before = len(self.faults)
        first, second = self._whole(name, item, key1), self._whole(name, item, key2)
        label, score = self._label(name, item), self._score(name, item)
        for key in item.keys() - {key1, key2, self.form.label, "score", "text"}:
            self.report.count(f"key {key!r} of an {name.split()[0]}, not used", self.where)
        return (first, second, label, score) if len(self.faults) == before else None

    def _whole(self, name: str, item: dict[str, Any], key: str) -> int:
        number = item.get(key)
        if type(number) is int:
            return number
        self.fault(
            f"{name}: {key!r} is {kind(number)}, not a whole number"
            if key in item
            else f"{name} has no {key!r}"
        )
        return 0

    def _label(self, name: str, item: dict[str, Any]) -> str:
        key, label = self.form.label, item.get(self.form.label)
        if isinstance(label, str):
            self.report.use(name.split()[0], label, self.where)
            return label
        if key in item:
            self.fault(f"{name}: {key!r} is {kind(label)}, not a string")
        else:
            other = self.form.other_label in item
            self.fault(f"{name} has no {key!r}", f"read it with {self.form.other_reader}" if other else "")
        return ""

    def _score(self, name: str, item: dict[str, Any]) -> float | None:
        score = item.get("score")
        if score is None or type(score) in (int, float):
            return score
        self.fault(f"{name}: 'score' is {kind(score)}, not a number")
        return None

    def tokens(self) -> list[str] | None:
        """Return the words of a record, or None if they are not a list of strings."""
        tokens = self.record.value.get("tokens")
        if not isinstance(tokens, list):
            self.fault(f"'tokens' is {kind(tokens)}, not a list of words")
            return None
        strange = [(i, word) for i, word in enumerate(tokens) if not isinstance(word, str)]
        if strange:
            self.fault(f"word {strange[0][0]} is {kind(strange[0][1])}, not a string")
            return None
        return tokens

    def words(self, size: int) -> list[tuple[int, int]] | None:
        """Return the character offsets of the words in a text of ``size`` characters, or None if they are not given."""
        words = self.record.value.get("words")
        if words is None:
            return None
        pairs = words if isinstance(words, list) else [words]
        if not all(isinstance(p, list) and len(p) == 2 and all(type(n) is int for n in p) for p in pairs):
            self.fault("'words' is not a list of [start, end] in characters")
            return None
        offsets = [(start, end) for start, end in pairs]
        self.faults += check_word_offsets(offsets, size, self.where)
        return offsets

    def name(self) -> str:
        """Return the document's id, or the place of the record if it has none."""
        name = self.record.value.get("id")
        if name is None or name == "":
            return self.record.id
        if type(name) not in (str, int):
            self.fault(f"'id' is {kind(name)}, not a string")
        return str(name)


def rows_with(key: str, record: Any) -> bool:
    """Return whether any entity or relation of a JSON record has a key."""
    lists = [record.get("entities"), record.get("relations")] if isinstance(record, dict) else []
    rows = [row for items in lists if isinstance(items, list) for row in items]
    return any(isinstance(row, dict) and key in row for row in rows)


def kind(value: Any) -> str:
    """Say what a JSON value is, for messages."""
    return KINDS.get(type(value), f"the number {value!r}")


LEFT_OUT = "invalid records, left out"


@dataclass
class Keys:
    """The keys of ``value``, an object in the record at ``where``; all objects of a record share one list of faults."""

    value: dict[str, Any]
    where: str
    name: str = ""
    faults: list[Fault] = field(default_factory=list)

    def fault(self, what: str, remedy: str = "") -> None:
        """Add a fault of the object."""
        self.faults.append(Fault(f"{self.name}: {what}" if self.name else what, self.where, remedy))

    def below(self, key: str) -> "Keys":
        """Return the object under ``key``, empty if there is none."""
        inner = self.value.get(key)
        if not isinstance(inner, dict):
            self.fault(f"{key!r} is {kind(inner)}, not an object")
        return Keys(inner if isinstance(inner, dict) else {}, self.where, repr(key), self.faults)

    def text(self, key: str) -> str:
        """Return the string under ``key``, which must have a visible character."""
        text = self.value.get(key)
        if not isinstance(text, str):
            self.fault(f"{key!r} is {kind(text)}, not a string")
            return ""
        if not text.strip():
            self.fault(f"{key!r} is empty")
        self.faults += check_unicode([text], self.where)
        return text

    def words(self, key: str) -> list[str]:
        """Return the list of strings under ``key``, which must not be empty."""
        words = self.value.get(key)
        if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
            self.fault(f"{key!r} is not a list of words")
            return []
        self.faults += check_unicode(words, self.where)
        return words

    def whole(self, key: str) -> int:
        """Return the whole number under ``key``."""
        number = self.value.get(key)
        if type(number) is int:
            return number
        self.fault(f"{key!r} is {kind(number)}, not a whole number")
        return 0

    def span(self, start: int, end: int, size: int, unit: str) -> None:
        """Add a fault unless ``[start, end)`` is inside the ``size`` units and not empty."""
        if not 0 <= start < end <= size:
            remedy = f"offsets count {unit} from 0, and an entity is not empty"
            self.fault(f"{start} to {end} (exclusive) is not a span of the {size} {unit}", remedy)


def keys_of(record: Record, report: Report) -> Keys | None:
    """Return the keys of a record; None and a fault in the report if it is not an object."""
    if isinstance(record.value, dict):
        return Keys(record.value, record.where)
    report.faults.append(Fault(f"a record is {kind(record.value)}, not an object", record.where))
    return None


def settle(faults: Sequence[Fault], repair: bool, report: Report) -> None:
    """Report the faults of a record as faults of the corpus, or with ``repair`` as a record that is left out."""
    for fault in faults:
        if repair:
            report.repair(LEFT_OUT, fault.where, fault.what)
        else:
            report.faults.append(Fault(fault.what, fault.where, fault.remedy or "or set repair = true"))
