"""Split the text of a document again, and handle entities that begin or end inside a word.

Words never depend on annotation. An annotated entity that begins or ends inside a word keeps its characters
(`Entity.chars`): training gets whole words or no entity (`fit_words`), and evaluation compares characters
(`same_words`).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Literal, Protocol

from jointre.console import part_of
from jointre.data.doc import Doc
from jointre.data.raw_text import Offsets, place
from jointre.data.report import Report
from jointre.data.segments import sentences_of_words
from jointre.data.validate import check_word_offsets, merge_duplicates
from jointre.errors import DataError, Fault

Edges = Literal["widen", "drop", "refuse"]
INSIDE = "entities that begin or end inside a word"
LOOPS = "relations left out, because their two entities are one after widening"


class Splits(Protocol):
    """Makes the words and sentences of texts; see `jointre.splitters.base.Splitter`."""

    @property
    def split_records(self) -> bool: ...

    def words(self, text: str) -> Offsets: ...

    def sentences(self, text: str) -> Offsets: ...


def split_again(doc: Doc, splitter: Splits | None) -> Doc:
    """Return the document with the words and sentences that a splitter makes of its text.

    Words that the corpus gives stay, and so do sentences. Everything stays if ``splitter`` is None.

    Raises:
        DataError: see `with_words`.
    """
    if splitter is None:
        return doc
    doc = with_words(doc, splitter.words)
    if doc.text is None or not doc.split or doc.sentences is not None or not splitter.split_records:
        return doc
    return replace(doc, sentences=sentences_of_words(doc, splitter.sentences(doc.text)))


def with_words(doc: Doc, split: Callable[[str], Offsets] | None) -> Doc:
    """Return the document with the words that ``split`` makes of its text.

    Words that the corpus gives stay, and so do all words if ``split`` is None.

    Raises:
        DataError: these are not words of the text, or they leave out the first or last character of an entity.
    """
    if split is None or not doc.split or doc.text is None:
        return doc
    offsets = split(doc.text)
    if offsets == doc.offsets:
        return doc
    if faults := check_word_offsets(offsets, len(doc.text), doc.where or doc.id):
        raise DataError("the splitter returned invalid words", faults)
    return _on_words(doc, offsets)


def fit_words(docs: Iterable[Doc], edges: Edges, report: Report) -> list[Doc]:
    """Return all documents of `fitted`."""
    return list(fitted(docs, edges, report))


def fitted(docs: Iterable[Doc], edges: Edges, report: Report) -> Iterator[Doc]:
    """Yield documents for training, in which each entity is exactly its words.

    Args:
        docs: annotated documents.
        edges: what happens to an entity that begins or ends inside a word. "widen": it gets the whole words. "drop": it
            is left out with its relations. "refuse": it is a fault.
        report: gets the place of each such entity.
    """
    for doc in docs:
        inside = [entity for entity in doc.entities if entity.chars is not None]
        if not inside:
            yield doc
            continue
        where = doc.where or doc.id
        for entity in inside:
            detail = f"{doc.surface(entity)!r} in {doc.surface(replace(entity, chars=None))!r}"
            if edges == "refuse":
                remedy = "correct its offsets, choose another [splitter], or set training.edges_inside_words = widen"
                report.faults.append(Fault(f"{INSIDE}: {detail}", where, remedy))
            else:
                report.repair(f"{INSIDE}, {'widened' if edges == 'widen' else 'left out'}", where, detail)
        yield _widened(doc, report) if edges == "widen" else _without_inside(doc)


def wordless(docs: Iterable[Doc]) -> list[str]:
    """Return a notice for evaluation about gold entities that no sequence of words is; empty if there are none."""
    total, found = 0, list[str]()
    for doc in docs:
        total += len(doc.entities)
        found += [str(doc.where or doc.id) for entity in doc.entities if entity.chars is not None]
    if not found:
        return []
    what = f"{part_of(len(found), total, 'gold entity')} begin or end inside a word, so no prediction can match them"
    return [f"{what}: they count as missed (first in {found[0]})"]


def same_words(docs: Sequence[Doc]) -> list[Doc]:
    """Return documents with the same text on the same words, so that comparing words compares characters.

    The words are cut wherever a word or an entity of one of the documents begins or ends. This is done for scoring,
    after prediction. Documents that already have the same words, or no common text, are returned unchanged.
    """
    first = docs[0]
    if first.text is None or any(doc.text != first.text for doc in docs):
        return list(docs)
    inside = [chars for doc in docs for entity in doc.entities if (chars := entity.chars) is not None]
    if not inside and all(doc.offsets == first.offsets for doc in docs):
        return list(docs)
    words = [word for doc in docs for word in doc.offsets or ()]
    edges = {edge for pair in (*words, *inside) for edge in pair}
    pieces = sorted({piece for doc in docs for piece in _cut(doc.offsets or [], edges)})
    return [_on_words(doc, pieces) for doc in docs]


def _on_words(doc: Doc, offsets: Offsets) -> Doc:
    assert doc.text is not None
    characters = [found for entity in doc.entities if (found := doc.characters(entity)) is not None]
    placed = place(doc.entities, characters, offsets, doc.where or doc.id)
    moved = replace(doc, words=[doc.text[a:b] for a, b in offsets], offsets=offsets, entities=placed)
    if doc.sentences is None or doc.offsets is None:
        return moved
    return replace(
        moved, sentences=sentences_of_words(moved, [doc.offsets[start] for start, _ in doc.sentences])
    )


def _cut(words: Offsets, edges: set[int]) -> Offsets:
    """Return the words, cut at every edge that is inside one."""
    result: Offsets = []
    ordered = sorted(edges)
    for start, end in words:
        inner = ordered[bisect_right(ordered, start) : bisect_left(ordered, end)]
        result += pairwise([start, *inner, end])
    return result


def _widened(doc: Doc, report: Report) -> Doc:
    """Return the document with whole words as entities; entities and relations that become equal are one."""
    widened = replace(doc, entities=[replace(entity, chars=None) for entity in doc.entities])
    merged = merge_duplicates(widened, report, doc.where)
    relations = [r for r in merged.relations if r.head != r.tail]
    report.count(LOOPS, doc.where or doc.id, len(merged.relations) - len(relations))
    return replace(merged, relations=relations)


def _without_inside(doc: Doc) -> Doc:
    rows = [row for row, entity in enumerate(doc.entities) if entity.chars is None]
    new = {row: number for number, row in enumerate(rows)}
    relations = [
        replace(r, head=new[r.head], tail=new[r.tail])
        for r in doc.relations
        if r.head in new and r.tail in new
    ]
    return replace(doc, entities=[doc.entities[row] for row in rows], relations=relations)
