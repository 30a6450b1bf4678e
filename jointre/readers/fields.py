"""Typed access to the fields of a JSON record; values of the wrong type become faults."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.report import Report
from jointre.data.segments import sentences_of_words
from jointre.data.validate import check_sentences, check_unicode, check_word_offsets
from jointre.errors import Fault
from jointre.place import Place
from jointre.readers.records import Record

LEFT_OUT = "invalid records, left out"
KINDS = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}


@dataclass
class Keys:
    """The keys of an object in a record; all objects of a record share one list of faults.

    Args:
        value: the object.
        where: the place of the record.
        name: what the object is, for messages; empty for the record itself.
        faults: the faults of the record.
        number: the position of the object among others of its name.
        is_object: whether there is an object; otherwise a fault says what is there instead, and ``value`` is empty.
    """

    value: dict[str, Any]
    where: Place
    name: str = ""
    faults: list[Fault] = field(default_factory=list)
    number: int | None = None
    is_object: bool = True

    def fault(self, what: str, remedy: str = "") -> None:
        """Add a fault of the object."""
        self._add(f": {what}" if self.name else what, remedy)

    def _add(self, says: str, remedy: str = "") -> None:
        if self.number is None:
            self.faults.append(Fault(f"{self.name}{says}", self.where, remedy))
        else:
            self.faults.append(Fault.of_item(self.name, self.number, says, self.where, remedy))

    def has(self, key: str, remedy: str = "") -> bool:
        """Return whether there is a key; add a fault if not."""
        if key not in self.value:
            self._add(f" has no {key!r}", remedy)
        return key in self.value

    def rest(self, used: Collection[str]) -> dict[str, Any]:
        """Return the keys that a reader does not use, for the meta of its document."""
        return {key: item for key, item in self.value.items() if key not in used}

    def below(self, key: str) -> "Keys":
        """Return the object under ``key``, empty if there is none."""
        inner = self.value.get(key)
        if isinstance(inner, dict):
            return Keys(inner, self.where, repr(key), self.faults)
        self.fault(f"{key!r} is {kind(inner)}, not an object")
        return Keys({}, self.where, repr(key), self.faults, is_object=False)

    def rows(self, key: str, name: str, nullable: bool = False) -> "list[Keys]":
        """Return the items of the list under ``key``, each called ``name`` and its number; none if there is no list."""
        items = self.value.get(key, [])
        if items is None and nullable:
            return []
        if not isinstance(items, list):
            self.fault(f"{key!r} is {kind(items)}, not a list")
            return []
        rows = [Keys(item, self.where, name, self.faults, number) for number, item in enumerate(items)]
        for row in rows:
            if not isinstance(row.value, dict):
                row._add(f" is {kind(row.value)}, not an object")
        return [
            row if isinstance(row.value, dict) else replace(row, value={}, is_object=False) for row in rows
        ]

    def string(self, key: str) -> str:
        """Return the string under ``key``, which may be empty."""
        text = self.value.get(key)
        if isinstance(text, str):
            return text
        self.fault(f"{key!r} is {kind(text)}, not a string")
        return ""

    def text(self, key: str) -> str:
        """Return the string under ``key``, which must have a visible character."""
        if not isinstance(self.value.get(key), str):
            return self.string(key)
        text: str = self.value[key]
        if not text.strip():
            self.fault(f"{key!r} is empty")
        self.faults += check_unicode([text], self.where)
        return text

    def words(self, key: str) -> list[str]:
        """Return the list of strings under ``key``, which must not be empty."""
        words = self.value.get(key)
        if not words or not are_words(words):
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

    def number_or_none(self, key: str) -> float | None:
        """Return the number under ``key``, or None if there is none."""
        number = self.value.get(key)
        if number is None or type(number) in (int, float):
            return number
        self.fault(f"{key!r} is {kind(number)}, not a number")
        return None

    def span(self, start: int, end: int, size: int, unit: str) -> None:
        """Add a fault unless ``[start, end)`` is inside the ``size`` units and not empty."""
        if not 0 <= start < end <= size:
            remedy = f"offsets count {unit} from 0, and an entity is not empty"
            self.fault(f"{start} to {end} (exclusive) is not a span of the {size} {unit}", remedy)

    def id(self, default: str) -> str:
        """Return the text or number under ``id``, or the default if there is none."""
        name = self.value.get("id")
        if name is None or name == "":
            return default
        if type(name) not in (str, int):
            self.fault(f"'id' is {kind(name)}, not a string")
        return str(name)


@dataclass(frozen=True)
class Form:
    """The key for the type of an entity in a JSON format; the key of the other format, and its reader."""

    label: str
    other_label: str
    other_reader: str


class Fields(Keys):
    """The fields of a record with words or text, entities and relations.

    Every field is checked, whatever is wrong with the others.
    """

    def __init__(self, record: Record, form: Form, report: Report) -> None:
        super().__init__(record.value, record.where)
        self.record = record
        self.form = form
        self.report = report

    def entities(self) -> list[Entity | None]:
        """Return the entities; None for a malformed one, so that positions stay right."""
        rows = [self._row(row, "start", "end") for row in self.rows("entities", "entity", nullable=True)]
        return [None if row is None else Entity(*row) for row in rows]

    def relations(self) -> list[Relation | None]:
        """Return the relations; None for a malformed one."""
        rows = [self._row(row, "head", "tail") for row in self.rows("relations", "relation", nullable=True)]
        return [None if row is None else Relation(*row) for row in rows]

    def _row(self, row: Keys, key1: str, key2: str) -> tuple[int, int, str, float | None] | None:
        if not row.is_object:
            return None
        before = len(self.faults)
        first, second = (row.whole(key) if row.has(key) else 0 for key in (key1, key2))
        label, score = self._label(row), row.number_or_none("score")
        known = {key1, key2, self.form.label, "score", "text" if key1 == "start" else "evidence"}
        if not row.value.keys() <= known:
            for key in row.value.keys() - known:
                self.report.count(f"key {key!r} of an {row.name}, not used", self.where)
        return (first, second, label, score) if len(self.faults) == before else None

    def _label(self, row: Keys) -> str:
        other = self.form.other_label in row.value
        if not row.has(self.form.label, f"read it with {self.form.other_reader}" if other else ""):
            return ""
        label = row.string(self.form.label)
        if isinstance(row.value[self.form.label], str):
            self.report.use(row.name, label, self.where)
        return label

    def tokens(self) -> list[str] | None:
        """Return the words of a record, or None if they are not a list of strings."""
        tokens = self.value.get("tokens")
        if not isinstance(tokens, list):
            self.fault(f"'tokens' is {kind(tokens)}, not a list of words")
            return None
        strange = [(i, word) for i, word in enumerate(tokens) if not isinstance(word, str)]
        if strange:
            index, word = strange[0]
            self.faults.append(Fault.of_item("word", index, f" is {kind(word)}, not a string", self.where))
            return None
        return tokens

    def word_offsets(self, size: int) -> list[tuple[int, int]] | None:
        """Return the character offsets of the words in a text of ``size`` characters, or None if they are not given."""
        offsets = self._spans("words", "characters")
        self.faults += check_word_offsets(offsets or [], size, self.where)
        return offsets

    def sentences(self, doc: Doc) -> list[tuple[int, int]] | None:
        """Return the sentences in words, or None if they are not given; they count what the record's entities count."""
        unit, size = ("words", len(doc.words)) if doc.text is None else ("characters", len(doc.text))
        spans = self._spans("sentences", unit)
        if spans is None:
            return None
        faults = check_sentences(spans, size, doc, self.where)
        self.faults += faults
        return None if faults else spans if doc.text is None else sentences_of_words(doc, spans)

    def _spans(self, key: str, unit: str) -> list[tuple[int, int]] | None:
        """Return the list of [start, end] under ``key``, or None if there is none."""
        value = self.value.get(key)
        if value is None:
            return None
        pairs = value if isinstance(value, list) else [value]
        if not all(isinstance(p, list) and len(p) == 2 and all(type(n) is int for n in p) for p in pairs):
            self.fault(f"{key!r} is not a list of [start, end] in {unit}", "write it so, or rename the key")
            return None
        return [(start, end) for start, end in pairs]


def kind(value: Any) -> str:
    """Say what a JSON value is, for messages."""
    return KINDS.get(type(value), f"the number {value!r}")


def are_words(value: Any) -> TypeGuard[list[str]]:
    """Return whether a JSON value is a list of strings."""
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def rows_with(key: str, record: Any) -> bool:
    """Return whether any entity or relation of a JSON record has a key."""
    lists = [record.get("entities"), record.get("relations")] if isinstance(record, dict) else []
    rows = [row for items in lists if isinstance(items, list) for row in items]
    return any(isinstance(row, dict) and key in row for row in rows)


def renamed(item: Any, key: str, name: str) -> Any:
    """Return an object with a key under another name, unless it has both."""
    if not isinstance(item, dict) or key not in item or name in item:
        return item
    return {name if old == key else old: value for old, value in item.items()}


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
            report.repair(LEFT_OUT, fault.place, fault.what)
        else:
            report.faults.append(replace(fault, remedy=fault.remedy or "or set repair = true"))
