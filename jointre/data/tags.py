"""Tag schemes: encode spans without overlaps as one tag per word, and decode them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

Scheme = Literal["BIO", "BIOES", "BILOU", "BIEOU"]
PREFIXES: dict[str, str] = {"BIO": "BI", "BIOES": "BIES", "BILOU": "BILU", "BIEOU": "BIEU"}
ALIASES = {"L": "E", "U": "S"}
Span = tuple[int, int, int]
Named = tuple[int, int, str]


class Transitions(NamedTuple):
    """The allowed transitions of C tags: ``between`` [C, C] bool (from, to), ``first`` and ``last`` [C] bool."""

    between: np.ndarray
    first: np.ndarray
    last: np.ndarray


@dataclass(frozen=True)
class TagSpace:
    """The tags of a scheme. Id 0 is ``O``; then come the prefixes of each type in turn.

    The prefix of an id above 0 is ``(id - 1) % k`` and its class ``(id - 1) // k + 1``, with ``k`` prefixes.

    Args:
        scheme: names the prefixes (begin, inside, end, single): BIO, or BIOES, also written BILOU or BIEOU.
        types: entity types in the order of their classes (class = position + 1); None for tags without types,
            which all stand for class 1.
    """

    scheme: Scheme
    types: tuple[str, ...] | None

    def __len__(self) -> int:
        return 1 + len(self.prefixes) * (1 if self.types is None else len(self.types))

    @property
    def prefixes(self) -> str:
        """The letters for begin and inside and, except in BIO, end and single."""
        return PREFIXES[self.scheme]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The tags by id: ``O``, ``B-Loc`` ...; ``B`` ... without types."""
        endings = [""] if self.types is None else [f"-{label}" for label in self.types]
        return ("O", *(prefix + ending for ending in endings for prefix in self.prefixes))

    def encode(self, spans: Iterable[Span], n_words: int) -> list[int]:
        """Return the tag ids of ``n_words`` words.

        Args:
            spans: (start, end, class) in words, exclusive ends; the class is ignored without types.

        Raises:
            ValueError: a span is empty, outside the words or overlaps another, so tags cannot represent it.
        """
        ids = [0] * n_words
        for start, end, label in spans:
            if not 0 <= start < end <= n_words or any(ids[start:end]):
                raise ValueError(f"the span {start} to {end} is empty, outside the words or overlaps another")
            first = 1 + len(self.prefixes) * (0 if self.types is None else label - 1)
            ids[start:end] = [first, *[first + 1] * (end - start - 1)]
            if len(self.prefixes) == 4:
                ids[end - 1] = first + (2 if end - start > 1 else 3)
        return ids

    def decode(self, ids: Iterable[int], strict: bool = False) -> list[Span]:
        """Return the spans (start, end, class) of one sentence, by `lenient_spans` or `strict_spans`."""
        tags = [self.names[i] for i in ids]
        found = strict_spans(tags, self.scheme) if strict else lenient_spans(tags)
        classes = {label: number for number, label in enumerate(self.types or [""], start=1)}
        return [(start, end, classes[label]) for start, end, label in found]

    def transitions(self) -> Transitions:
        """Return which tags may follow each other, begin and end a sentence: the sequences that `encode` produces."""
        kind, label = zip(*(split_tag(name) for name in self.names), strict=True)
        kinds, labels = np.array(kind), np.array(label)
        inner = np.isin(kinds, ["I", "E"])
        opened = np.isin(kinds, ["B", "I"])
        goes_on = opened[:, None] & inner & (labels[:, None] == labels)
        closed = ~opened if len(self.prefixes) == 4 else np.ones_like(opened)
        return Transitions(goes_on | (closed[:, None] & ~inner), ~inner, closed)


def split_tag(tag: str) -> tuple[str, str]:
    """Return the prefix as one of O, B, I, E, S, and the type, or ""; a text that is not a tag (X, PAD) is O."""
    prefix, _, label = tag.partition("-")
    kind = ALIASES.get(prefix, prefix)
    return (kind, label) if kind in ("B", "I", "E", "S") else ("O", "")


def lenient_spans(tags: Sequence[str]) -> list[Named]:
    """Return the spans (start, end, type) of one sentence with any tags, by the rule of the metric library seqeval.

    A span starts at B or S, at I or E after O, E or S, and where the type changes; it ends after E or S, before
    B, S or O, and where the type changes. A text that is not a tag counts as O.
    """
    spans: list[Named] = []
    start, before = 0, ("O", "")
    for place, tag in enumerate([*tags, "O"]):
        kind, label = split_tag(tag)
        goes_on = kind in ("I", "E") and before[0] in ("B", "I") and label == before[1]
        if not goes_on:
            if before[0] != "O":
                spans.append((start, place, before[1]))
            start = place
        before = kind, label
    return spans


def strict_spans(tags: Sequence[str], scheme: Scheme) -> list[Named]:
    """Return only the spans (start, end, type) of one sentence that are well formed in the scheme.

    These are B I* in BIO, B I* E and S in the other schemes, each of one type.
    """
    spans: list[Named] = []
    start, opened = -1, ""
    for place, tag in enumerate([*tags, "O"]):
        kind, label = split_tag(tag)
        goes_on = start >= 0 and kind in ("I", "E") and label == opened
        if start >= 0 and not goes_on and scheme == "BIO":
            spans.append((start, place, opened))
        if kind == "S":
            spans.append((place, place + 1, label))
        if goes_on and kind == "E":
            spans.append((start, place + 1, label))
        if kind == "B":
            start, opened = place, label
        elif not goes_on or kind == "E":
            start = -1
    return spans
