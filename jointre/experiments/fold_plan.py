"""The plan of a cross-validation: its file, and the config of each fold."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from jointre.config import Config, resolve
from jointre.config.source import Source
from jointre.config.tree import Tree, lookup
from jointre.data.atomic_write import write_text
from jointre.data.doc import Doc
from jointre.data.folds import PARTS, Fold, Folds, Part


class FoldPlan(Folds):
    """The folds of an experiment, as in its ``folds.json``; see `jointre.experiments.folds.load_folds`.

    >>> base = load_config("spert/ade", overrides={"paths.train": "ade_full.json"})
    >>> plan = load_folds({"k": 10}, read_corpus(base), "ade.cfg [folds]")
    >>> plan.write(Path("folds.json"))
    >>> one = load_config(parse(base.text(), base.name), [plan.overlay(base, "folds.json", 0)], {"system.seed": 1})
    """

    def write(self, path: Path) -> None:
        """Write the plan as JSON, one list per line; an earlier file is replaced atomically.

        Raises:
            TrainingError: if the file cannot be written.
        """
        facts = {"documents": self.documents, "sha256": self.sha256, "made": dict(self.made)}
        head = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in facts.items()]
        head.append(f'"notices": {json.dumps(self.notices, indent=1, ensure_ascii=False)}')
        rows = [
            ",\n ".join(f"{json.dumps(part)}: {json.dumps(getattr(fold, part))}" for part in PARTS)
            for fold in self.folds
        ]
        folds = ",\n".join(f"{{{row}}}" for row in rows)
        write_text(path, "{" + ",\n".join(head) + f',\n"folds": [\n{folds}\n]}}\n')

    def overlay(self, config: Config, path: str | Path, fold: int) -> Source:
        """Return an overlay that makes a config train and score one fold.

        ``[corpora.train]``, ``[corpora.dev]`` and ``[corpora.test]`` become `jointre.fold.v1` around the reader of
        ``[corpora.train]``, whose keys are kept. Without a dev part, ``dev`` is null. Set the keys of that reader in
        ``config`` beforehand, because they move one level down.

        Args:
            config: the whole config, loaded with its overlays and overrides.
            path: file of this plan, relative to the working directory like all paths in configs.
            fold: number of the fold, from 0.
        """
        inner = lookup(config.tree, ("corpora", "train"))
        given = self.folds[fold]

        def reader(part: str) -> Tree:
            return {
                "@readers": "jointre.fold.v1",
                "plan": str(path),
                "fold": fold,
                "part": part,
                "reader": inner,
            }

        corpora = {part: reader(part) if getattr(given, part) else None for part in PARTS}
        whole = frozenset(("corpora", part) for part in PARTS)  # replaced, not merged with what is there
        return Source(f"fold {fold} of {path}", {"corpora": corpora}, {}, whole)


def read_corpus(config: Config) -> list[Doc]:
    """Return all documents of a config's ``[corpora.train]``, in file order: the corpus that its folds divide.

    Raises:
        RefusedError: if the corpus is not set or cannot be read.
    """
    return list(resolve(config, "corpora.train"))


SEEN: Mapping[Part, tuple[Part, ...]] = {"test": ("dev", "train"), "dev": ("train",)}


def repeated(folds: Sequence[Fold], docs: Sequence[Doc]) -> list[str]:
    """Return notices about test and dev documents that have the same words as a document seen in training."""
    notices = []
    for part, seen in SEEN.items():
        pairs = [
            (number, *pair) for number, fold in enumerate(folds) for pair in across(fold, docs, part, seen)
        ]
        if pairs:
            fold_number, document, other = pairs[0]
            what = f"{len(pairs)} {part} documents" if len(pairs) > 1 else f"a {part} document"
            first = f"first: {name_of(docs, document)} and {name_of(docs, other)}, fold {fold_number}"
            notices.append(f"folds: {what} with the same words as a {' or '.join(seen)} document ({first})")
    return notices


def across(fold: Fold, docs: Sequence[Doc], part: Part, others: Sequence[Part]) -> Iterator[tuple[int, int]]:
    """Yield the documents of a part with the same words as a document of other parts, each with the first of those."""
    there: dict[tuple[str, ...], int] = {}
    for other in others:
        for number in getattr(fold, other):
            there.setdefault(tuple(docs[number].words), number)
    for number in getattr(fold, part):
        if tuple(docs[number].words) in there:
            yield number, there[tuple(docs[number].words)]


def name_of(docs: Sequence[Doc], number: int) -> str:
    """Return the name of a document in messages: its number and the place it was read from."""
    place = (docs[number].where or docs[number].id) if number < len(docs) else ""
    return f"{number} ({place})" if place else str(number)
