"""Find documents with the same words, within a corpus and in two corpora."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from jointre.console import number_of, part_of
from jointre.data.doc import Doc
from jointre.inspection.findings import Case, Finding, Splits, place

Seen = dict[tuple[str, ...], list[int]]
Twin = tuple[bool, Case]  # whether it has the same annotation as the other document


def repeats(splits: Splits) -> Iterator[Finding]:
    """Find documents with the words of an earlier one, and documents that also occur in another corpus.

    Only hashes of all documents are kept in memory, and the words of those that share a hash.
    """
    hashes = {split: _hashes(docs) for split, docs in splits.items()}
    for split, docs in splits.items():
        values, times = np.unique(hashes[split], return_counts=True)
        yield from _within(split, docs, _by_words(docs, np.isin(hashes[split], values[times > 1])))
    for first, second in combinations(splits, 2):
        seen = _by_words(splits[first], np.isin(hashes[first], hashes[second]))
        yield from _across(first, splits[first], seen, second, splits[second])


def _hashes(docs: Sequence[Doc]) -> np.ndarray:
    return np.fromiter((hash(tuple(doc.words)) for doc in docs), np.int64, len(docs))


def _by_words(docs: Sequence[Doc], chosen: np.ndarray) -> Seen:
    """Return the rows of the documents with the same words, of those that are ``chosen`` [N] bool."""
    seen: Seen = {}
    for number in np.flatnonzero(chosen).tolist():
        seen.setdefault(tuple(docs[number].words), []).append(number)
    return seen


def _within(split: str, docs: Sequence[Doc], seen: Seen) -> Iterator[Finding]:
    twins: list[Twin] = []
    for number, first in sorted((number, rows[0]) for rows in seen.values() for number in rows[1:]):
        alike = docs[number].annotation() == docs[first].annotation()
        twins.append((alike, _twin(split, number, docs[number], place(split, first, docs[first]), alike)))
    if twins:
        what = f"{number_of(len(twins), 'document')} with the words of an earlier one"
        yield _finding("repeated", split, what, twins)


def _across(
    first: str, there: Sequence[Doc], seen: Seen, second: str, docs: Sequence[Doc]
) -> Iterator[Finding]:
    twins: list[Twin] = []
    for number, doc in enumerate(docs):
        rows = seen.get(tuple(doc.words), [])
        if rows:
            alike = [row for row in rows if there[row].annotation() == doc.annotation()]
            row = (alike or rows)[0]
            twin = _twin(second, number, doc, place(first, row, there[row]), bool(alike))
            twins.append((bool(alike), twin))
    if twins:
        what = f"{part_of(len(twins), len(docs), 'document')} in {first} as well"
        yield _finding("shared", second, what, twins)


def _finding(kind: str, split: str, what: str, twins: Sequence[Twin]) -> Finding:
    """Return a finding that lists documents with different annotations first."""
    places = [twin for _, twin in sorted(twins, key=lambda item: item[0])]
    different = sum(not alike for alike, _ in twins)
    aside = f", {different} annotated differently" if different else ""
    return Finding(kind, split, f"{what}{aside}", len(places), places)


def _twin(split: str, number: int, doc: Doc, other: Case, alike: bool) -> Case:
    return place(split, number, doc, f"as {other}{'' if alike else ', annotated differently'}")
