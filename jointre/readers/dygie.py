"""DyGIE's JSON, also of PURE and of SciERC: a document with sentences, and its annotation by sentence."""

from dataclasses import dataclass
from itertools import accumulate, chain, pairwise
from typing import Any

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.report import Report
from jointre.data.validate import check_doc, check_unicode, count_blank, merge_duplicates
from jointre.limits import InputPath
from jointre.readers.base_corpus import CorpusReader
from jointre.readers.base_tagged import ITSELF
from jointre.readers.fields import Keys, are_words, keys_of, kind
from jointre.readers.head import Head
from jointre.readers.records import Record
from jointre.registry import registry

LOOSE = "relations to words that are not an entity, left out"
ENTITY = "[FIRST, LAST, TYPE]"
RELATION = "[FIRST, LAST, FIRST, LAST, TYPE]"
OFFSETS = "offsets count the words of the document from 0, and the last word is included"


@dataclass(frozen=True)
class Sentence:
    """Sentence ``number`` of a document: its words ``[start, end)`` in the document, and its annotation."""

    number: int
    start: int
    end: int
    ner: list[Any]
    relations: list[Any]


@dataclass(frozen=True)
class Document:
    """The words of a document, its sentences, and its ``doc_key``; None without one."""

    words: list[str]
    sentences: list[Sentence]
    doc_key: str | None


@registry.readers("jointre.dygie.v1")
class DygieReader(CorpusReader):
    """Reads ``doc_key``, ``sentences``, ``ner`` and ``relations``.

    ``ner`` and ``relations`` have one list per sentence, with entities ``[FIRST, LAST, TYPE]`` and relations
    ``[FIRST, LAST, FIRST, LAST, TYPE]`` from head to tail. Offsets count the words of the document, ``LAST`` included.
    ``doc_key`` is the id of the document. Other keys, such as ``clusters``, are not used. A record with ``tokens``
    instead of ``sentences`` is a single sentence.

    Args:
        path: JSON Lines or a JSON list, either also as ``.gz``, or a folder of ``*.jsonl``.
        types: a types file, or None.
        repair: True leaves out relations to words that are not an entity, and of an entity to itself, and reports each;
            False refuses them.
    """

    layout = "JSON: doc_key, sentences, ner, relations, clusters"
    gold_keys = {"ner": list, "relations": list}

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether a record has ``sentences`` or ``tokens``, and lists in ``ner`` (or a ``doc_key``)."""
        record = head.record
        if not isinstance(record, dict) or not ("sentences" in record or "tokens" in record):
            return False
        if isinstance(ner := record.get("ner"), list) and all(isinstance(item, list) for item in ner):
            return True
        sentences = record.get("sentences")
        return "doc_key" in record and isinstance(sentences, list) and all(map(are_words, sentences))

    def __init__(self, path: InputPath | None, types: InputPath | None = None, repair: bool = True) -> None:
        super().__init__(path, types)
        self.repair = repair

    def parse(self, record: Record, report: Report) -> Doc | None:
        """Return the document of a record."""
        keys = keys_of(record, report)
        if keys is None:
            return None
        found = _document(keys)
        if found is None:
            report.faults.extend(keys.faults)
            return None
        keys.faults += check_unicode(found.words, record.where)
        parts = [
            (sentence, Keys({}, record.where, "sentence", keys.faults, sentence.number))
            for sentence in found.sentences
        ]
        entities = [
            entity
            for sentence, place in parts
            for row in sentence.ner
            if (entity := _entity(row, sentence, place)) is not None
        ]
        for entity in entities:
            report.use("entity", entity.label, record.where)
        relations = [
            relation
            for sentence, place in parts
            for relation in self._relations(sentence, len(found.words), entities, place, report)
        ]
        doc = Doc(
            found.words,
            entities,
            relations,
            id=found.doc_key or record.id,
            where=record.where,
            sentences=[(s.start, s.end) for s in found.sentences if s.start < s.end],
        )
        faults = keys.faults or check_doc(doc, record.where)
        report.faults.extend(faults)
        count_blank(doc.words, report, record.where)
        return None if faults else merge_duplicates(doc, report, record.where)

    def _relations(
        self, sentence: Sentence, n_words: int, entities: list[Entity], keys: Keys, report: Report
    ) -> list[Relation]:
        rows = {entity.extent: row for row, entity in reversed(list(enumerate(entities)))}
        found = []
        for item in sentence.relations:
            if not _is_row(item, 4):
                keys.fault(f"{item!r} is not a relation", f"write {RELATION}")
                continue
            spans, label = (item[:2], item[2:4]), item[4]
            if not all(0 <= first <= last < n_words for first, last in spans):
                keys.fault(f"relation {item!r} is outside the document", OFFSETS)
                continue
            report.use("relation", label, keys.where)
            head, tail = (rows.get((first, last + 1)) for first, last in spans)
            if head is None or tail is None or head == tail:
                kind = LOOSE if head is None or tail is None else ITSELF
                detail = f"{item!r} in sentence {sentence.number}"
                report.repair_or_refuse(self.repair, kind, keys.where, detail)
            else:
                found.append(Relation(head, tail, label))
        return found


def _document(keys: Keys) -> Document | None:
    """Return the sentences of a document; None if its lists do not fit each other."""
    value = keys.value
    if "sentences" not in value:  # of PURE: the words and the annotation of a single sentence
        value = {**value, "sentences": [value.get("tokens")]}
        value |= {key: [value[key]] for key in ("ner", "relations") if value.get(key) is not None}
    sentences = value["sentences"]
    if not isinstance(sentences, list) or not all(are_words(sentence) for sentence in sentences):
        several = "sentences" in keys.value
        keys.fault(
            "'sentences' is not a list of lists of words" if several else "'tokens' is not a list of words"
        )
        return None
    name = value.get("doc_key", value.get("id"))
    if name is not None and type(name) not in (str, int):
        keys.fault(f"'doc_key' is {kind(name)}, not a string")
    given = {key: value.get(key) for key in ("ner", "relations")}
    lists = {key: [[] for _ in sentences] if items is None else items for key, items in given.items()}
    for key, items in lists.items():
        if not isinstance(items, list) or not all(isinstance(item, list) for item in items):
            keys.fault(f"{key!r} is not a list with one list per sentence")
        elif len(items) != len(sentences):
            keys.fault(f"{key!r} has {len(items)} lists, but there are {len(sentences)} sentences")
    if keys.faults:
        return None
    ends = list(accumulate(map(len, sentences)))
    parts = zip(pairwise([0, *ends]), lists["ner"], lists["relations"], strict=True)
    found = [Sentence(number, *extent, ner, links) for number, (extent, ner, links) in enumerate(parts)]
    return Document(list(chain.from_iterable(sentences)), found, None if name is None else str(name))


def _entity(row: Any, sentence: Sentence, keys: Keys) -> Entity | None:
    if not _is_row(row, 2):
        keys.fault(f"{row!r} is not an entity", f"write {ENTITY}")
        return None
    first, last, label = row
    if not sentence.start <= first <= last < sentence.end:
        keys.fault(f"entity {row!r} is outside its words, {sentence.start} to {sentence.end - 1}", OFFSETS)
        return None
    return Entity(first, last + 1, label)


def _is_row(row: Any, numbers: int) -> bool:
    """Return whether a value is a list of whole numbers and then a type."""
    if not isinstance(row, list) or len(row) != numbers + 1:
        return False
    return all(type(number) is int for number in row[:-1]) and isinstance(row[-1], str)
