"""The published forms of triple corpora, and how to read a record of each."""

import re
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any, Literal

from jointre.data.raw_text import BY_CHARACTER, TRIMMED, trim
from jointre.data.report import Report
from jointre.readers.base_pairs import ENTITY
from jointre.readers.fields import Keys, kind
from jointre.readers.name_search import MOST_CHARACTERS, WORD, Span

ATTACHED = re.compile(r"\w[,.;:?!](?=\s|$)")
APART = re.compile(r"\s[,.;:?!](?=\s|$)")
BY_ITSELF = re.compile(f"[{BY_CHARACTER}]")
Form = Literal["spo", "triple_list", "mentions", "relation_list"]
KEYS: dict[Form, tuple[tuple[str, ...], str]] = {  # the sentence under one of some keys; its triples
    "spo": (("tokens", "text"), "spo_list"),
    "triple_list": (("text",), "triple_list"),
    "mentions": (("sentText",), "relationMentions"),
    "relation_list": (("text",), "relation_list"),
}
MENTION = ("em1Text", "label", "em2Text")
NAMED = ("subject", "predicate", "object")
VALUE = "@value"  # the slot of an object that the predicate names; the others have names of their own
UNTYPED = "DEFAULT"  # the type of TPLinker's entities if there are no types
UNUSED = {"subj_tok_span", "obj_tok_span", "tok_span"}  # positions in the word pieces of another tokenizer


@dataclass(frozen=True)
class Triple:
    """Subject, relation and object as strings; ``spans`` are their published positions in characters, or None."""

    subject: str
    relation: str
    object: str
    spans: tuple[Span, Span] | None = None
    types: tuple[str, str] = (ENTITY, ENTITY)


@dataclass
class Triples:
    """A sentence with its triples; ``offsets`` are the character offsets of its words.

    ``text`` is the published string, or the published words joined by blanks (``tokenized``). ``types`` are the types
    of the entities that are published apart from the triples, by their characters.
    """

    text: str
    offsets: list[Span]
    triples: list[Triple]
    tokenized: bool = False
    types: dict[Span, str] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)


def form_of(value: dict[str, Any]) -> Form | None:
    """Return the form of a record by its keys, or None if it has none of the forms."""
    found = [form for form, (_, triples) in KEYS.items() if isinstance(value.get(triples), list)]
    return found[0] if len(found) == 1 and _sentence_key(value, found[0]) in value else None


def read_triples(keys: Keys, form: Form, report: Report) -> Triples:
    """Return the sentence of a record; it is only used if ``keys`` has no faults."""
    sentence, listed = _sentence_key(keys.value, form), KEYS[form][1]
    if sentence == "tokens":
        words = keys.words(sentence)
        found = Triples(" ".join(words), _offsets(words), [], tokenized=True)
    else:
        text = keys.text(sentence)
        found = Triples(text, [match.span() for match in WORD.finditer(text)], [])
    rows = keys.value.get(listed)
    if not isinstance(rows, list):
        keys.fault(f"{listed!r} is {kind(rows)}, not a list")
        rows = []
    one = _mention if form == "mentions" else _listed
    for number, row in enumerate(rows):
        if form != "mentions" and isinstance(row, dict):
            found.triples += _named(Keys(row, keys.where, "triple", keys.faults, number), found.text, report)
        elif (triple := one(keys, number, row)) is not None:
            found.triples.append(triple)
    used = {sentence, listed, "id"}
    if form == "spo" and keys.value.get("spo_details") is not None and not keys.faults:
        found.triples = _with_spans(keys, found)
    if form == "relation_list":
        found.types = _types(keys, found.text, report)
    used |= {"spo": {"spo_details"}, "relation_list": {"entity_list"}}.get(form, set())
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


def _sentence_key(value: dict[str, Any], form: Form) -> str:
    keys = KEYS[form][0]
    return next((key for key in keys if key in value), keys[0])


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
    parts = [part for name in MENTION if isinstance(row, dict) and isinstance(part := row.get(name), str)]
    if len(parts) == len(MENTION) and all(part.strip() for part in parts):
        return _encodable(keys, Triple(parts[0], parts[1], parts[2]))
    keys.fault(f"triple {index} lacks one of the strings {', '.join(MENTION)}")
    return None


def _named(row: Keys, text: str, report: Report) -> list[Triple]:
    """Return the triples of an object with subject, predicate and object, one for each slot of its object."""
    before = len(row.faults)
    subject, relation = row.text("subject"), row.text("predicate")
    subject_type = row.text("subject_type") if row.value.get("subject_type") is not None else ENTITY
    spans = _char_spans(row, text, report)
    slots = row.value.get("object")
    slots = row.below("object") if isinstance(slots, dict) else Keys({VALUE: row.text("object")}, row.where)
    if VALUE not in slots.value:
        row.fault(f"'object' has no {VALUE!r}")
    given = row.value.get("object_type", row.value.get("object_types"))
    types = given if isinstance(given, dict) else {VALUE: given}
    known = {
        *NAMED,
        "subject_type",
        "object_type",
        "object_types",
        "subj_char_span",
        "obj_char_span",
        *UNUSED,
    }
    for key in row.value.keys() - known:
        report.count(f"key {key!r} of a triple, not used", row.where)
    found = []
    for slot, name in slots.value.items():
        if slot != VALUE and name in ("", None):  # a slot that is not filled
            continue
        label = types.get(slot) or ENTITY
        if not isinstance(name, str) or not isinstance(label, str):
            row.fault(f"the slot {slot!r} of 'object' and its type are not strings")
            continue
        named = relation if slot == VALUE else f"{relation}.{slot}"
        found.append(Triple(subject, named, name, spans if slot == VALUE else None, (subject_type, label)))
    for triple in found if len(row.faults) == before else []:
        _encodable(row, triple)
    return found


def _char_spans(row: Keys, text: str, report: Report) -> tuple[Span, Span] | None:
    keys = ("subj_char_span", "obj_char_span")
    if all(row.value.get(key) is None for key in keys):
        return None
    head, tail = (_char_span(row, key, text, report) for key in keys)
    return head, tail


def _char_span(row: Keys, key: str, text: str, report: Report) -> Span:
    """Return the characters ``[start, end)`` under a key, without blanks at their ends."""
    span = row.value.get(key)
    if not isinstance(span, list) or len(span) != 2 or not all(type(number) is int for number in span):
        row.fault(f"{key!r} is not [start, end]", "two whole numbers in characters, the end exclusive")
        return (0, 0)
    start, end = span
    before = len(row.faults)
    row.span(start, end, len(text), "characters")
    if len(row.faults) == before and not text[start:end].strip():
        row.fault(f"{start} to {end} contains only blanks", "correct its offsets")
    trimmed = trim(text, start, end)
    report.count(TRIMMED, row.where, int(len(row.faults) == before and trimmed != (start, end)))
    return trimmed


def _types(keys: Keys, text: str, report: Report) -> dict[Span, str]:
    """Return the types of the entities in TPLinker's ``entity_list`` by their characters."""
    types: dict[Span, str] = {}
    for row in keys.rows("entity_list", "entity", nullable=True):
        if row.is_object and row.value.get("char_span") is None:
            report.count("entities of 'entity_list' without 'char_span', not used", row.where)
        elif row.is_object:
            span, label = _char_span(row, "char_span", text, report), row.text("type")
            label = ENTITY if label == UNTYPED else label
            other = types.setdefault(span, label)
            report.count(
                "spans with a second type, of which the first is kept", row.where, int(other != label)
            )
    return types


def _encodable(keys: Keys, triple: Triple) -> Triple:
    parts = {"subject": triple.subject, "relation": triple.relation, "object": triple.object}
    for name in parts:
        Keys(parts, keys.where, "triple", keys.faults).text(name)
    return triple


def _with_spans(keys: Keys, sentence: Triples) -> list[Triple]:
    """Return the triples with the spans of ``spo_details``: start, end, type, relation, start, end, type."""
    rows, triples, offsets = keys.value["spo_details"], sentence.triples, sentence.offsets
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
        inner.span(row[0], row[1], len(offsets), "words")
        inner.span(row[4], row[5], len(offsets), "words")
        if not inner.faults:
            head, tail = ((offsets[a][0], offsets[b - 1][1]) for a, b in (row[0:2], row[4:6]))
            found.append(replace(triple, spans=(head, tail)))
    return found
