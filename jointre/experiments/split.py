"""Divide a corpus into train, dev and test."""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from jointre.data.doc import Doc
from jointre.data.folds import PARTS, Part
from jointre.data.report import CorpusError
from jointre.errors import Fault, UsageError
from jointre.experiments.partition import Kind, partition
from jointre.printable import dump_json

ENOUGH = 1e-6  # by which the sum of shares may differ from 1


def split(
    docs: Sequence[Doc],
    shares: Mapping[Part, float],
    kind: Kind = "plain",
    seed: int = 0,
    group_by: str | None = None,
) -> dict[Part, list[Doc]]:
    """Return the documents of each part, in corpus order; documents with the same words are in one part.

    Args:
        docs: the corpus.
        shares: the share of each part; their sum is 1. A part with the share 0 is left out.
        kind: "plain": at random; "stratified": each part gets its share of every relation and entity type.
        seed: random seed.
        group_by: a key of ``Doc.meta``; documents with the same value are in one part.

    Raises:
        UsageError: the shares are not shares of a whole.
        DataError: a part would be empty, or documents lack the key.
    """
    check_shares(shares)
    parts = [part for part in PARTS if shares.get(part)]
    sizes = _sizes(len(docs), [shares[part] for part in parts])
    groups = None if group_by is None else _groups(docs, group_by)
    found = partition(docs, range(len(docs)), sizes, kind, True, f"{seed} split", groups)
    empty = [part for part, numbers in zip(parts, found, strict=True) if not numbers]
    if empty:
        what = f"{len(docs)} documents leave {' and '.join(empty)} empty"
        remedy = "choose other shares, or fewer documents that stay together"
        raise CorpusError("the corpus cannot be split", [Fault(what, remedy=remedy)])
    return {part: [docs[n] for n in numbers] for part, numbers in zip(parts, found, strict=True)}


def check_shares(shares: Mapping[Part, float]) -> None:
    """Refuse shares that are not between 0 and 1, or do not add up to 1.

    Raises:
        UsageError: with all faults.
    """
    faults = [
        Fault(f"the share is {share:g}", f"--{part}", "a share is between 0 and 1")
        for part, share in shares.items()
        if not 0 <= share <= 1
    ]
    total = math.fsum(shares.values())
    if not faults and abs(total - 1) > ENOUGH:
        names = ", ".join(f"--{part} {share:g}" for part, share in shares.items())
        faults.append(Fault(f"the shares add up to {total:g}, not 1", names, "correct one of them"))
    if faults:
        raise UsageError("the corpus cannot be split", faults)


def _sizes(total: int, shares: Sequence[float]) -> list[int]:
    """Return whole sizes nearest to the shares of a total; the largest remainders are rounded up."""
    exact = [share * total for share in shares]
    sizes = [math.floor(size + ENOUGH) for size in exact]
    by_rest = sorted(range(len(sizes)), key=lambda part: sizes[part] - exact[part])
    for part in by_rest[: total - sum(sizes)]:
        sizes[part] += 1
    return sizes


def _groups(docs: Sequence[Doc], key: str) -> list[Hashable]:
    faults = [
        Fault(f"the document has no {key!r}", doc.where or doc.id) for doc in docs if key not in doc.meta
    ]
    if faults:
        keys = list(dict.fromkeys(name for doc in docs for name in doc.meta))
        remedy = (
            f"the documents have the keys {', '.join(keys)}" if keys else "the documents have no other keys"
        )
        raise CorpusError("the documents cannot be grouped", [Fault(remedy, "--group-by"), *faults])
    return [_group(doc.meta[key]) for doc in docs]


def _group(value: Any) -> Hashable:
    return value if isinstance(value, str) else dump_json(value)
