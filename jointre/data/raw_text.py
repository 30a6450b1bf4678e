"""Split raw text into words and sentences, with character offsets (code points, ends exclusive)."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
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
BY_CHARACTER = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f"  # Myanmar
    "\u1780-\u17ff\u19e0-\u19ff"  # Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han
    "\U00020000-\U0003ffff"  # Han
    "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f\U0001aff0-\U0001b16f"  # kana
)
"""The characters of scripts that are written without blanks between words, as ranges of a regular expression."""

_PIECE = re.compile(
    r"""\w+?(?=n['\u2019]t\b)                               # did|n't
      | n['\u2019]t\b
      | (?<=[\w\u0300-\u036f])['\u2019](?:s|m|d|re|ve|ll)\b  # John|'s, we|'ll
      | \w+ | \S""",
    re.VERBOSE | re.IGNORECASE,
)
_CHARACTER = re.compile(f"[{BY_CHARACTER}]")
_WIDE_BLANK = re.compile("[^\\S\0-\x7f]|[\ud800-\udfff]")  # sentencex 1.0.32 panics on some of them


def split_words(text: str) -> Offsets:
    """Return the words of a raw text by the default rule; each non-blank character is in exactly one of them.

    Han, Hiragana, Katakana, Thai, Lao, Khmer and Myanmar are written without blanks between words, so each of their
    characters is a word, with the combining marks after it. All other text is split by `english_words`.
    """
    words: Offsets = []
    end = 0
    for match in _CHARACTER.finditer(text):
        start = match.start()
        if start < end or (start > 0 and _is_mark(text[start]) and _in_word(text[start - 1])):
            continue  # a combining mark, which belongs to the character before it
        words += [(end + a, end + b) for a, b in english_words(text[end:start])]
        end = start + 1
        while end < len(text) and _is_mark(text[end]):
            end += 1
        words.append((start, end))
    return words + [(end + a, end + b) for a, b in english_words(text[end:])] if end else english_words(text)


def english_words(text: str) -> Offsets:
    """Return the words of a raw text by the rule for English; each non-blank character is in exactly one of them.

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


def split_sentences(text: str, language: str = "en") -> Offsets:
    """Return the sentences of a raw text without surrounding blanks, by the rules of `sentencex` for a language.

    Every character that is not white space is in exactly one sentence. A piece without letters, such as
    the number of a list item, belongs to the sentence after it.
    """
    sentences: Offsets = []
    start = last = 0
    has_letter = False
    for end in _boundaries(_WIDE_BLANK.sub(" ", text), language):
        has_letter = has_letter or any(char.isalpha() for char in text[last:end])
        last = end
        if has_letter:
            sentences.append((start, end))
            start, has_letter = end, False
    sentences.append((start, len(text)))
    trimmed = (trim(text, *sentence) for sentence in sentences)
    return [(start, end) for start, end in trimmed if start < end]


def _boundaries(text: str, language: str) -> Iterator[int]:
    """Return where each piece of the text ends.

    A long text is read in windows, because `sentencex` takes quadratic time for some texts. The next window begins
    where the last complete piece of a window ends, because the rest may continue after the window.
    """
    start = 0
    while start < len(text):
        ends = [start + end for end in _window_boundaries(text[start : start + WINDOW], language)]
        if start + WINDOW >= len(text):
            yield from ends
            return
        yield from ends[:-1]
        start = ends[-2] if len(ends) > 1 else start + WINDOW


def _window_boundaries(text: str, language: str) -> list[int]:
    try:
        parts = sentencex.get_sentence_boundaries(language, text)
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

    Blanks at the ends of an entity are trimmed and counted in ``report``. An entity that begins or ends inside a word
    is given whole words and keeps its characters as ``chars``; words never depend on entities.

    Args:
        text: the raw text.
        entities: ``(start, end, label)`` in characters, end exclusive.
        relations: ``(head, tail, label)``, positions in ``entities``.
        words: character offsets of the words; by default those of `split_words`, which a splitter may replace
            (`jointre.data.resplit.with_words`).
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
    placed = place(spans, trimmed, offsets, where)
    every = [text[a:b] for a, b in offsets]
    return Doc(every, placed, links, text, offsets, id, dict(meta or {}), split=words is None)


def place(
    entities: Sequence[Entity], characters: Sequence[tuple[int, int]], words: Offsets, where: Where
) -> list[Entity]:
    """Return the entities as spans of words: the fewest words that contain their characters.

    Raises:
        DataError: with all entities that begin or end outside the words.
    """
    starts = [start for start, _ in words]
    faults, placed = [], []
    for index, (entity, (start, end)) in enumerate(zip(entities, characters, strict=True)):
        first, last = bisect_right(starts, start) - 1, bisect_right(starts, end - 1) - 1
        if first < 0 or start >= words[first][1] or end > words[last][1]:
            says = f" ({entity.label!r}, {start} to {end}) begins or ends outside the given words"
            faults.append(Fault.of_item("entity", index, says, where, "correct the words, or leave them out"))
            continue
        exact = (words[first][0], words[last][1]) == (start, end)
        chars = None if exact else (start, end)
        placed.append(replace(entity, start=first, end=last + 1, chars=chars))
    if faults:
        raise DataError("the document cannot be used", faults)
    return placed


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
