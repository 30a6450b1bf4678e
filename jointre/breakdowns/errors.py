"""Errors: count the wrong predictions and the missed annotations of each metric by what is wrong with them."""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from jointre.breakdowns.base import Breakdown, Part, Unit
from jointre.data.doc import Doc, Entity
from jointre.limits import NonNegativeInt
from jointre.metrics.base import Item, Metric
from jointre.registry import registry

Extent = tuple[int, int]
Side = Literal["wrong", "missed"]
SPURIOUS, MISSED = "spurious", "missed"
UNPAIRED = "entity"
ONLY: dict[str, Side] = {SPURIOUS: "wrong", MISSED: "missed"}
"""The classes that only wrong predictions, or only missed annotations, can have."""
SHARE = "_share"


class _Parts(NamedTuple):
    """The type of an item, the extents of its parts, and the types of a relation's arguments, if it has them."""

    label: str
    extents: tuple[Extent, ...]
    types: tuple[str, ...]

    def words(self) -> set[int]:
        """Return the words of all parts."""
        return {word for extent in self.extents for word in range(*extent)}


Rule = Callable[[_Parts, _Parts], bool]

PAIRS, ALL = frozenset({2}), frozenset({1, 2})
RULES: dict[str, tuple[frozenset[int], Rule]] = {
    "argument type": (PAIRS, lambda a, b: a.label == b.label and a.extents == b.extents),
    "type": (ALL, lambda a, b: a.label != b.label and sorted(a.extents) == sorted(b.extents)),
    "direction": (PAIRS, lambda a, b: a.label == b.label and _exchanged(a, b)),
    "boundary": (ALL, lambda a, b: a.label == b.label and all(_overlaps(a, b))),
    "boundary and type": (ALL, lambda a, b: all(_overlaps(a, b)) or all(_overlaps(a, _turned(b)))),
    "argument": (PAIRS, lambda a, b: a.label == b.label and any(_overlaps(a, b))),
}
"""The classes of an item that resembles one of the other side, with the numbers of parts that the items may have. The
first class that applies to any item of the other side counts."""
CLASSES = (*RULES, UNPAIRED, SPURIOUS, MISSED)
OF_RELATIONS = {UNPAIRED} | {name for name, (sizes, _) in RULES.items() if sizes == PAIRS}


@registry.breakdowns("jointre.error.v1")
class Errors(Breakdown):
    """Wrong predictions and missed annotations by class, for metrics that compare words and types.

    The classes are those that a program can decide (SpERT, Table 4), and others; docs/metrics.md defines them.

    Args:
        examples: maximum number of examples of each class, of wrong predictions and of missed annotations each.
    """

    title = "class of the error"
    unit: Unit = "documents"

    def __init__(self, examples: NonNegativeInt = 3) -> None:
        self.examples = examples

    def buckets(self) -> Sequence[str]:
        """Return the classes."""
        return CLASSES

    def parts(self, gold: Doc, predicted: Doc) -> Iterable[Part]:
        """Return the whole pair for each class, because any class can have errors in it."""
        return [(name, gold, predicted) for name in CLASSES]

    def measured(self, metric: Metric, buckets: Sequence[str]) -> dict[str, Metric]:
        """Return the errors of each class; nothing for metrics that do not compare words and types, and no class of
        relations if the metric compares entities.
        """
        if metric.compared(Doc([]), Doc([])) is None:
            return {}
        errors = _Errors(metric)
        left_out = set() if metric.unit == "relations" else OF_RELATIONS
        return {b: ClassErrors(errors, b, self.examples) for b in buckets if b not in left_out}


@dataclass(frozen=True)
class Example:
    """An error: an item of a side, and the item of the other side that it resembles, if there is one."""

    doc: Doc
    side: Side
    item: Item
    other: Item | None

    def to_json(self) -> dict[str, Any]:
        """Return document, side, and both items with their texts."""
        other = None if self.other is None else _facts(self.other, self.doc)
        return {
            "document": self.doc.id,
            "side": self.side,
            **_facts(self.item, self.doc),
            "instead": other,
        }


class ClassErrors(Metric):
    """The errors of one class among the items of a metric.

    Attributes:
        counts: number of wrong predictions and of missed annotations of the class.
        totals: number of all predictions ("wrong") and of all annotations ("missed").
        examples: the first errors of either side.
    """

    def __init__(self, errors: "_Errors", name: str, most: int) -> None:
        self.errors, self.name, self.most = errors, name, most
        self.prefix, self.protocol = errors.metric.prefix, errors.metric.protocol
        self.unit = errors.metric.unit
        self.sides: tuple[Side, ...] = (ONLY[name],) if name in ONLY else ("wrong", "missed")
        self.reset(errors.metric.given)

    def reset(self, given: bool = False) -> None:
        """See `Metric.reset`."""
        super().reset(given)
        self.counts: dict[Side, int] = dict.fromkeys(self.sides, 0)
        self.totals: dict[Side, int] = dict.fromkeys(self.sides, 0)
        self.examples: list[Example] = []

    def update(self, gold: Doc, predicted: Doc) -> None:
        """Add one pair of documents with the same words."""
        totals, classes = self.errors.of(gold, predicted)
        for side in self.sides:
            found = classes.get((side, self.name), [])
            self.totals[side] += totals[side]
            self.examples += found[: max(0, self.most - self.counts[side])]
            self.counts[side] += len(found)

    def compute(self) -> dict[str, float]:
        """Return the wrong predictions as a share of all, and the missed annotations as a share of all.

        The first add up to 1 - precision over the classes, the second to 1 - recall.
        """
        return {
            f"{self.prefix}_{side}{SHARE}": self.counts[side] / self.totals[side]
            if self.totals[side]
            else 0.0
            for side in self.sides
        }

    def to_json(self) -> dict[str, Any]:
        """Return protocol, counts, shares and examples."""
        return {
            "protocol": self.protocol,
            "prefix": self.prefix,
            "counts": dict(self.counts),
            "totals": dict(self.totals),
            "figures": self.compute(),
            "examples": [example.to_json() for example in self.examples],
        }


Found = tuple[dict[Side, int], dict[tuple[Side, str], list[Example]]]


class _Errors:
    """The errors of a metric in a pair of documents; the classes of a breakdown share the result for a pair."""

    def __init__(self, metric: Metric) -> None:
        self.metric = metric
        self._last: tuple[Doc, Doc, Found] | None = None

    def of(self, gold: Doc, predicted: Doc) -> Found:
        """Return the number of items of each side, and the errors by side and class, each in text order."""
        if self._last is None or self._last[0] is not gold or self._last[1] is not predicted:
            self._last = gold, predicted, self._found(gold, predicted)
        return self._last[2]

    def _found(self, gold: Doc, predicted: Doc) -> Found:
        wanted, found = self.metric.compared(gold, predicted) or (set(), set())
        classes: dict[tuple[Side, str], list[Example]] = {}
        sides: list[tuple[Side, Set[Item], Set[Item], Doc]] = [
            ("wrong", found, wanted, gold),
            ("missed", wanted, found, predicted),
        ]
        for side, own, others, doc in sides:
            classify = _Classifier(others, {entity.extent for entity in doc.entities})
            for item in sorted(own - others, key=_in_text):
                name, other = classify(item)
                name = name or (SPURIOUS if side == "wrong" else MISSED)
                classes.setdefault((side, name), []).append(Example(gold, side, item, other))
        return {"wrong": len(found), "missed": len(wanted)}, classes


class _Classifier:
    """Finds the class of items that do not occur among those of the other side.

    Args:
        others: the items of the other side.
        extents: the extents of the entities of the other side.
    """

    def __init__(self, others: Set[Item], extents: set[Extent]) -> None:
        self.extents = extents
        self.others = [(other, _parts(other)) for other in sorted(others, key=_in_text)]
        self.with_word: dict[int, list[int]] = {}
        for number, (_, parts) in enumerate(self.others):
            for word in parts.words():
                self.with_word.setdefault(word, []).append(number)

    def __call__(self, item: Item) -> tuple[str | None, Item | None]:
        """Return the class of an item, and the item that it resembles.

        The class is one of `RULES`; "entity" if it resembles none, and an argument is not an entity of the other side;
        else None. If it resembles several items, the first one in the text is returned.
        """
        own = _parts(item)
        near = sorted({number for word in own.words() for number in self.with_word.get(word, ())})
        for name, (sizes, rule) in RULES.items():
            if len(own.extents) in sizes:
                for other, parts in (self.others[number] for number in near):
                    if rule(own, parts):
                        return name, other
        lacks = len(own.extents) > 1 and not self.extents.issuperset(own.extents)
        return (UNPAIRED if lacks else None), None


def _in_text(item: Item) -> Item:
    """Return a sort key: the parts before the type."""
    return (*item[1:], item[0])


def is_error_share(score_name: str) -> bool:
    """Return whether a score is a share of errors, of which less is better."""
    return score_name.endswith((f"_wrong{SHARE}", f"_missed{SHARE}"))


def _parts(item: Item) -> _Parts:
    label, *rest = item
    extents: list[Extent] = []
    types: list[str] = []
    for part in rest:
        if isinstance(part, tuple):
            extents.append(part)
        else:
            types.append(str(part))
    return _Parts(str(label), tuple(extents), tuple(types))


def _turned(parts: _Parts) -> _Parts:
    return parts._replace(extents=parts.extents[::-1])


def _exchanged(one: _Parts, other: _Parts) -> bool:
    """Return whether the arguments are those of the other item in the opposite order, exactly or nearly."""
    turned = _turned(other)
    exactly = one.extents == turned.extents
    return exactly or (all(_overlaps(one, turned)) and not all(_overlaps(one, other)))


def _overlaps(one: _Parts, other: _Parts) -> list[bool]:
    """Return for each part whether it shares a word with the same part of the other item."""
    return [a[0] < b[1] and b[0] < a[1] for a, b in zip(one.extents, other.extents, strict=True)]


def _facts(item: Item, doc: Doc) -> dict[str, Any]:
    parts = _parts(item)
    types = parts.types or (None,) * len(parts.extents)
    arguments = [
        {
            "words": list(extent),
            "text": doc.surface(Entity(*extent, "")),
            **({"type": label} if label else {}),
        }
        for extent, label in zip(parts.extents, types, strict=True)
    ]
    return {"type": parts.label, "spans": arguments}
