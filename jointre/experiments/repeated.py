"""Equal sentences in different parts of a fold: what was trained on is then tested on."""

from collections.abc import Iterator, Mapping, Sequence

from jointre.data.doc import Doc
from jointre.data.folds import Fold, Part

SEEN: Mapping[Part, tuple[Part, ...]] = {"test": ("dev", "train"), "dev": ("train",)}


def repeated(folds: Sequence[Fold], docs: Sequence[Doc]) -> list[str]:
    """A notice each for the test and the dev documents with the words of a document that training has seen."""
    notices = []
    for part, seen in SEEN.items():
        pairs = [(row, *pair) for row, fold in enumerate(folds) for pair in across(fold, docs, part, seen)]
        if pairs:
            row, number, other = pairs[0]
            what = f"{len(pairs)} {part} documents" if len(pairs) > 1 else f"a {part} document"
            first = f"first: {name_of(docs, number)} as {name_of(docs, other)}, fold {row}"
            notices.append(
                f"folds: {what} with the words of a {' or '.join(seen)} document of the fold ({first})"
            )
    return notices


def across(fold: Fold, docs: Sequence[Doc], part: Part, others: Sequence[Part]) -> Iterator[tuple[int, int]]:
    """The documents of a part whose words stand in other parts of the fold, too, each with the first such document."""
    there: dict[tuple[str, ...], int] = {}
    for other in others:
        for number in getattr(fold, other):
            there.setdefault(tuple(docs[number].words), number)
    for number in getattr(fold, part):
        if tuple(docs[number].words) in there:
            yield number, there[tuple(docs[number].words)]


def name_of(docs: Sequence[Doc], number: int) -> str:
    """How messages call a document: its number, and where it was read from."""
    place = (docs[number].where or docs[number].id) if number < len(docs) else ""
    return f"{number} ({place})" if place else str(number)
