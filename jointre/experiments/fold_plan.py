"""The plan of a cross-validation: its file, and what turns a config into that of one fold."""

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
    """The folds of an experiment, as they stand in its ``folds.json``; `jointre.experiments.folds.load_folds` makes it.

    >>> base = load_config("spert/ade", overrides={"paths.train": "ade_full.json"})
    >>> plan = load_folds({"k": 10}, read_corpus(base), "ade.cfg [folds]")
    >>> plan.write(Path("folds.json"))
    >>> one = load_config(parse(base.text(), base.name), [plan.overlay(base, "folds.json", 0)], {"system.seed": 1})
    """

    def write(self, path: Path) -> None:
        """Write the plan as JSON, one list a line; it replaces an earlier file whole or not at all.

        Raises:
            TrainingError: the disk refuses.
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
        """What to lay over a config to train and score one fold.

        Its [corpora.train], ``dev`` and ``test`` become `jointre.fold.v1` around the reader of [corpora.train], whose
        keys stay as they are; without a dev part ``dev`` is null. Overrides of that reader's keys must be in
        ``config`` already: they stand one level deeper afterwards.

        Args:
            config: the whole config, loaded with its overlays and overrides.
            path: where this plan is written; relative to the working directory, as all paths in configs.
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
    """Every document of a config's [corpora.train], in file order: the corpus that its folds are made of.

    Raises:
        RefusedError: the corpus is not set or cannot be read.
    """
    return list(resolve(config, "corpora.train"))


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
