"""The contract of writers: what they wrote is read back, and what is not read back was reported."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.raw_text import doc_from_text
from jointre.data.report import Report
from jointre.readers.open import open_data
from jointre.testing.asserts import expect, named
from jointre.testing.toy import toy_docs
from jointre.writers.base import Writer
from jointre.writers.fit import own_id

TEXT = "Dr. Cafe\u0301 Roe met \U0001f469\u200d\U0001f467 in\u3000Rome\nand N.Y., post-war.\r\nShe left \u674e\u96f7."
WORDS = [
    "Ann",
    "Lee",
    "\u200b",
    "#1",
    "a b",
    "\u00e9te\u0301",
    "\"'",
    "\\",
    "-DOCSTART-",
    "\u674e\u96f7",
    ".",
]


def check_writer(writer: Writer) -> None:
    """Check that the reader of the output reads what was written, and that the losses are exactly those reported."""
    with TemporaryDirectory() as folder:
        check_round_trip(writer, [*toy_docs(), *odd_docs()], Path(folder) / f"out{writer.ending}")


def odd_docs() -> list[Doc]:
    """Return documents that many formats cannot hold: overlaps, several types, sentences, odd words, scores."""
    spans = [
        (4, 9, "Per son"),
        (4, 13, "Peop"),
        (4, 13, "it's"),
        (18, 21, "Fam"),
        (26, 30, "Loc"),
        (43, 47, "Time"),
    ]
    links = [
        (0, 4, "in"),
        (1, 4, "in"),
        (1, 4, "was in"),
        (4, 1, "N"),
        (2, 3, "has"),
        (0, 2, "is"),
        (5, 4, "at"),
    ]
    text = doc_from_text(TEXT, spans, links, id="odd/text: 1", meta={"source": "web", "tokens": 3})
    last = len(text.words)
    text.sentences = [(0, 10), (10, last - 4), (last - 4, last)]
    entities = [
        Entity(0, 2, "Per", 0.5),
        Entity(1, 3, "Per", 0.25),
        Entity(2, 3, "None", 0.125),
        Entity(3, 5, "O", 0.5),
        Entity(9, 10, "Per", 1.0),
        Entity(9, 10, "Org", 1.0),
    ]
    relations = [Relation(0, 3, "NA", 0.5), Relation(3, 0, "'a' or \"b\"", 0.5), Relation(5, 4, "is", 0.25)]
    words = Doc(WORDS, entities, relations, id="odd words", sentences=[(0, 5), (5, 8), (8, 11)])
    given = doc_from_text(
        "a-b c", [(0, 1, "X"), (4, 5, "X")], [(0, 1, "r")], words=[(0, 3), (4, 5)], id="given"
    )
    same = Doc(list(WORDS), [Entity(0, 2, "Per"), Entity(4, 5, "Y")], [Relation(0, 1, "r")], id="same")
    alone = Doc(["Rome", "sleeps"], [Entity(0, 1, "Loc")], id="alone")
    return [text, words, given, same, alone, Doc([], id="empty")]


def check_round_trip(writer: Writer, docs: Sequence[Doc], path: Path) -> Report:
    """Check a writer on some documents, and return its report.

    The reader of the output must return the documents of `Writer.fit`. Each entity and relation must be read back or
    be counted as left out, and no document may change.
    """
    what, report, kept = named(writer), Report(), deepcopy(list(docs))
    held = list(writer.fit(docs, report))
    expect(list(docs) == kept, f"{what} changes its documents")
    expect(held, f"{what} writes none of {len(docs)} documents")
    writer.write(held, path)
    reader = open_data(str(path), reader=writer.reader)
    found = list(reader)
    _expect_same(_groups(held), _groups(found), what)
    for unit, of in (("entities", lambda doc: doc.entities), ("relations", lambda doc: doc.relations)):
        given, back = (sum(len(of(doc)) for doc in every) for every in (docs, found))
        lost = report.lost[unit]
        expect(
            given == back + lost, f"{what}: of {given} {unit}, {back} are read back and {lost} are reported"
        )
    written = _contents(path)
    again = list(writer.fit(docs, Report()))
    writer.write(again, path)
    expect(_contents(path) == written, f"{what} writes other bytes the second time")
    return report


@dataclass
class _Group:
    """What is known of the documents with one text and words: their number and all of their annotation."""

    annotation: set[Hashable] = field(default_factory=set)
    sentences: set[tuple[tuple[int, int], ...]] = field(default_factory=set)
    ids: Counter[str] = field(default_factory=Counter)
    metas: list[dict[str, Any]] = field(default_factory=list)


def _groups(docs: Iterable[Doc]) -> dict[Hashable, _Group]:
    groups: dict[Hashable, _Group] = {}
    for doc in docs:
        offsets = None if doc.offsets is None else tuple(map(tuple, doc.offsets))
        group = groups.setdefault((doc.text, tuple(doc.words), offsets), _Group())
        ends = [(entity.extent, entity.chars, entity.label) for entity in doc.entities]
        group.annotation |= {(*end, entity.score) for end, entity in zip(ends, doc.entities, strict=True)}
        group.annotation |= {(ends[r.head], ends[r.tail], r.label, r.score) for r in doc.relations}
        if doc.sentences is not None:
            group.sentences.add(tuple(map(tuple, doc.sentences)))  # type: ignore[arg-type]
        group.ids.update([own_id(doc)] if own_id(doc) else [])
        group.metas.append(doc.meta)
    return groups


def _expect_same(held: dict[Hashable, _Group], found: dict[Hashable, _Group], what: str) -> None:
    strange = [*(held.keys() - found.keys()), *(found.keys() - held.keys())]
    expect(not strange, f"{what}: a document is not read back with the same text and words: {strange[:1]!r}")
    for key, group in held.items():
        back = found[key]
        lost, new = group.annotation - back.annotation, back.annotation - group.annotation
        expect(not lost, f"{what}: {key!r} is read back without {sorted(map(repr, lost))[:3]}")
        expect(not new, f"{what}: {key!r} is read back with {sorted(map(repr, new))[:3]}")
        same = group.sentences <= back.sentences
        expect(
            same, f"{what}: {key!r} is read back with the sentences {back.sentences}, not {group.sentences}"
        )
        expect(
            set(group.ids) <= set(back.ids) or len(group.metas) > 1,
            f"{what}: the id of {key!r} is not read back",
        )
        if len(group.metas) == 1:
            items, others = group.metas[0], back.metas[0]
            expect(
                items.items() <= others.items(),
                f"{what}: {key!r} is read back with the meta {others}, not {items}",
            )


def _contents(path: Path) -> dict[str, bytes]:
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return {str(file.relative_to(path)): file.read_bytes() for file in files if file.is_file()}
