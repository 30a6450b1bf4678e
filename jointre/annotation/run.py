"""One annotation: check it, begin or continue it, and finish it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jointre.about import __version__
from jointre.annotation.folder import OutputFolder
from jointre.annotation.format import FORMAT
from jointre.annotation.settings import LabelMap, Settings
from jointre.annotation.shard_writer import ShardMaker
from jointre.annotation.source import Advance, TextFile, text_files
from jointre.engines.base import Work
from jointre.engines.local import LocalEngine
from jointre.jobs.run import Job
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
    """

    files: list[TextFile]
    folder: OutputFolder
    tagger: Tagger
    spec: TaggerSpec
    settings: Settings

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
        size = self.settings.shard_size
        work = AnnotateWork(self.spec, self.settings, self.tagger)
        job = Job(self.folder, self.wanted, self.files, size, work)
        with self.folder.held():
            return job.run(LocalEngine(workers), force, advance, resumed)


class AnnotateWork(Work):
    """Makes shards with a tagger.

    Args:
        spec: from which a worker makes the tagger.
        settings: which documents are made and kept.
        tagger: for a worker in this process.
    """

    def __init__(self, spec: TaggerSpec, settings: Settings, tagger: Tagger | None = None) -> None:
        self.spec, self.settings, self.tagger = spec, settings, tagger

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "tagger": None}

    def begin(self, device: str | None) -> ShardMaker:
        """Return the function that makes a shard."""
        return ShardMaker(self.tagger or load_tagger(self.spec), self.settings)


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
    return Annotation(files, OutputFolder(folder, tuple(labels)), tagger, spec, settings)
