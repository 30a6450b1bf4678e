"""PairReader: the base of the readers of corpora with one pair of entities per record."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.raw_text import doc_from_text
from jointre.data.report import Report
from jointre.data.validate import count_blank, merge_duplicates
from jointre.limits import InputPath
from jointre.place import Place
from jointre.readers.base_corpus import CorpusReader
from jointre.readers.fields import Keys, keys_of, settle
from jointre.readers.records import Record

ENTITY = "Entity"  # the label of all entities where a corpus does not type them
OTHER_NAME = "arguments whose name differs from the text at their position, which is used"
FURTHER = "further mentions of head or tail, entities without the relation"
NONE_NAMES = {"na", "n/a", "none", "null", "other", "no_relation", "no relation", "no-relation"}


@dataclass(frozen=True)
class Pair:
    """Two entities of a sentence and the relation between them; the sentence is either ``text`` or ``words``.

    Entities count characters of the text, or words. ``label`` is None if the record names no relation.
    """

    where: Place
    id: str
    text: str | None
    words: tuple[str, ...]
    head: Entity
    tail: Entity
    label: str | None
    others: tuple[Entity, ...] = ()  # further mentions of the two, without the relation
    names: dict[Entity, Any] = field(default_factory=dict)  # knowledge-base ids of the entities
    meta: dict[str, Any] = field(default_factory=dict)


class PairReader(CorpusReader):
    """Reads JSON with one pair of entities per record; a subclass parses a record into a `Pair`.

    Args:
        path: JSON Lines or a JSON list, either also as ``.gz``, or a folder of ``*.jsonl``.
        types: a types file, or None.
        merge: whether all records with the same sentence become one document.
        no_relation: the label for "no relation".
        repair: True leaves out invalid records and reports each place; False refuses them.
    """

    gold_keys = {"relation": str}

    def __init__(
        self,
        path: InputPath | None,
        types: InputPath | None = None,
        merge: bool = True,
        no_relation: str = "NA",
        repair: bool = False,
    ) -> None:
        super().__init__(path, types)
        self.merge = merge
        self.no_relation = no_relation
        self.repair = repair

    @abstractmethod
    def pair(self, keys: Keys, record: Record, report: Report) -> Pair:
        """Return the pair of a record; it is only used if ``keys`` has no faults."""

    def records_of(self, path: Path, report: Report) -> Iterator[Record]:
        """Yield the pairs of each sentence, in the order of their first records."""
        groups: dict[tuple[Any, ...], list[Pair]] = {}
        for record in super().records_of(path, report):
            pair = self._checked(record, report)
            if pair is not None and self.merge:
                groups.setdefault((pair.text, pair.words), []).append(pair)
            elif pair is not None:
                yield Record(pair.where, pair.id, [pair])
        for pairs in groups.values():
            yield Record(pairs[0].where, pairs[0].id, pairs)

    def parse(self, record: Record, report: Report) -> Doc | None:
        """Return the document of a sentence with all its pairs."""
        pairs: list[Pair] = record.value
        row = {
            e: i for i, e in enumerate(dict.fromkeys(e for p in pairs for e in (p.head, p.tail, *p.others)))
        }
        report.count(FURTHER, record.where, len(row) - len({e for p in pairs for e in (p.head, p.tail)}))
        relations = [
            Relation(row[p.head], row[p.tail], label) for p in pairs if (label := self._label(p, report))
        ]
        for entity in row:
            report.use("entity", entity.label, record.where)
        first = pairs[0]
        if first.text is not None:
            doc = doc_from_text(first.text, row, relations, where=record.where, report=report)
        else:
            doc = Doc(list(first.words), list(row), relations)
            count_blank(doc.words, report, record.where)
        meta = {key: item for key, item in first.meta.items() if all(_has(p, key, item) for p in pairs)}
        names = _names(pairs, record.where, report)
        if names:
            meta["entity_ids"] = [names.get(entity) for entity in row]
        sentence = None if doc.text is None else [(0, len(doc.words))]
        doc = replace(doc, id=record.id, where=record.where, meta=meta, sentences=sentence)
        return merge_duplicates(doc, report, record.where)

    def _checked(self, record: Record, report: Report) -> Pair | None:
        keys = keys_of(record, report)
        if keys is None:
            return None
        pair = self.pair(keys, record, report)
        related = pair.label not in (None, self.no_relation)
        if not keys.faults and related and pair.head == pair.tail:
            keys.fault(f"relation {pair.label!r} of an entity to itself")
        settle(keys.faults, self.repair, report)
        return None if keys.faults else pair

    def _label(self, pair: Pair, report: Report) -> str | None:
        """Return the relation of the pair, or None if it has none; count labels that look like "no relation"."""
        if pair.label is None:
            report.count("records without 'relation', read without a relation", pair.where)
            return None
        if pair.label == self.no_relation:
            what = f"pairs with the label {self.no_relation!r}, entities kept, no relation"
            report.count(what, pair.where)
            return None
        count_none(pair.label, pair.where, report)
        report.use("relation", pair.label, pair.where)
        return pair.label


def relation_label(keys: Keys) -> str | None:
    """Return the label under ``relation``, or None if there is no such key."""
    return keys.text("relation") if "relation" in keys.value else None


def count_none(label: str, where: Place, report: Report) -> None:
    """Count a relation whose name says "no relation"."""
    if label.strip().casefold() in NONE_NAMES:
        report.count(f"relations named {label!r}: if that means none, set no_relation to it", where)


def is_named(name: Any, there: str) -> bool:
    """Return whether a text has a name, apart from blanks, underscores and letter case; True without a name."""
    return not isinstance(name, str) or _bare(name) == _bare(there)


def _bare(text: str) -> str:
    return "".join(text.replace("_", " ").split()).casefold()


def _has(pair: Pair, key: str, item: Any) -> bool:
    return key in pair.meta and bool(pair.meta[key] == item)


def _names(pairs: list[Pair], where: Place, report: Report) -> dict[Entity, Any]:
    names: dict[Entity, Any] = {}
    for pair in pairs:
        for entity, name in pair.names.items():
            other = int(names.setdefault(entity, name) != name)
            report.count("spans with a second id, of which the first is kept", where, other)
    return names
