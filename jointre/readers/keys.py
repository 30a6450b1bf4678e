"""Typed access to the keys of one object in a record; what has another kind becomes a fault."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from jointre.data.report import Report
from jointre.data.validate import check_unicode
from jointre.errors import Fault
from jointre.readers.fields import kind
from jointre.readers.records import Record

LEFT_OUT = "records that cannot be used, left out"


@dataclass
class Keys:
    """The keys of ``value``, an object of the record at ``where``; the faults of all its objects are one list."""

    value: dict[str, Any]
    where: str
    name: str = ""
    faults: list[Fault] = field(default_factory=list)

    def fault(self, what: str, remedy: str = "") -> None:
        """Note something that is wrong."""
        self.faults.append(Fault(f"{self.name}: {what}" if self.name else what, self.where, remedy))

    def below(self, key: str) -> "Keys":
        """The object under ``key``, empty if it is none."""
        inner = self.value.get(key)
        if not isinstance(inner, dict):
            self.fault(f"{key!r} is {kind(inner)}, not an object")
        return Keys(inner if isinstance(inner, dict) else {}, self.where, repr(key), self.faults)

    def text(self, key: str) -> str:
        """The string under ``key``, which must have a visible character."""
        text = self.value.get(key)
        if not isinstance(text, str):
            self.fault(f"{key!r} is {kind(text)}, not a string")
            return ""
        if not text.strip():
            self.fault(f"{key!r} is empty")
        self.faults += check_unicode([text], self.where)
        return text

    def words(self, key: str) -> list[str]:
        """The list of strings under ``key``, which must not be empty."""
        words = self.value.get(key)
        if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
            self.fault(f"{key!r} is not a list of words")
            return []
        self.faults += check_unicode(words, self.where)
        return words

    def whole(self, key: str) -> int:
        """The whole number under ``key``."""
        number = self.value.get(key)
        if type(number) is int:
            return number
        self.fault(f"{key!r} is {kind(number)}, not a whole number")
        return 0

    def span(self, start: int, end: int, size: int, unit: str) -> None:
        """Check that ``[start, end)`` lies inside the ``size`` units and is not empty."""
        if not 0 <= start < end <= size:
            remedy = f"offsets count {unit} from 0, and an entity is not empty"
            self.fault(f"{start} to {end} (exclusive) is no span of the {size} {unit}", remedy)


def keys_of(record: Record, report: Report) -> Keys | None:
    """The keys of a record; None with a fault in the report if it is no object."""
    if isinstance(record.value, dict):
        return Keys(record.value, record.where)
    report.faults.append(Fault(f"a record is {kind(record.value)}, not an object", record.where))
    return None


def settle(faults: Sequence[Fault], repair: bool, report: Report) -> None:
    """What is wrong with a record, as faults of the corpus or, with ``repair``, told as left out."""
    for fault in faults:
        if repair:
            report.repair(LEFT_OUT, fault.where, fault.what)
        else:
            report.faults.append(Fault(fault.what, fault.where, fault.remedy or "or set repair = true"))
