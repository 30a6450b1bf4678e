"""Find annotation under keys that jointre does not read, and name the tool or corpus that writes it."""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import Any

TAG = re.compile(r"O|[BIESULMW][-_]\S+")
SENTENCE_KEYS = {"text", "tokens", "token", "words", "sentences", "sents", "id", "_meta"}
TAG_KEYS = {"ner_tags", "ner", "tags", "bio_tags", "iob_tags", "labels", "label", "entity_tags"}
STARTS = {"start", "begin", "start_offset", "startOffset", "offset", "char_span", "tok_span", "pos"}
LABELS = {"label", "labels", "type", "entity", "entity_type", "tag", "category", "class"}
SPAN_KEYS = {"spans", "ents", "annotations"}
SPECIFIC = {
    *(
        "h",
        "t",
        "subj_start",
        "spo_list",
        "triple_list",
        "relation_list",
        "relationMentions",
        "sentText",
        "vertexSet",
    ),
}
"""Keys of corpora of relations, which have readers of their own, whatever other annotation their records have."""
ENDS = (
    {"head", "tail"},
    {"h", "t"},
    {"subject", "object"},
    {"from_id", "to_id"},
    {"source", "target"},
    {"arg1", "arg2"},
    {"em1Text", "em2Text"},
)
"""The keys of the two sides of a relation."""

TAGS = "one tag per word, as in data sets of Hugging Face or in CoNLL files"
OTHER = "relations in another form"
TRIPLES = "triples in another form"
SPANS = "Prodigy or spaCy"
SPACY_2 = "the training data of spaCy 2"
LISTS = "spans as [start, end, label]"
RELATIONS = ("DuIE", "TPLinker", OTHER, TRIPLES)
MIN = "Label Studio's JSON-MIN, which is exported without relations"
DOCCANO = "doccano's sequence labels, which are exported without relations"
READERS = {
    **dict.fromkeys(("DuIE", "TPLinker"), "jointre.triples.v1"),
    **dict.fromkeys(("DyGIE", "PURE"), "jointre.dygie.v1"),
    DOCCANO: "jointre.doccano.v1",
    TAGS: "jointre.tags_json.v1",
    "DocRED": "jointre.docred.v1",
    **dict.fromkeys((SPANS, "spaCy or displaCy", LISTS, SPACY_2), "jointre.spans_json.v1"),
}
"""The reader of files in a format."""


def foreign_annotation(record: Mapping[str, Any], known: Container[str]) -> Iterator[tuple[str, str]]:
    """Yield the keys of a record, except ``known`` ones, that look like annotation, each with its format, or what it
    looks like.
    """
    words = record.get("tokens")
    size = len(words) if isinstance(words, list) else None
    for key, value in record.items():
        ours = (
            key in known or key in SENTENCE_KEYS or (key == "triples" and "entities" in record)
        )  # of `data.triples`
        if not ours and (form := _form(key.casefold(), value, size)):
            yield key, form


def names_a_corpus(record: Mapping[str, Any]) -> bool:
    """Return whether a record has keys of one kind of corpus, so that keys that many tools write are not read."""
    return not SPECIFIC.isdisjoint(record)


def has_entities_elsewhere(record: Mapping[str, Any]) -> bool:
    """Return whether a record has tags or spans instead of ``entities``."""
    return "entities" not in record and not (TAG_KEYS | SPAN_KEYS).isdisjoint(record)


def stands_for(key: str, form: str = "") -> str:
    """Return the key of the standard form, entities or relations, that a foreign key replaces."""
    related = form in RELATIONS or re.search("rel|spo|tripl", key.casefold())
    return "relations" if related else "entities"


def remedy_for(forms: Iterable[str]) -> str:
    """Return what to do about annotation in some formats, with the reader of such files or the nearest format."""
    found = set(forms)
    readers = {READERS.get(form) for form in found}
    near = "the nearest format is jointre.jsonl.v1: entities with start, end, label"
    if found == {TRIPLES}:
        near = "the nearest format is jointre.triples.v1: text and triple_list"
    elif found == {MIN}:
        near = "export it as JSON, which jointre.label_studio.v1 reads"
    elif len(readers) == 1 and (reader := readers.pop()):
        near = f"if the file has only such records, {reader} reads it"
    return f"{near}; all formats: jointre docs data-formats; to use only the text, remove the key"


def _form(key: str, value: Any, size: int | None) -> str:
    """Return the format of a value, or an empty string if it does not look like annotation.

    Args:
        key: its key.
        value: the value.
        size: the number of words of the record, or None if it has none.
    """
    if isinstance(value, str):
        value = value.split() if key in TAG_KEYS else None
    if isinstance(value, dict) and key in ("annotations", "entities", "annotation") and value:
        return SPACY_2
    if not isinstance(value, list) or not value:
        return ""
    if _are_tags(key, value, size):
        return TAGS
    first = next((item for item in value if item), None)
    if isinstance(first, dict):
        return _form_of_objects(key, set(first))
    if isinstance(first, list):
        return _form_of_lists(key, first)
    return ""


def _are_tags(key: str, value: list[Any], size: int | None) -> bool:
    if all(isinstance(item, str) for item in value):
        return any(item != "O" for item in value) and all(TAG.fullmatch(item) for item in value)
    return key in TAG_KEYS and len(value) == size and all(type(item) is int for item in value)


KNOWN: Mapping[str, tuple[Callable[[set[str]], bool], str]] = {
    "spo_list": (lambda keys: "predicate" in keys, "DuIE"),
    "relation_list": (lambda keys: "predicate" in keys, "TPLinker"),
    "entity_list": (lambda keys: bool(STARTS & keys), "TPLinker"),
    "spans": (lambda keys: bool(STARTS & keys), SPANS),
    "ents": (lambda keys: bool(STARTS & keys), "spaCy or displaCy"),
    "label": (lambda keys: "labels" in keys, MIN),
    "annotations": (lambda keys: True, "Label Studio or another annotation tool"),
    "vertexset": (lambda keys: True, "DocRED"),
}
"""The keys of known formats: what the keys of an item say, and the name of the format."""


def _form_of_objects(key: str, keys: set[str]) -> str:
    if key in KNOWN and KNOWN[key][0](keys):
        return KNOWN[key][1]
    if STARTS & keys and LABELS & keys:
        return "entities in another form"
    return OTHER if any(ends <= keys for ends in ENDS) else ""


def _form_of_lists(key: str, item: list[Any]) -> str:
    if len(item) == 3 and [type(part) for part in item] == [int, int, str]:
        return DOCCANO if key in ("label", "labels") else LISTS
    inner = next((part for part in item if part), None)
    if isinstance(inner, list) and [type(part) for part in inner[:3]] == [int, int, str]:
        return "DyGIE"
    if len(item) == 5 and [type(part) for part in item] == [int, int, int, int, str]:
        return "PURE"
    return TRIPLES if len(item) == 3 and all(type(part) is str for part in item) else ""
