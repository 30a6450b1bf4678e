"""Annotation as a job: from raw text to a folder of shards of documents with entities."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from jointre.about import __version__
from jointre.annotation.folder import OutputFolder
from jointre.annotation.format import FORMAT
from jointre.annotation.settings import LabelMap, Settings
from jointre.annotation.shard_writer import ShardMaker
from jointre.annotation.source import TextFile
from jointre.config import import_code
from jointre.engines.base import Work
from jointre.errors import Fault, UsageError
from jointre.jobs.changes import differences
from jointre.jobs.run import Job
from jointre.taggers.base import Tagger, TaggerSpec
from jointre.taggers.named import load_tagger

SAME = "install the same versions and copy the same files to all machines"


class AnnotateWork(Work):
    """Makes shards with a tagger.

    Args:
        spec: from which a worker makes the tagger; a device of the engine replaces its own.
        identity: of the tagger that was checked; see `Tagger`.
        settings: which documents are made and kept.
        tagger: the loaded tagger, for a worker in this process.
    """

    def __init__(
        self,
        spec: TaggerSpec,
        identity: Mapping[str, Any],
        settings: Settings,
        tagger: Tagger | None = None,
    ) -> None:
        self.spec, self.identity = spec.absolute(), dict(identity)
        self.settings, self.tagger = settings, tagger

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "tagger": None}

    def begin(self, device: str | None) -> ShardMaker:
        """Load the tagger, and return the function that makes a shard.

        Raises:
            RefusedError: the tagger cannot be loaded, or is not the one that was checked.
        """
        return ShardMaker(self.tagger or self._load(device), self.settings)

    def _load(self, device: str | None) -> Tagger:
        for file in self.spec.code:
            import_code(file)
        tagger = load_tagger(replace(self.spec, device=device or self.spec.device))
        faults = [
            Fault(f"{key} is {here!r} for this command, and {there!r} for a worker", "--tagger", SAME)
            for key, here, there in differences("tagger", self.identity, tagger.identity)
        ]
        if faults:
            raise UsageError("a worker has another tagger", faults)
        return tagger


def annotation(
    files: Sequence[TextFile],
    folder: Path,
    spec: TaggerSpec,
    tagger: Tagger,
    settings: Settings,
    keep: bool = True,
) -> Job:
    """Return a job that annotates files of raw text.

    Args:
        files: the text.
        folder: the output.
        spec: from which workers make the tagger.
        tagger: made from it.
        settings: which documents are made and kept.
        keep: whether a worker in this process uses ``tagger``; otherwise it can be deleted.

    Raises:
        UsageError: the tagger does not have the labels; with all faults.
    """
    labels = LabelMap.parse(settings.labels, tagger.labels).new_names(tagger.labels)
    wanted = {
        "format": FORMAT,
        "jointre": __version__,
        "tagger": {"name": str(spec), **tagger.identity},
        "input": [file.to_json() for file in files],
        "options": settings.to_json(),
    }
    work = AnnotateWork(spec, tagger.identity, settings, tagger if keep else None)
    return Job(OutputFolder(folder, tuple(labels)), wanted, files, settings.shard_size, work)
