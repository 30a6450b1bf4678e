"""The whole of an annotation: checked, begun or gone on with, finished."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jointre.about import __version__
from jointre.annotation.base import Tagger, TaggerSpec
from jointre.annotation.folder import OutputFolder
from jointre.annotation.format import FORMAT, ShardFacts
from jointre.annotation.settings import LabelMap, Settings
from jointre.annotation.shard_reader import load_facts
from jointre.annotation.shard_writer import ShardMaker
from jointre.annotation.source import Advance, TextFile, tasks, text_files
from jointre.annotation.taggers import load_tagger
from jointre.annotation.workers import in_processes


@dataclass(frozen=True)
class Annotation:
    """An annotation that is asked for and can be made.

    Args:
        files: the text.
        folder: where the shards are written.
        tagger, spec: the tagger, and what another process makes it from.
        settings: which documents are made and kept.
        labels: the entity types that may occur.
    """

    files: list[TextFile]
    folder: OutputFolder
    tagger: Tagger
    spec: TaggerSpec
    settings: Settings
    labels: list[str]

    @property
    def lines(self) -> int:
        """Number of lines of the text."""
        return sum(file.lines for file in self.files)

    @property
    def wanted(self) -> dict[str, Any]:
        """What decides the documents."""
        return {
            "format": FORMAT,
            "jointre": __version__,
            "tagger": {"name": str(self.spec), **self.tagger.identity},
            "input": [file.to_json() for file in self.files],
            "options": self.settings.to_json(),
        }

    def run(
        self,
        workers: int = 1,
        force: bool = False,
        advance: Advance = lambda lines: None,
        resumed: Callable[[int], None] = lambda shards: None,
    ) -> dict[str, Any]:
        """Make the shards that are not there yet; returns the contents of ``annotation.json``.

        Args:
            workers: number of processes; 1 for this one.
            force: whether something else in the folder is replaced.
            advance: told how many lines were read since the last time.
            resumed: told how many shards an earlier run has left, if any.

        Raises:
            RefusedError: see `OutputFolder.begin`.
            TrainingError: the disk refuses, or a process died.
        """
        with self.folder.held():
            done = self.folder.begin(self.wanted, force)
            if done is None:
                return load_facts(self.folder.root)
            if done:
                resumed(len(done))
                advance(sum(shard.counts.lines for shard in done.values()))
            made = {shard.number for shard in self._shards(set(done), workers, advance)}
            return self.folder.finish(self.wanted, self.labels, made | set(done))

    def _shards(self, done: set[int], workers: int, advance: Advance) -> Iterator[ShardFacts]:
        todo = tasks(self.files, self.settings.shard_size, done)
        if workers > 1:
            return in_processes(todo, self.spec, self.settings, self.folder.root, workers, advance)
        make = ShardMaker(self.tagger, self.settings, self.folder.root)
        return (make(task, advance) for task in todo)


def prepare(
    source: str,
    folder: Path,
    spec: TaggerSpec,
    settings: Settings,
    advance: Advance = lambda lines: None,
    reader: str | None = None,
) -> Annotation:
    """Look at everything that an annotation needs, and refuse what it cannot be made from; nothing is written.

    Raises:
        RefusedError: the text, the tagger or the labels, with all faults of it.
    """
    files, tagger = text_files(source, advance, reader), load_tagger(spec)
    labels = LabelMap.parse(settings.labels, tagger.labels).new_names(tagger.labels)
    return Annotation(files, OutputFolder(folder), tagger, spec, settings, labels)
