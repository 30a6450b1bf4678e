"""One annotation: check it, begin or continue it, and finish it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jointre.about import __version__
from jointre.annotation.folder import OutputFolder
from jointre.annotation.format import FORMAT, ShardFacts
from jointre.annotation.settings import LabelMap, Settings
from jointre.annotation.shard_reader import load_facts
from jointre.annotation.shard_writer import ShardMaker
from jointre.annotation.source import Advance, TextFile, tasks, text_files
from jointre.annotation.workers import in_processes
from jointre.taggers.base import Tagger, TaggerSpec
from jointre.taggers.named import load_tagger


@dataclass(frozen=True)
class Annotation:
    """An annotation that has been checked and can be run.

    Args:
        files: the text.
        folder: to which the shards are written.
        tagger: finds the entities.
        spec: from which other processes make the tagger.
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
        """Everything that determines the documents."""
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
        """Make the missing shards, and return the contents of ``annotation.json``.

        Args:
            workers: number of processes; 1 to use this process only.
            force: whether to overwrite something else in the folder.
            advance: called with the number of lines that were read since the last call.
            resumed: called with the number of shards that an earlier run has finished, if any.

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
    """Check everything that an annotation needs, without writing anything.

    Raises:
        RefusedError: the text, the tagger or the labels cannot be used; with all faults.
    """
    files, tagger = text_files(source, advance, reader), load_tagger(spec)
    labels = LabelMap.parse(settings.labels, tagger.labels).new_names(tagger.labels)
    return Annotation(files, OutputFolder(folder), tagger, spec, settings, labels)
