"""FewRel's JSON: sentences by relation, each with a head and a tail and the words where they are mentioned."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from jointre.data.doc import Entity
from jointre.data.report import Report
from jointre.place import Place
from jointre.readers.base_corpus import CorpusReader
from jointre.readers.base_pairs import ENTITY, OTHER_NAME, Pair, PairReader, is_named
from jointre.readers.fields import Keys
from jointre.readers.head import Head
from jointre.readers.records import Record
from jointre.registry import registry

ARGUMENT = "[name, id, [[first word, ...], ...]]"
SIDES = (("h", "head"), ("t", "tail"))  # the keys of head and tail, the second one if they are objects
LABELS = ("relation", "label")
USED = {"tokens", "id", *LABELS, *(key for keys in SIDES for key in keys)}


@registry.readers("jointre.fewrel.v1")
class FewRelReader(PairReader):
    """Reads an object with a list of sentences for each relation, or sentences with a ``relation`` of their own.

    A sentence has ``tokens``, and ``h`` and ``t`` as ``[name, id, mentions]``. A mention is a list of the positions of
    its words. ``head`` and ``tail`` as objects with ``text``, ``type`` (the id) and ``indices`` (the mentions) are read
    as well. All entities have the label ``Entity``. The relation goes from the first mention of ``h`` to the first one
    of ``t``; further mentions are entities, and are counted. ``meta["entity_ids"]`` has the ids of the entities.

    Args:
        path: a JSON object, JSON Lines or a JSON list, either also as ``.gz``, or a folder of ``*.jsonl``.
        types: a types file, or None.
        merge: whether all sentences with the same words become one document.
        no_relation: the label for "no relation". Its pairs keep their entities.
        repair: True leaves out invalid sentences and reports each one; False refuses them.
    """

    layout = "JSON: relations with lists of tokens, h and t; or relation, tokens, h and t"

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether a record has ``tokens`` and lists ``h`` and ``t``, or has relations with such records."""
        record = head.record
        return isinstance(record, dict) and (_is_sentence(record) or _is_by_relation(record))

    def records_in(self, file: Path, report: Report) -> Iterator[Record]:
        """Yield the sentences of a file, those of an object by relation with their ``relation``."""
        for record in CorpusReader.records_in(self, file, report):
            if not isinstance(record.value, dict) or not _is_by_relation(record.value):
                yield record
                continue
            for label, items in record.value.items():
                for number, item in enumerate(items if isinstance(items, list) else [items]):
                    where = Place(record.where.file, record=number, key=label)
                    value = {**item, "relation": label} if isinstance(item, dict) else item
                    yield Record(where, where.name(), value)

    def pair(self, keys: Keys, record: Record, report: Report) -> Pair:
        """Return the pair of a sentence."""
        words = keys.words("tokens")
        sides = [_side(keys, names) for names in SIDES]
        mentions = [_mentions(side, words) for side in sides]
        names: dict[Entity, Any] = {}
        for side, entities in zip(sides, mentions, strict=True):
            names |= {entity: side.value["id"] for entity in entities if side.value.get("id") is not None}
            there = " ".join(words[slice(*entities[0].extent)])
            report.count(OTHER_NAME, record.where, int(not is_named(side.value.get("name"), there)))
        head, tail = (entities[0] for entities in mentions)
        others = tuple(entity for entities in mentions for entity in entities[1:])
        label = next((keys.text(key) for key in LABELS if key in keys.value), None)
        meta = keys.rest(USED)
        name = keys.id(record.id)
        return Pair(record.where, name, None, tuple(words), head, tail, label, others, names, meta)


def _is_sentence(record: Mapping[str, Any]) -> bool:
    lists = all(isinstance(record.get(key), list) for key in ("tokens", "h", "t"))
    objects = all(isinstance(side := record.get(key), dict) and "indices" in side for key in ("head", "tail"))
    return lists or ("tokens" in record and objects)


def _is_by_relation(record: Mapping[str, Any]) -> bool:
    """Return whether the first relation of an object has a list of sentences."""
    first = next(iter(record.values()), None)
    return isinstance(first, list) and bool(first) and isinstance(first[0], dict) and _is_sentence(first[0])


def _side(keys: Keys, names: tuple[str, str]) -> Keys:
    """Return the name, id and mentions of head or tail."""
    listed, key = names
    if listed not in keys.value and isinstance(keys.value.get(key), dict):
        side = keys.below(key)
        parts: Any = [side.value.get(name) for name in ("text", "type", "indices")]
    else:
        side, parts = Keys(keys.value, keys.where, listed, keys.faults), keys.value.get(listed)
        if not isinstance(parts, list) or len(parts) != 3:
            side.fault("is not a list of three", f"write {ARGUMENT}")
            parts = [None, None, None]
    return replace(side, value=dict(zip(("name", "id", "mentions"), parts, strict=True)))


def _mentions(side: Keys, words: list[str]) -> list[Entity]:
    """Return the mentions; one without words if they are malformed."""
    lists = side.value["mentions"]
    whole = isinstance(lists, list) and lists and all(isinstance(one, list) and one for one in lists)
    if not whole or any(type(place) is not int for one in lists for place in one):
        if not side.faults:
            side.fault(f"its mentions are {lists!r}", f"write {ARGUMENT}")
        return [Entity(0, 0, ENTITY)]
    for one in lists:
        if one != list(range(one[0], one[0] + len(one))):
            side.fault(f"the words {one} of a mention do not follow each other")
        elif words:
            side.span(one[0], one[-1] + 1, len(words), "words")
    return [Entity(one[0], one[-1] + 1, ENTITY) for one in lists]
