"""DyGIE's JSON, also of PURE and of SciERC: a document with sentences, and its annotation sentence by sentence."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.report import Report
from jointre.data.validate import check_doc, check_unicode, merge_duplicates
from jointre.limits import InputPath
from jointre.readers.base_corpus import CorpusReader
from jointre.readers.base_tagged import ITSELF
from jointre.readers.fields import Keys, keys_of, kind
from jointre.readers.head import Head
from jointre.readers.records import Record
from jointre.registry import registry

APART = "relations between sentences, left out"
LOOSE = "relations to words that are not an entity, left out"
ENTITY = "[FIRST, LAST, TYPE]"
RELATION = "[FIRST, LAST, FIRST, LAST, TYPE]"
OFFSETS = "offsets count the words of the document from 0, and the last word is included"


@dataclass(frozen=True)
class Sentence:
    """Sentence ``number`` of a document, whose first word is word ``start`` of it; ``doc_key`` is None without one."""

    doc_key: str | None
    number: int
    start: int
    n_words: int  # of the whole document
    words: list[str]
    ner: list[Any]
    relations: list[Any]


@registry.readers("jointre.dygie.v1")
class DygieReader(CorpusReader):
    """Reads ``doc_key``, ``sentences``, ``ner`` and ``relations``; each sentence becomes a document.

    ``ner`` and ``relations`` have one list per sentence, with entities ``[FIRST, LAST, TYPE]`` and relations
    ``[FIRST, LAST, FIRST, LAST, TYPE]`` from head to tail. Offsets count the words of the document, ``LAST`` included.
    The id of a sentence is ``DOC_KEY:NUMBER``, from 0; ``meta`` has ``doc_key`` and ``sentence``. Other keys, such as
    ``clusters``, are not used. A record with ``tokens`` instead of ``sentences`` is a single sentence.

    Args:
        path: JSON Lines or a JSON list, either also as ``.gz``, or a folder of ``*.jsonl``.
        types: a types file, or None.
        repair: True leaves out relations between sentences, to words that are not an entity, and of an entity to
            itself, and reports each; False refuses them.
    """

    layout = "JSON: doc_key, sentences, ner, relations, clusters"
    gold_keys = {"ner": list, "relations": list}

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether a record has ``sentences`` or ``tokens``, and the list ``ner`` (or ``doc_key``)."""
        record = head.record
        if not isinstance(record, dict) or not ("sentences" in record or "tokens" in record):
            return False
        return isinstance(record.get("ner"), list) or {"sentences", "doc_key"} <= record.keys()

    def __init__(self, path: InputPath | None, types: InputPath | None = None, repair: bool = True) -> None:
        super().__init__(path, types)
        self.repair = repair

    def records_of(self, path: Path, report: Report) -> Iterator[Record]:
        """Yield the sentences of all documents that are well formed."""
        for record in super().records_of(path, report):
            keys = keys_of(record, report)
            sentences = [] if keys is None else _sentences(keys)
            report.faults.extend([] if keys is None else keys.faults)
            for sentence in sentences:
                name = sentence.doc_key or record.id
                yield Record(record.where, f"{name}:{sentence.number}", sentence)

    def parse(self, record: Record, report: Report) -> Doc | None:
        """Return the document of a sentence."""
        sentence: Sentence = record.value
        keys = Keys({}, record.where, "sentence", number=sentence.number)
        keys.faults += check_unicode(sentence.words, record.where)
        entities = [entity for row in sentence.ner if (entity := _entity(row, sentence, keys)) is not None]
        for entity in entities:
            report.use("entity", entity.label, record.where)
        relations = self._relations(sentence, entities, keys, report)
        meta: dict[str, Any] = {"sentence": sentence.number}
        if sentence.doc_key is not None:
            meta["doc_key"] = sentence.doc_key
        doc = Doc(sentence.words, entities, relations, id=record.id, where=record.where, meta=meta)
        faults = keys.faults or check_doc(doc, record.where)
        report.faults.extend(faults)
        report.count("documents without words", record.where, int(not doc.words))
        return None if faults else merge_duplicates(doc, report, record.where)

    def _relations(
        self, sentence: Sentence, entities: list[Entity], keys: Keys, report: Report
    ) -> list[Relation]:
        rows = {(entity.start, entity.end): row for row, entity in reversed(list(enumerate(entities)))}
        found = []
        for item in sentence.relations:
            if not _is_row(item, 4):
                keys.fault(f"{item!r} is not a relation", f"write {RELATION}")
                continue
            head, tail, label = tuple(item[:2]), tuple(item[2:4]), item[4]
            if not all(0 <= first <= last < sentence.n_words for first, last in (head, tail)):
                keys.fault(f"relation {item!r} is outside the document", OFFSETS)
                continue
            report.use("relation", label, keys.where)
            ends = [rows.get(_local(span, sentence)) for span in (head, tail)]
            kind = _unusable(sentence, (head, tail), ends)
            if kind:
                detail = f"{item!r} in sentence {sentence.number}"
                report.repair_or_refuse(self.repair, kind, keys.where, detail)
            elif ends[0] is not None and ends[1] is not None:
                found.append(Relation(ends[0], ends[1], label))
        return found


def _sentences(keys: Keys) -> list[Sentence]:
    """Return the sentences of a document; none if its lists do not fit each other."""
    value = keys.value
    if "sentences" not in value:  # of PURE: the words and the annotation of a single sentence
        value = {**value, "sentences": [value.get("tokens")]}
        value |= {key: [value[key]] for key in ("ner", "relations") if value.get(key) is not None}
    words = value["sentences"]
    if not isinstance(words, list) or not all(_are_words(sentence) for sentence in words):
        several = "sentences" in keys.value
        keys.fault(
            "'sentences' is not a list of lists of words" if several else "'tokens' is not a list of words"
        )
        return []
    name = value.get("doc_key", value.get("id"))
    if name is not None and type(name) not in (str, int):
        keys.fault(f"'doc_key' is {kind(name)}, not a string")
    given = {key: value.get(key) for key in ("ner", "relations")}
    lists = {key: [[] for _ in words] if items is None else items for key, items in given.items()}
    for key, items in lists.items():
        if not isinstance(items, list) or not all(isinstance(item, list) for item in items):
            keys.fault(f"{key!r} is not a list with one list per sentence")
        elif len(items) != len(words):
            keys.fault(f"{key!r} has {len(items)} lists, but there are {len(words)} sentences")
    if keys.faults:
        return []
    found, start, n_words = [], 0, sum(map(len, words))
    doc_key = None if name is None else str(name)
    for number, sentence in enumerate(words):
        ner, relations = lists["ner"][number], lists["relations"][number]
        found.append(Sentence(doc_key, number, start, n_words, sentence, ner, relations))
        start += len(sentence)
    return found


def _are_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def _entity(row: Any, sentence: Sentence, keys: Keys) -> Entity | None:
    if not _is_row(row, 2):
        keys.fault(f"{row!r} is not an entity", f"write {ENTITY}")
        return None
    start, end = _local(row, sentence)
    if not 0 <= start < end <= len(sentence.words):
        last = sentence.start + len(sentence.words) - 1
        keys.fault(f"entity {row!r} is outside its words, {sentence.start} to {last}", OFFSETS)
        return None
    return Entity(start, end, row[2])


def _is_row(row: Any, numbers: int) -> bool:
    """Return whether a value is a list of whole numbers and then a type."""
    if not isinstance(row, list) or len(row) != numbers + 1:
        return False
    return all(type(number) is int for number in row[:-1]) and isinstance(row[-1], str)


def _local(span: Any, sentence: Sentence) -> tuple[int, int]:
    """Return the span of a document's words, last word included, as a span of its sentence, end exclusive."""
    return span[0] - sentence.start, span[1] + 1 - sentence.start


def _unusable(sentence: Sentence, spans: Any, ends: list[int | None]) -> str:
    """Return why a relation cannot be part of the document of its sentence; empty if it can."""
    size = len(sentence.words)
    inside = [0 <= start < end <= size for start, end in (_local(span, sentence) for span in spans)]
    if not all(inside):
        return APART
    if None in ends:
        return LOOSE
    return ITSELF if ends[0] == ends[1] else ""
