"""A document as a sequence of texts and entity boundaries, from which every rendering is made."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from jointre.data.doc import Doc
from jointre.data.resplit import same_words
from jointre.errors import DataError, Fault


@dataclass(frozen=True)
class Text:
    """Characters of the sentence, including blanks between words."""

    text: str


@dataclass(frozen=True)
class Open:
    """Entity number ``entity`` begins, or continues after an interruption."""

    entity: int
    first: bool = True


@dataclass(frozen=True)
class Close:
    """Entity number ``entity`` ends, or is interrupted."""

    entity: int
    last: bool = True


Mark = Text | Open | Close


def marks(doc: Doc) -> Iterator[Mark]:
    """Return the sentence from left to right; wider entities open before and close after the entities inside them.

    Every `Close` belongs to the latest open entity. Where two entities cross, the later one is interrupted:
    it is closed with ``last=False`` and opened again with ``first=False``.
    """
    check(doc)
    (doc,) = same_words([doc])  # an entity that begins or ends inside a word cuts it
    gaps = _gaps(doc)
    beginning: dict[int, list[int]] = defaultdict(list)
    for entity in sorted(
        range(len(doc.entities)), key=lambda i: (doc.entities[i].start, -doc.entities[i].end)
    ):
        beginning[doc.entities[entity].start].append(entity)
    stack: list[int] = []
    for position in range(len(doc.words) + 1):
        yield from _closings(doc, stack, position)
        if gaps[position]:
            yield Text(gaps[position])
        for entity in beginning[position]:
            stack.append(entity)
            yield Open(entity)
        if position < len(doc.words):
            yield Text(_word(doc, position))


def _closings(doc: Doc, stack: list[int], position: int) -> Iterator[Mark]:
    ending = [i for i, entity in enumerate(stack) if doc.entities[entity].end == position]
    if not ending:
        return
    above = [stack.pop() for _ in range(len(stack) - ending[0])]
    interrupted = [entity for entity in above if doc.entities[entity].end > position]
    for entity in above:
        yield Close(entity, last=entity not in interrupted)
    for entity in reversed(interrupted):
        stack.append(entity)
        yield Open(entity, first=False)


def check(doc: Doc) -> None:
    """Refuse entities and relations that point outside the document."""
    words, rows = len(doc.words), len(doc.entities)
    faults = [
        Fault(f"entity {i} covers words {e.start} to {e.end}, the document has {words}", doc.id)
        for i, e in enumerate(doc.entities)
        if not 0 <= e.start < e.end <= words
    ]
    faults += [
        Fault(f"relation {i} joins entities {r.head} and {r.tail}, the document has {rows}", doc.id)
        for i, r in enumerate(doc.relations)
        if not (0 <= r.head < rows and 0 <= r.tail < rows)
    ]
    if faults:
        raise DataError("a document cannot be shown", faults)


def has_text(doc: Doc) -> bool:
    """Return whether the raw text is present, with the position of each word in it."""
    return doc.text is not None and doc.offsets is not None


def _word(doc: Doc, position: int) -> str:
    if doc.text is None or doc.offsets is None:
        return doc.words[position]
    start, end = doc.offsets[position]
    return doc.text[start:end]


def _gaps(doc: Doc) -> list[str]:
    """Return the text before each word, and after the last one."""
    if doc.text is None or doc.offsets is None:
        return ["", *[" "] * (len(doc.words) - 1), ""] if doc.words else [""]
    starts = [start for start, _ in doc.offsets] + [len(doc.text)]
    ends = [0] + [end for _, end in doc.offsets]
    return [doc.text[end:start] for end, start in zip(ends, starts, strict=True)]
