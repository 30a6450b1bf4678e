"""Write spaCy's DocBin."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jointre.data.atomic_write import replacing, writing
from jointre.data.doc import Doc
from jointre.data.overlaps import without_overlaps
from jointre.data.report import Report
from jointre.registry import registry
from jointre.writers.base import Writer
from jointre.writers.fit import (
    as_text,
    by_span,
    only,
    refuse_missing,
    unite,
    where,
    whole,
)

if TYPE_CHECKING:
    from spacy.tokens import Doc as SpacyDoc
    from spacy.vocab import Vocab

GROUP = "sc"  # the usual name of spaCy's group of spans that overlap
Piece = tuple[str, bool]  # the text of a token, and whether a blank follows it


@registry.writers("jointre.spacy_docbin.v1")
class SpacyDocbinWriter(Writer):
    """Writes a file that spaCy's ``DocBin().from_disk`` reads, and ``spacy train`` as well.

    Entities are ``doc.ents``; those that overlap a wider one are in the span group ``sc``. Relations are in
    ``doc._.rel``, as in spaCy's tutorial on relations: by the first tokens of both entities. It needs spaCy:
    ``pip install 'jointre[spacy]'``.
    """

    reader = "jointre.spacy_docbin.v1"
    endings = (".spacy",)
    ending = ".spacy"

    def __init__(self) -> None:
        pass

    def fit(self, docs: Iterable[Doc], report: Report) -> Iterator[Doc]:
        """Yield documents with a text and words, whose entities are whole words that relations can point to."""
        for doc in docs:
            held = as_text(doc, report, keep_words=True)
            inside = sum(entity.chars is not None for entity in held.entities)
            report.count("entities that begin or end inside a word, widened to it", where(doc), inside)
            held = replace(held, entities=[replace(entity, chars=None) for entity in held.entities])
            held = by_span(unite(held, whole, "equal to another one after that", report), report)
            first = {held.entities[row].start: row for row in reversed(_order(held))}
            known = set(first.values())
            relations = [r for r in held.relations if {r.head, r.tail} <= known]
            lost = len(held.relations) - len(relations)
            report.leave_out("relations", "of entities that begin with a wider one", where(doc), lost)
            yield only(replace(held, relations=relations), report, "sentences")

    def write(self, docs: Iterable[Doc], path: Path) -> None:
        """Write the documents, all at once."""
        refuse_missing("spacy", "spacy", path)
        from spacy.tokens import DocBin
        from spacy.vocab import Vocab

        found, vocab = DocBin(store_user_data=True), Vocab()
        for doc in docs:
            found.add(_spacy_doc(doc, vocab))
        with writing(path.name, path), replacing(path, "wb") as file:
            file.write(found.to_bytes())


def _order(doc: Doc) -> list[int]:
    """Return the rows of the entities in the order in which the reader finds them."""
    outer = without_overlaps(doc.entities, "outer")
    by_place = sorted(outer, key=lambda row: doc.entities[row].start)
    return [*by_place, *(row for row in range(len(doc.entities)) if row not in set(outer))]


def _spacy_doc(doc: Doc, vocab: "Vocab") -> "SpacyDoc":
    from spacy.tokens import Doc as SpacyDoc
    from spacy.tokens import Span

    pieces, place = _pieces(doc)
    starts = {place[start] for start, _ in doc.sentences or ()}
    found = SpacyDoc(
        vocab,
        words=[text for text, _ in pieces],
        spaces=[space for _, space in pieces],
        sent_starts=[number in starts or number == 0 for number in range(len(pieces))] if starts else None,
    )
    spans = [Span(found, place[e.start], place[e.end - 1] + 1, label=e.label) for e in doc.entities]
    outer = without_overlaps(doc.entities, "outer")
    found.set_ents([spans[row] for row in outer])
    inner = [span for row, span in enumerate(spans) if row not in set(outer)]
    if inner:
        found.spans[GROUP] = inner
    relations: dict[tuple[int, int], dict[str, float]] = {}
    for r in doc.relations:
        ends = (spans[r.head].start, spans[r.tail].start)
        relations.setdefault(ends, {})[r.label] = 1.0
    found.user_data["._.", "rel", None, None] = relations
    return found


def _pieces(doc: Doc) -> tuple[list[Piece], list[int]]:
    """Return the tokens of spaCy, of which some are the blanks between words, and the token of each word."""
    text, pieces, place = doc.text or "", list[Piece](), list[int]()
    end = 0
    for start, stop in [*(doc.offsets or ()), (len(text), len(text))]:
        gap = text[end:start]
        if pieces and gap.startswith(" "):
            pieces[-1] = (pieces[-1][0], True)
            gap = gap[1:]
        if gap:
            pieces.append((gap, False))
        if start < stop:
            place.append(len(pieces))
            pieces.append((text[start:stop], False))
        end = stop
    return pieces, place
