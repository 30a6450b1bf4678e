"""DocRED's JSON: a document with sentences, entities with all their mentions, and relations between entities."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise, product
from typing import Literal

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.report import Report
from jointre.data.validate import check_unicode, count_blank, merge_duplicates
from jointre.limits import InputPath
from jointre.readers.base_corpus import CorpusReader
from jointre.readers.base_pairs import is_named
from jointre.readers.base_tagged import ITSELF
from jointre.readers.fields import Keys, are_words, keys_of
from jointre.readers.head import Head
from jointre.readers.records import Record
from jointre.registry import registry

Mentions = Literal["one", "all"]
USED = ("title", "sents", "vertexSet", "labels")
OTHER_NAME = "mentions whose name differs from the words at their position, which is used"
CHOSEN = 'relations of entities with several mentions, read between one pair of them (mentions = "one")'
APART = "relations without mentions in one sentence, read between the nearest"
OFFSETS = "'pos' counts the words of its sentence from 0, and the end is exclusive"
NEIGHBOURS = (
    2  # mentions on each side of another one that may be the nearest, as one of them may have the same words
)
Span = tuple[int, int]


COLUMNS = {"head": "h", "tail": "t", "relation_id": "r", "evidence": "evidence"}
"""The lists of Hugging Face's data set, and the keys of a relation."""


@dataclass(frozen=True)
class Mention:
    """A mention of an entity; ``row`` is its position among all mentions of the document."""

    row: int
    entity: Entity
    sentence: int

    def precedes(self) -> tuple[int, int]:
        """Return a key that sorts mentions from left to right."""
        return self.entity.extent


Pair = tuple[Mention, Mention]


@registry.readers("jointre.docred.v1")
class DocredReader(CorpusReader):
    """Reads ``title``, ``sents``, ``vertexSet`` and ``labels``; each document is one document with its sentences.

    ``vertexSet`` has a list of mentions for each entity, with ``sent_id``, ``pos`` (``[start, end)`` in words of the
    sentence), ``type`` and ``name``. Each mention is an entity of the document. ``labels`` has relations ``r`` from the
    entity ``h`` to the entity ``t``, with the sentences that are their ``evidence``. A relation is read between one
    mention of ``h`` and one of ``t``: in a sentence of the evidence, else in any sentence with both, else the nearest;
    of several such pairs the nearest, then the first. The title is the document's ``id``.

    Args:
        path: a JSON list or JSON Lines, either also as ``.gz``, or a folder of ``*.jsonl``.
        types: a types file, or None.
        mentions: "one", or "all" to read a relation between all pairs of mentions.
        repair: True leaves out relations between mentions with the same words, and reports each; False refuses them.
    """

    layout = "JSON: title, sents, vertexSet with name, sent_id, pos, type, labels with h, t, r, evidence"
    gold_keys = {"vertexSet": list, "labels": dict}

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether a record has ``sents`` and ``vertexSet``."""
        return isinstance(head.record, dict) and {"sents", "vertexSet"} <= head.record.keys()

    def __init__(
        self,
        path: InputPath | None,
        types: InputPath | None = None,
        mentions: Mentions = "one",
        repair: bool = True,
    ) -> None:
        super().__init__(path, types)
        self.mentions: Mentions = mentions
        self.repair = repair

    def parse(self, record: Record, report: Report) -> Doc | None:
        """Return the document of a record."""
        keys = keys_of(record, report)
        if keys is None:
            return None
        sentences = _sentences(keys)
        words = [word for sentence in sentences for word in sentence]
        keys.faults += check_unicode(words, record.where)
        sizes = list(accumulate(map(len, sentences), initial=0))
        vertices = _vertices(keys, list(pairwise(sizes)), words, report)
        entities = [mention.entity for vertex in vertices for mention in vertex]
        relations = [relation for row in _labels(keys) for relation in self._relations(row, vertices, report)]
        name = keys.text("title") if "title" in keys.value else record.id
        meta = {key: item for key, item in keys.value.items() if key not in USED}
        report.faults.extend(keys.faults)
        if keys.faults:
            return None
        count_blank(words, report, record.where)
        doc = Doc(
            words,
            entities,
            relations,
            id=name,
            meta=meta,
            where=record.where,
            sentences=[span for span in pairwise(sizes) if span[0] < span[1]],
        )
        return merge_duplicates(doc, report, record.where)

    def _relations(
        self, row: Keys, vertices: Sequence[Sequence[Mention]], report: Report
    ) -> Iterator[Relation]:
        """Yield the relations between mentions that stand for a relation between entities."""
        before = len(row.faults)
        numbers, label, evidence = [row.whole(key) for key in ("h", "t")], row.text("r"), _evidence(row)
        for number in numbers:
            if not 0 <= number < len(vertices) and len(row.faults) == before:
                row.fault(
                    f"there is no entity {number}, the document has {len(vertices)}", "entities count from 0"
                )
        if len(row.faults) > before or any(not vertices[number] for number in numbers):
            return
        report.use("relation", label, row.where)
        head, tail = (vertices[number] for number in numbers)
        pairs = _all_pairs(head, tail) if self.mentions == "all" else _nearest_pairs(head, tail)
        if not pairs:
            detail = f"relation {row.number} ({label!r}) from entity {numbers[0]} to {numbers[1]}"
            report.repair_or_refuse(self.repair, ITSELF, row.where, detail)
            return
        if self.mentions == "one":
            best = min(pairs, key=lambda pair: _distance(pair, evidence))
            report.count(CHOSEN, row.where, int(len(head) * len(tail) > 1))
            report.count(APART, row.where, int(best[0].sentence != best[1].sentence))
            pairs = [best]
        for one, other in pairs:
            yield Relation(one.row, other.row, label)


def _sentences(keys: Keys) -> list[list[str]]:
    sentences = keys.value.get("sents")
    if isinstance(sentences, list) and all(are_words(sentence) for sentence in sentences):
        return sentences
    keys.fault("'sents' is not a list of lists of words")
    return []


def _vertices(keys: Keys, sentences: list[Span], words: list[str], report: Report) -> list[list[Mention]]:
    """Return the mentions of each entity; malformed ones are left out and are faults."""
    items = keys.value.get("vertexSet")
    if not isinstance(items, list) or not all(isinstance(item, list) for item in items):
        keys.fault("'vertexSet' is not a list with a list of mentions for each entity")
        return []
    vertices: list[list[Mention]] = []
    row = 0
    for number, item in enumerate(items):
        inner = Keys({"mentions": item}, keys.where, faults=keys.faults)
        vertex = []
        for mention in inner.rows("mentions", f"entity {number}, mention"):
            found = _mention(mention, sentences, words, report) if mention.is_object else None
            if found is not None:
                vertex.append(Mention(row, *found))
                row += 1
        if not item:
            keys.fault(f"entity {number} has no mentions")
        vertices.append(vertex)
    return vertices


def _mention(
    keys: Keys, sentences: list[Span], words: list[str], report: Report
) -> tuple[Entity, int] | None:
    """Return the entity of a mention and the number of its sentence."""
    before = len(keys.faults)
    sentence, label, pos = keys.whole("sent_id"), keys.text("type"), keys.value.get("pos")
    if not isinstance(pos, list) or len(pos) != 2 or not all(type(number) is int for number in pos):
        keys.fault("'pos' is not [start, end]", OFFSETS)
    elif not 0 <= sentence < len(sentences):
        keys.fault(f"there is no sentence {sentence}, the document has {len(sentences)}")
    else:
        keys.span(pos[0], pos[1], sentences[sentence][1] - sentences[sentence][0], "words of its sentence")
    if len(keys.faults) > before or not isinstance(pos, list):
        return None
    start = sentences[sentence][0]
    entity = Entity(start + pos[0], start + pos[1], label)
    report.use("entity", label, keys.where)
    there = " ".join(words[entity.start : entity.end])
    report.count(OTHER_NAME, keys.where, int(not is_named(keys.value.get("name"), there)))
    return entity, sentence


def _labels(keys: Keys) -> list[Keys]:
    """Return the relations; Hugging Face's data set has a list for each key instead of a list of objects."""
    labels = keys.value.get("labels")
    if isinstance(labels, dict):
        columns = [column for key in COLUMNS if isinstance(column := labels.get(key), list)]
        if len(columns) < len(COLUMNS) or len(set(map(len, columns))) > 1:
            keys.fault(f"'labels' has no lists of one length: {', '.join(COLUMNS)}")
        rows = [dict(zip(COLUMNS.values(), row, strict=False)) for row in zip(*columns, strict=False)]
        keys = replace(keys, value={"labels": rows})
    return [row for row in keys.rows("labels", "relation", nullable=True) if row.is_object]


def _evidence(row: Keys) -> set[int]:
    evidence = row.value.get("evidence")
    if evidence is None:
        return set()
    if not isinstance(evidence, list) or not all(type(number) is int for number in evidence):
        row.fault("'evidence' is not a list with the numbers of sentences")
        return set()
    return set(evidence)


def _all_pairs(heads: Sequence[Mention], tails: Sequence[Mention]) -> list[Pair]:
    return [pair for pair in product(heads, tails) if pair[0].entity.extent != pair[1].entity.extent]


def _nearest_pairs(heads: Sequence[Mention], tails: Sequence[Mention]) -> list[Pair]:
    """Return each head with the tails next to it on both sides, one of which is in its sentence if any tail is.

    All pairs would be too many in a document with thousands of mentions.
    """
    ordered = sorted(
        {mention.entity.extent: mention for mention in reversed(tails)}.values(), key=Mention.precedes
    )
    places = [mention.precedes() for mention in ordered]
    pairs = []
    for head in heads:
        at = bisect_left(places, head.precedes())
        near = ordered[max(at - NEIGHBOURS, 0) : at + NEIGHBOURS]
        pairs += [(head, tail) for tail in near if tail.entity.extent != head.entity.extent]
    return pairs


def _distance(pair: Pair, evidence: set[int]) -> tuple[int, int, int, int]:
    """Return a key by which the best pair is the smallest."""
    head, tail = pair
    together = head.sentence == tail.sentence
    rank = 2 if not together else int(head.sentence not in evidence)
    return rank, head.entity.gap(tail.entity), head.entity.start, tail.entity.start
