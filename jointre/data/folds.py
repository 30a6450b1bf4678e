"""Folds: the parts of a corpus in cross-validation, as lists of document numbers."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from jointre.data.doc import Doc
from jointre.data.fold_checks import check_folds, is_number
from jointre.data.report import CorpusError
from jointre.data.strict_read import load_json
from jointre.errors import Fault

Part = Literal["train", "dev", "test"]
PARTS: tuple[Part, ...] = get_args(Part)
Self = TypeVar("Self", bound="Folds")


@dataclass(frozen=True)
class Fold:
    """The documents of each part, by their number in the corpus, from 0; ``dev`` may be empty."""

    train: tuple[int, ...]
    dev: tuple[int, ...]
    test: tuple[int, ...]


@dataclass(frozen=True)
class Folds:
    """The folds of one corpus; each document is in one test part, and in one part of each fold.

    Args:
        documents: the number of documents in the corpus.
        sha256: the `digest` of the corpus.
        folds: the folds in order.
        made: how they were made, for people who read the file.
        notices: what the user should know about the folds.
    """

    documents: int
    sha256: str
    folds: tuple[Fold, ...]
    made: Mapping[str, Any] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    @property
    def k(self) -> int:
        """The number of folds."""
        return len(self.folds)

    @classmethod
    def read(cls: type[Self], path: str | Path) -> Self:
        """Return the folds in a file that `FoldPlan.write` wrote.

        Raises:
            DataError: with all faults of the file.
        """
        return cls.from_json(load_json(Path(path)), str(path))

    @classmethod
    def from_json(cls: type[Self], data: Any, where: str, name: Callable[[int], str] = str) -> Self:
        """Return the folds in a JSON value; ``where`` and ``name`` name the file and the documents in messages."""
        data = data if isinstance(data, dict) else {}
        documents, sha256, rows = (data.get(key) for key in ("documents", "sha256", "folds"))
        faults = [
            Fault(f"there is no {key!r} that is {what}", where, "let jointre write this file")
            for key, what, holds in (
                ("documents", "a number above 0", is_number(documents) and documents > 0),
                ("sha256", "text", isinstance(sha256, str)),
                ("folds", "a list", isinstance(rows, list)),
            )
            if not holds
        ]
        if not faults:
            faults = check_folds(rows, PARTS, documents, where, name)
        if faults:
            raise CorpusError(f"{where}: invalid folds", faults)
        folds = tuple(Fold(*(tuple(row[part]) for part in PARTS)) for row in rows)
        made, notices = data.get("made"), data.get("notices")
        return cls(
            documents,
            sha256,
            folds,
            made if isinstance(made, dict) else {},
            tuple(notices) if isinstance(notices, list) else (),
        )

    def other_corpus(self, docs: Sequence[Doc], where: str) -> list[Fault]:
        """Return a fault if ``docs`` are not the corpus of these folds."""
        if len(docs) != self.documents:
            what = f"the folds are of a corpus with {self.documents} documents, this one has {len(docs)}"
        elif digest(docs) != self.sha256:
            what = "the folds are of a corpus with other words"
        else:
            return []
        return [Fault(what, where, "give the corpus that they were made for, or make folds for this one")]


def digest(docs: Iterable[Doc]) -> str:
    """Return the SHA-256 of the words of the documents in their order; corrected annotation does not change it."""
    found = hashlib.sha256()
    for doc in docs:
        found.update(json.dumps(doc.words).encode() + b"\n")
    return found.hexdigest()
