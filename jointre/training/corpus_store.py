"""Corpora that are larger than memory: documents and encodings in files that runs share.

An entry of the store is a folder, made by one step from one corpus. Its name contains a hash of everything that the
result of the step depends on. It is written under another name and renamed, so it is complete or absent.
"""

import hashlib
import json
import os
import platform
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from importlib.metadata import distributions
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import jointre
from jointre.config import Config
from jointre.config.inputs import inputs
from jointre.config.tree import function_of, walk
from jointre.corpora import Facts
from jointre.data.atomic_write import file_sha256, private_folder, remove_parts, sync, writing
from jointre.data.doc import Doc
from jointre.data.encoded_corpus import EncodedCorpus, write_encodings
from jointre.data.encoding import Encoding
from jointre.data.flat_files import MANIFEST, Damaged, link_equal_files
from jointre.data.stored_docs import StoredDocs, write_docs
from jointre.registry import registry
from jointre.tokenizers.base import Tokenizer

LARGE_WORDS = 5_000_000
"""Number of words above which a corpus is stored."""

LARGE_FILES = 10_000_000
"""Bytes of the files of a corpus above which the store is asked for it before it is read."""

ABANDONED = 86_400.0  # seconds after which nobody can still be writing an entry
AUTO = "jointre.auto.v1"
READ_BY = ("splitter", "segmenter", "training.edges_inside_words", "training.max_words")
T = TypeVar("T")


def default_folder() -> Path:
    """Return the folder of the store if the config names none: ``jointre/corpora`` in the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(cache) if os.path.isabs(cache) else Path.home() / ".cache") / "jointre" / "corpora"


class CorpusStore:
    """Keeps the corpora of a run: small ones in memory, large ones in files.

    Args:
        config: of the run. ``training.corpus_store`` and ``training.corpus_folder`` say what is stored, and where.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.mode: str = config["training.corpus_store"]
        folder = config["training.corpus_folder"]
        self.folder = default_folder() if folder is None else Path(folder)
        self._keys: dict[str, str] = {}
        self._used: dict[str, Path] = {}
        self._last: dict[str, Sequence[Doc]] = {}

    def keep(
        self, corpus: str, step: str, docs: Iterable[Doc], facts: Callable[[], Facts]
    ) -> tuple[Sequence[Doc], Facts]:
        """Keep the documents of a step; see `jointre.corpora.Keep`.

        Raises:
            TrainingError: they cannot be written.
        """
        earlier = self._last.get(corpus)
        if not self._is_large(corpus, earlier):
            kept = list(docs) if self.mode == "memory" or earlier is not None else self._first(docs)
            if isinstance(kept, list):
                self._last[corpus] = kept
                return kept, facts()
            docs = kept

        def write(folder: Path) -> None:
            write_docs(folder, docs, lambda: {"facts": dict(facts())})
            if isinstance(earlier, StoredDocs):
                link_equal_files(folder, earlier.folder)

        stored = self._entry(corpus, step, self._key(corpus), write, StoredDocs)
        self._last[corpus] = stored
        return stored, stored.facts["facts"]

    def encodings(
        self,
        corpus: str,
        docs: Sequence[Doc],
        encodings: Iterator[Encoding],
        tokenizer: Tokenizer,
        options: Sequence[object],
    ) -> EncodedCorpus:
        """Keep the encodings of documents, or of their segments, where the documents are kept.

        Args:
            corpus: name of the corpus.
            docs: the documents.
            encodings: yields them; not asked for any if they are already stored.
            tokenizer: makes the encodings; built.
            options: what else they depend on, such as the encoder's limit; JSON-ready.

        Raises:
            TrainingError: they cannot be written.
        """
        if not isinstance(docs, StoredDocs):
            return EncodedCorpus.in_memory(docs, encodings)
        key = _sha256([self._key(corpus), self.config.values["tokenizer"], _files_of(tokenizer), options])
        return self._entry(
            corpus,
            "encodings",
            key,
            lambda folder: write_encodings(folder, encodings),
            lambda folder: EncodedCorpus.open(docs, folder),
        )

    def notices(self) -> list[str]:
        """Return a line for each corpus that is in files: where, and how large."""
        sizes = {
            name: sum(file.stat().st_size for file in folder.iterdir()) for name, folder in self._used.items()
        }
        return [
            f"{name}: kept in {folder} ({sizes[name] / 1e6:,.0f} MB)" for name, folder in self._used.items()
        ]

    def _is_large(self, corpus: str, earlier: Sequence[Doc] | None) -> bool:
        """Return whether a corpus is stored, as far as that is known before it is read."""
        if self.mode != "auto" or earlier is not None:
            return self.mode == "disk" or isinstance(earlier, StoredDocs)
        files = (file for path in self._inputs(corpus) for file in _files_in(path))
        return sum(file.stat().st_size for file in files) > LARGE_FILES and self._is_there(corpus)

    def _is_there(self, corpus: str) -> bool:
        return self._is_reusable(corpus) and self._target(corpus, "read", self._key(corpus)).exists()

    def _first(self, docs: Iterable[Doc]) -> list[Doc] | Iterator[Doc]:
        """Return the documents as a list, or as an iterator if they are large."""
        rest, first, words = iter(docs), list[Doc](), 0
        for doc in rest:
            first.append(doc)
            words += len(doc.words)
            if words > LARGE_WORDS:
                return chain(_taken(first), rest)
        return first

    def _entry(
        self, corpus: str, step: str, key: str, write: Callable[[Path], None], read: Callable[[Path], T]
    ) -> T:
        """Return an entry of the store; write it if it is not there or damaged.

        If the key cannot tell whether an entry is up to date, it is always written, and named after its contents.
        """
        target = self._target(corpus, step, key)
        with writing("the stored corpus", self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            remove_parts(self.folder, ABANDONED)
        found = _intact(target, read) if self._is_reusable(corpus) else None
        if found is None:
            with private_folder(target) as private:
                new = private / "new"
                new.mkdir()
                write(new)
                if not self._is_reusable(corpus):
                    target = self._target(corpus, step, file_sha256(new / MANIFEST))
                found = _put(new, private / "old", target, read)
        self._used[f"{corpus} ({step})"] = target
        return found

    def _target(self, corpus: str, step: str, key: str) -> Path:
        return self.folder / f"{corpus}-{step}-{key[:32]}"

    def _key(self, corpus: str) -> str:
        """Return a hash of what the documents of a corpus depend on: config, files, and software."""
        if corpus not in self._keys:
            values = [self.config[key] if "." in key else self.config.values.get(key) for key in READ_BY]
            names = sorted({"train", corpus})  # dev depends on the types of train
            values += [self.config.values["corpora"][name] for name in names]
            paths = {str(path): _contents(path) for name in names for path in self._inputs(name)}
            self._keys[corpus] = _sha256([values, paths, _software()])
        return self._keys[corpus]

    def _inputs(self, corpus: str) -> list[Path]:
        """Return the files and folders that a corpus, its words and its segments are made from."""
        named = [item for item in inputs(self.config) if item.key[0] in ("corpora", "splitter", "segmenter")]
        return [Path(item.value) for item in named if item.key[0] != "corpora" or item.key[1] == corpus]

    def _is_reusable(self, corpus: str) -> bool:
        """Return whether only jointre's own components determine the documents and encodings.

        Files of a user and plugins in development change without another version.
        """
        values = self.config.values
        parts = [values["corpora"], *(values.get(name) for name in ("splitter", "segmenter", "tokenizer"))]
        functions = [
            found for part in parts for _, value in walk({"": part}) if (found := function_of(value))
        ]
        packages = {getattr(registry, key[1:]).package(name) for key, name in functions}
        if AUTO in dict(functions).values():
            packages |= {registry.readers.package(name) for name in registry.readers.get_all()}
        return packages == {"jointre"}


def _taken(docs: list[Doc]) -> Iterator[Doc]:
    """Yield the documents of a list, and forget each of them."""
    docs.reverse()
    while docs:
        yield docs.pop()


def _put(new: Path, old: Path, target: Path, read: Callable[[Path], T]) -> T:
    """Let a new entry take its place, unless another run has put an intact one there meanwhile."""
    if (found := _intact(target, read)) is not None:
        return found
    with suppress(FileNotFoundError):
        os.rename(target, old)
    with suppress(OSError):  # another run was faster; if it was something else, reading fails
        os.rename(new, target)
        sync(target.parent)
    return read(target)


def _intact(folder: Path, read: Callable[[Path], T]) -> T | None:
    try:
        return read(folder)
    except Damaged:
        return None


def _contents(path: Path) -> dict[str, str]:
    """Return the hashes of the files that a path names, by their names below it."""
    return {str(file.relative_to(path)): file_sha256(file) for file in _files_in(path)}


def _files_in(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file())
    return [path] if path.is_file() else []


def _files_of(tokenizer: Tokenizer) -> dict[str, str]:
    """Return the hashes of the files of a built tokenizer."""
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save(Path(folder))
        return _contents(Path(folder))


def _software() -> list[Any]:
    """Return everything that is installed, and the state of jointre's own files."""
    root = Path(jointre.__file__).parent
    stats = [(str(file.relative_to(root)), file.stat()) for file in sorted(root.rglob("*.py"))]
    own = [[name, stat.st_size, stat.st_mtime_ns] for name, stat in stats]
    installed = sorted({f"{item.name} {item.version}" for item in distributions()})
    return [platform.python_version(), installed, own]


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=repr).encode()).hexdigest()
