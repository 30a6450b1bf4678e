"""Bulk conversion: from files of any size to a folder of shards in another format."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jointre.about import __version__
from jointre.config import import_code
from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.engines.base import Do, Tick, Work
from jointre.errors import DataError, Fault
from jointre.jobs.encode import encoded, refuse_folders
from jointre.jobs.folder import FORMAT, JobFolder, shard_facts
from jointre.jobs.inputs import InputFile, Origin
from jointre.jobs.run import Job, Made
from jointre.jobs.source import Task
from jointre.writers.named import NamedWriter


class ConvertWork(Work):
    """Makes shards with a writer.

    Args:
        origins: the files of the input.
        writer: the registered name of the format.
        arguments: of the writer.
        strict: whether lost annotation is an error.
        code: Python files with components of the user's own.
    """

    def __init__(
        self,
        origins: Sequence[Origin],
        writer: str,
        arguments: Mapping[str, Any],
        strict: bool = False,
        code: Sequence[Path] = (),
    ) -> None:
        self.origins, self.writer, self.arguments = origins, writer, arguments
        self.strict, self.code = strict, [file.absolute() for file in code]

    def begin(self, device: str | None) -> Do:
        """Return the function that makes a shard."""
        for file in self.code:
            import_code(file)
        return self.shard

    def shard(self, task: Task, tick: Tick) -> Made:
        """Return the file of a task's shard, or no file if the format holds none of its documents, and its facts."""
        report, changes, docs = Report(), Report(), list[Doc]()
        for stretch in task.stretches:
            docs += self.origins[stretch.row].docs(stretch, report, gold=True)
            tick(len(stretch.lines))
        data = encoded(docs, NamedWriter(self.writer, self.arguments).make(), changes) if docs else None
        lost = [Fault(f"{count.what}: {count.times}", count.first) for count in changes.counts if count.lost]
        if self.strict and lost:
            raise DataError("the format cannot hold all annotation, so the job was stopped", lost)
        written = len(docs) - changes.lost["documents"]
        counts = {
            "lines": sum(len(stretch.lines) for stretch in task.stretches),
            "read": len(docs),
            "documents": written,
            "entities": sum(len(doc.entities) for doc in docs),
            "relations": sum(len(doc.relations) for doc in docs),
            "lost_entities": changes.lost["entities"],
            "lost_relations": changes.lost["relations"],
        }
        return Made(data if written else None, shard_facts(counts, report, changes.counts, {}))


def conversion(
    files: Sequence[InputFile],
    folder: Path,
    named: NamedWriter,
    strict: bool,
    shard_size: int,
    code: Sequence[Path],
) -> Job:
    """Return a job that writes the documents of files in another format.

    Args:
        files: the input.
        folder: the output.
        named: the format.
        strict: whether lost annotation is an error.
        shard_size: number of lines of the input per shard.
        code: Python files with components of the user's own.

    Raises:
        RefusedError: the input or the format cannot be used in this way.
    """
    writer = named.make()
    refuse_folders(writer, named.name, "--to")
    if text := [file for file in files if file.origin.form == "text"]:
        remedy = "give a corpus, or annotate the text with jointre predict"
        raise DataError(
            "raw text has no annotation", [Fault("is raw text", f.origin.path, remedy) for f in text]
        )
    options = {
        "writer": named.name,
        "arguments": dict(named.arguments),
        "strict": strict,
        "shard_size": shard_size,
    }
    wanted = {
        "format": FORMAT,
        "kind": "conversion",
        "jointre": __version__,
        "input": [file.to_json() for file in files],
        "options": options,
    }
    origins = [file.origin for file in files]
    work = ConvertWork(origins, named.name, named.arguments, strict, code)
    return Job(JobFolder(folder, "conversion", writer), wanted, files, shard_size, work)
