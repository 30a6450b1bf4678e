"""Read the corpora of all variants of an experiment, each once, check them and compute their hashes."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from jointre.config import Config, resolve
from jointre.corpora import Corpora, read_corpora, read_for
from jointre.data.doc import Doc
from jointre.data.folds import Folds
from jointre.data.labels import Labels
from jointre.data.resplit import Edges
from jointre.errors import ConfigError, Fault
from jointre.experiments.spec import Scored
from jointre.readers.base import Reader
from jointre.splitters.base import Splitter
from jointre.training.run_record import hashes, sha256

REMEDY = "set dev_share, or score the test parts"


@dataclass(frozen=True)
class RunData:
    """The data of a run: the corpora to train on, and the documents of each corpus to score."""

    corpora: Corpora
    scored: Mapping[str, list[Doc]]

    @cached_property
    def hashes(self) -> dict[str, dict[str, Any]]:
        """Number and SHA-256 of the documents of each corpus, as in ``run.json`` and ``result.json``."""
        scored = {
            name: {"documents": len(docs), "sha256": sha256(docs)} for name, docs in self.scored.items()
        }
        return {**scored, **hashes(self.corpora)}


class CachedReader(Reader):
    """Read a corpus once and keep its documents."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._docs: list[Doc] | None = None
        self._labels: Labels | None = None

    @property
    def docs(self) -> list[Doc]:
        """All documents of the corpus."""
        if self._docs is None:
            self._docs = list(self.reader)
            self._labels = self.reader.labels()
        return self._docs

    def __iter__(self) -> Iterator[Doc]:
        return iter(self.docs)

    def labels(self) -> Labels | None:
        """Return the types that the corpus declares."""
        return self._labels if self.docs else self.reader.labels()


class FoldPart(Reader):
    """One part of a fold of a cached corpus; the same documents as from `jointre.fold.v1`."""

    def __init__(self, whole: CachedReader, numbers: tuple[int, ...]) -> None:
        self.whole, self.numbers = whole, numbers

    def __iter__(self) -> Iterator[Doc]:
        return (self.whole.docs[number] for number in self.numbers)

    def labels(self) -> Labels:
        """Return the declared types, or else the types of the whole corpus."""
        return self.whole.labels() or Labels.from_docs(self.whole)


@dataclass
class CorpusCache:
    """Give each config its data and read each distinct corpus once.

    Args:
        score: the corpora to score.
        folds: the fold plan; None without cross-validation.
    """

    score: tuple[Scored, ...]
    folds: Folds | None = None
    _readers: dict[str, CachedReader] = field(default_factory=dict)
    _data: dict[tuple[str, int | None], RunData] = field(default_factory=dict)

    def data(self, config: Config, fold: int | None = None) -> RunData:
        """Return the data of a run of a config.

        Raises:
            RefusedError: if a corpus is not set or cannot be read, trained on or scored.
        """
        used = [config.values[name] for name in ("corpora", "splitter")]
        edges: Edges = config["training.edges_inside_words"]
        key = json.dumps([*used, edges], sort_keys=True), fold
        if key not in self._data:
            readers = self._parts(config, fold) if self.folds and fold is not None else self._whole(config)
            missing = [
                Fault(f"the folds have no {name} part", "[folds]", REMEDY)
                for name in self.score
                if name not in readers
            ]
            if missing:
                raise ConfigError("a corpus to score is missing", missing)
            splitter: Splitter = resolve(config, "splitter")
            parts: dict[str, Reader] = {n: readers[n] for n in ("train", "dev") if n in readers}
            corpora = read_corpora(parts, splitter, edges)
            scored: dict[str, list[Doc]] = {
                name: read_for(corpora.labels, readers[name], name, splitter) for name in self.score
            }
            self._data[key] = RunData(corpora, scored)
        return self._data[key]

    def whole(self, config: Config) -> CachedReader:
        """Return the training corpus of a config, which the folds divide."""
        return self._reader(config, "train", resolve(config, "corpora")["train"])

    def _whole(self, config: Config) -> dict[str, Reader]:
        every: Mapping[str, Reader] = resolve(config, "corpora")
        names = ("train", "dev", *self.score)
        wanted = [
            name for name in dict.fromkeys(names) if name != "dev" or name in every or name in self.score
        ]
        return {name: self._reader(config, name, every[name]) for name in wanted}

    def _parts(self, config: Config, fold: int) -> dict[str, Reader]:
        assert self.folds is not None
        whole, given = self.whole(config), self.folds.folds[fold]
        if faults := self.folds.other_corpus(whole.docs, "[corpora.train]"):
            raise ConfigError("the folds belong to another corpus", faults)
        parts = {"train": given.train, "dev": given.dev, "test": given.test}
        return {name: FoldPart(whole, numbers) for name, numbers in parts.items() if numbers}

    def _reader(self, config: Config, name: str, reader: Reader) -> CachedReader:
        key = json.dumps(config.values["corpora"][name], sort_keys=True)
        return self._readers.setdefault(key, CachedReader(reader))
