"""The published forms of triple corpora, and how to read a record of each."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Literal

from jointre.data.segment import BY_CHARACTER
from jointre.readers.fields import Keys, kind
from jointre.readers.name_search import MOST_CHARACTERS, WORD, Span

ATTACHED = re.compile(r"\w[,.;:?!](?=\s|$)")
APART = re.compile(r"\s[,.;:?!](?=\s|$)")
BY_ITSELF = re.compile(f"[{BY_CHARACTER}]")
Form = Literal["spo", "triple_list", "mentions"]
KEYS: dict[Form, tuple[str, str]] = {  # the sentence, its triples
    "spo": ("tokens", "spo_list"),
    "triple_list": ("text", "triple_list"),
    "mentions": ("sentText", "relationMentions"),
}


@dataclass(frozen=True)
class Triple:
    """Subject, relation and object as strings; ``spans`` are their published positions in words, or None."""

    subject: str
    relation: str
    object: str
    spans: tuple[Span, Span] | None = None


@dataclass
class Triples:
    """A sentence with its triples; ``offsets`` are the character offsets of its words.

    ``text`` is the published string, or the published words joined by blanks (``tokenized``).
    """

    text: str
    offsets: list[Span]
    triples: list[Triple]
    tokenized: bool = False
    meta: dict[str, Any] = field(default_factory=dict)


def form_of(value: dict[str, Any]) -> Form | None:
    """Return the form of a record by its keys, or None if it has none of the forms."""
    found = [form for form, (_, triples) in KEYS.items() if isinstance(value.get(triples), list)]
    return found[0] if len(found) == 1 and KEYS[found[0]][0] in value else None


def read_triples(keys: Keys, form: Form) -> Triples:
    """Return the sentence of a record; it is only used if ``keys`` has no faults."""
    sentence, listed = KEYS[form]
    rows = keys.value.get(listed)
    if not isinstance(rows, list):
        keys.fault(f"{listed!r} is {kind(rows)}, not a list")
        rows = []
    one: Callable[[Keys, int, Any], Triple | None] = _mention if form == "mentions" else _listed
    triples = [triple for i, row in enumerate(rows) if (triple := one(keys, i, row)) is not None]
    used = {sentence, listed}
    if form == "spo":
        words = keys.words(sentence)
        used.add("spo_details")
        if keys.value.get("spo_details") is not None and not keys.faults:
            triples = _with_spans(keys, triples, len(words))
        found = Triples(" ".join(words), _offsets(words), triples, tokenized=True)
    else:
        text = keys.text(sentence)
        found = Triples(text, [match.span() for match in WORD.finditer(text)], triples)
    if len(found.text) > MOST_CHARACTERS:
        remedy = f"split it; a sentence may have {MOST_CHARACTERS:,}"
        keys.fault(f"the sentence has {len(found.text):,} characters", remedy)
    found.meta = keys.rest(used)
    return found


def is_tokenized(text: str) -> bool:
    """Return whether blanks separate the words of a text, punctuation included, as in the published corpora.

    Raw text has a sign attached to a word ("Norrby, a town") and none apart, or characters that are words by
    themselves.
    """
    return not BY_ITSELF.search(text) and (not ATTACHED.search(text) or bool(APART.search(text)))


def _offsets(words: list[str]) -> list[Span]:
    """Return the character offsets of words that are joined by single blanks."""
    ends = list(accumulate(len(word) + 1 for word in words))
    return [(end - len(word) - 1, end - 1) for word, end in zip(words, ends, strict=True)]


def _listed(keys: Keys, index: int, row: Any) -> Triple | None:
    if (
        isinstance(row, list)
        and len(row) == 3
        and all(isinstance(part, str) and part.strip() for part in row)
    ):
        return _encodable(keys, Triple(*row))
    keys.fault(f"triple {index} is not three strings", "write [subject, relation, object]")
    return None


def _mention(keys: Keys, index: int, row: Any) -> Triple | None:
    names = ("em1Text", "label", "em2Text")
    parts = [part for name in names if isinstance(row, dict) and isinstance(part := row.get(name), str)]
    if len(parts) == len(names) and all(part.strip() for part in parts):
        return _encodable(keys, Triple(parts[0], parts[1], parts[2]))
    keys.fault(f"triple {index} lacks one of the strings {', '.join(names)}")
    return None


def _encodable(keys: Keys, triple: Triple) -> Triple:
    parts = {"subject": triple.subject, "relation": triple.relation, "object": triple.object}
    for name in parts:
        Keys(parts, keys.where, "triple", keys.faults).text(name)
    return triple


def _with_spans(keys: Keys, triples: list[Triple], size: int) -> list[Triple]:
    """Return the triples with the spans of ``spo_details``: start, end, type, relation, start, end, type."""
    rows = keys.value["spo_details"]
    if not isinstance(rows, list) or len(rows) != len(triples):
        keys.fault("'spo_details' is not a list as long as 'spo_list'")
        return triples
    found = []
    for index, (triple, row) in enumerate(zip(triples, rows, strict=True)):
        inner = Keys(keys.value, keys.where, f"row {index} of 'spo_details'", keys.faults)
        if not isinstance(row, list) or len(row) != 7 or any(type(row[i]) is not int for i in (0, 1, 4, 5)):
            inner.fault("is not start, end, type, relation, start, end, type")
            continue
        if row[3] != triple.relation:
            inner.fault(f"the relation is not {triple.relation!r}", "give both lists the same order")
        inner.span(row[0], row[1], size, "words")
        inner.span(row[4], row[5], size, "words")
        spans = ((row[0], row[1]), (row[4], row[5]))
        found.append(Triple(triple.subject, triple.relation, triple.object, spans))
    return found
