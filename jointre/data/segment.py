"""Split raw text into words and sentences, with character offsets (code points, ends exclusive)."""

import itertools
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sentencex  # type: ignore[import-untyped]

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.report import Report
from jointre.data.validate import (
    check_entities,
    check_relations,
    check_unicode,
    check_word_offsets,
)
from jointre.errors import DataError, Fault
from jointre.place import Where

WINDOW = 10_000  # characters of a line that are split into sentences at a time
Offsets = list[tuple[int, int]]
TRIMMED = "entities with blanks at an end, trimmed"
CUT = "words cut where an entity begins or ends inside them"

_PIECE = re.compile(
    r"""\w+?(?=n['\u2019]t\b)                               # did|n't
      | n['\u2019]t\b
      | (?<=[\w\u0300-\u036f])['\u2019](?:s|m|d|re|ve|ll)\b  # John|'s, we|'ll
      | \w+ | \S""",
    re.VERBOSE | re.IGNORECASE,
)
_WIDE_BLANK = re.compile("[^\\S\0-\x7f]|[\ud800-\udfff]")  # sentencex 1.0.32 panics on some of them


def split_words(text: str) -> Offsets:
    """Return the words of a raw text; every character that is not white space is in exactly one of them.

    A word is a sequence of letters, digits and underscores with their combining marks. An English clitic (``'s``,
    ``n't``, ``'ll``) is a separate word, as in a treebank, and so is any other character. So ``azithromycin-induced``
    and ``3.5`` are three words each, and an entity may begin or end at a hyphen.
    """
    words: Offsets = []
    open_mark = False  # the last word ends in a combining mark, so the letters after it belong to it
    for match in _PIECE.finditer(text):
        start, end = match.span()
        adjacent = bool(words) and words[-1][1] == start
        mark = _is_mark(text[start])
        if adjacent and ((mark and _in_word(text[start - 1])) or (open_mark and _in_word(text[start]))):
            words[-1] = (words[-1][0], end)
        else:
            words.append((start, end))
        open_mark = mark and _in_word(text[words[-1][0]])
    return words


def _is_mark(char: str) -> bool:
    """Return whether a character is a combining mark, or a joiner inside words of Indic and Arabic scripts."""
    return char > "\u02ff" and (unicodedata.category(char)[0] == "M" or char in "\u200c\u200d")


def _in_word(char: str) -> bool:
    return char.isalnum() or char == "_" or _is_mark(char)


def split_sentences(text: str) -> Offsets:
    """Return the sentences of a raw text without surrounding blanks, by the rules of `sentencex` for English.

    Every character that is not white space is in exactly one sentence. A piece without letters, such as
    the number of a list item, belongs to the sentence after it.
    """
    sentences: Offsets = []
    start = last = 0
    has_letter = False
    for end in _boundaries(_WIDE_BLANK.sub(" ", text)):
        has_letter = has_letter or any(char.isalpha() for char in text[last:end])
        last = end
        if has_letter:
            sentences.append((start, end))
            start, has_letter = end, False
    sentences.append((start, len(text)))
    trimmed = (trim(text, *sentence) for sentence in sentences)
    return [(start, end) for start, end in trimmed if start < end]


def _boundaries(text: str) -> Iterator[int]:
    """Return where each piece of the text ends.

    A long text is read in windows, because `sentencex` takes quadratic time for some texts. The next window begins
    where the last complete piece of a window ends, because the rest may continue after the window.
    """
    start = 0
    while start < len(text):
        ends = [start + end for end in _window_boundaries(text[start : start + WINDOW])]
        if start + WINDOW >= len(text):
            yield from ends
            return
        yield from ends[:-1]
        start = ends[-2] if len(ends) > 1 else start + WINDOW


def _window_boundaries(text: str) -> list[int]:
    try:
        parts = sentencex.get_sentence_boundaries("en", text)
    except BaseException as error:
        if (
            type(error).__name__ != "PanicException"
        ):  # a bug in the Rust code, which should not end a whole run
            raise
        return []
    return [part["end_index"] for part in parts]


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without the blanks at its ends; empty if it contains only blanks."""
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return start, max(start, end - len(piece) + len(piece.rstrip()))


def doc_from_text(
    text: str,
    entities: Iterable[Entity | tuple[int, int, str]] = (),
    relations: Iterable[Relation | tuple[int, int, str]] = (),
    *,
    words: Sequence[tuple[int, int]] | None = None,
    id: str = "",
    meta: dict[str, Any] | None = None,
    report: Report | None = None,
    where: Where = "",
) -> Doc:
    """Return a document from raw text and entities in character offsets.

    Blanks at the ends of an entity are trimmed, and a word is split if an entity begins or ends inside
    it, so that no entity is lost. Both are counted in ``report``.

    Args:
        text: the raw text.
        entities: ``(start, end, label)`` in characters, end exclusive.
        relations: ``(head, tail, label)``, positions in ``entities``.
        words: character offsets of the words; by default those of `split_words`.
        id: the name of the document. meta: its other data.
        report: gets the counts of the repairs.
        where: the place that messages name; the id by default.

    Raises:
        DataError: with all entities that are outside the text or blank, and all invalid relations.
    """
    report, where = Report() if report is None else report, where or id
    spans = [e if isinstance(e, Entity) else Entity(*e) for e in entities]
    links = [r if isinstance(r, Relation) else Relation(*r) for r in relations]
    offsets = split_words(text) if words is None else [(start, end) for start, end in words]
    faults = [*check_unicode([text], where), *check_word_offsets(offsets, len(text), where)]
    faults += check_characters(text, spans, where) + check_relations(links, len(spans), where)
    if faults:
        raise DataError("the document cannot be used", faults)
    trimmed = [trim(text, span.start, span.end) for span in spans]
    moved = sum((span.start, span.end) != new for span, new in zip(spans, trimmed, strict=True))
    report.count(TRIMMED, where, moved)
    cut = cut_words(offsets, {edge for span in trimmed for edge in span})
    report.count(CUT, where, len(cut) - len(offsets))
    placed = _place(spans, trimmed, cut, where)
    return Doc([text[a:b] for a, b in cut], placed, links, text, cut, id, dict(meta or {}))


def check_characters(text: str, entities: Sequence[Entity | None], where: Where) -> list[Fault]:
    """Return faults of entities in character offsets that are outside the text, empty or blank."""
    faults = check_entities(entities, len(text), where, "characters")
    for index, entity in enumerate(entities):
        if (
            entity
            and 0 <= entity.start < entity.end <= len(text)
            and text[entity.start : entity.end].isspace()
        ):
            says = f" ({entity.label!r}, {entity.start} to {entity.end}) contains only blanks"
            faults.append(Fault.of_item("entity", index, says, where, "remove it or correct its offsets"))
    return faults


def cut_words(offsets: Offsets, edges: set[int]) -> Offsets:
    """Return the words, split at every edge that is inside one."""
    result: Offsets = []
    ordered = sorted(edges)
    for start, end in offsets:
        inner = ordered[bisect_right(ordered, start) : bisect_left(ordered, end)]
        result += itertools.pairwise([start, *inner, end])
    return result


def _place(spans: list[Entity], trimmed: Offsets, words: Offsets, where: Where) -> list[Entity]:
    first = {start: index for index, (start, _) in enumerate(words)}
    last = {end: index + 1 for index, (_, end) in enumerate(words)}
    faults, placed = [], []
    for index, (span, (start, end)) in enumerate(zip(spans, trimmed, strict=True)):
        if start in first and end in last:
            placed.append(Entity(first[start], last[end], span.label, span.score))
        else:
            says = f" ({span.label!r}, {start} to {end}) begins or ends outside the given words"
            faults.append(Fault.of_item("entity", index, says, where, "correct the words, or leave them out"))
    if faults:
        raise DataError("the document cannot be used", faults)
    return placed
