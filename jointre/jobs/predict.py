"""Bulk prediction: from files of any size to a folder of shards with the predicted documents."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from jointre.about import __version__
from jointre.config import import_code
from jointre.data.atomic_write import file_sha256
from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.data.segments import by_sentence, count_cut
from jointre.data.validate import check_labels
from jointre.engines.base import Tick, Work
from jointre.errors import DataError, Fault
from jointre.jobs.encode import encoded, refuse_folders
from jointre.jobs.folder import FORMAT, JobFolder, shard_facts
from jointre.jobs.given import docs_of_pairs
from jointre.jobs.inputs import InputFile, Origin
from jointre.jobs.run import Job, Made
from jointre.jobs.source import Task
from jointre.model_folder import META
from jointre.pipeline import Pipeline, load
from jointre.predict import Predictor
from jointre.readers.given_entities import ANNOTATED
from jointre.registry import registry
from jointre.serialize import find_model
from jointre.system import keep_large_buffers
from jointre.writers.base import Writer
from jointre.writers.named import NamedWriter

REPORTS = (META, "README.md")  # files of a model folder on which predictions do not depend


@dataclass(frozen=True)
class PredictSettings:
    """What determines the predictions besides the input and the model.

    Args:
        writer: the registered name of the format of the shards.
        arguments: of the writer.
        level: what a record is: ``document`` or ``sentence``.
        given: whether relations are predicted between given entities.
        entities: the SHA-256 of each file with the given entities, by its name; None if they are those of the input.
            With such a file, the files of the input are `paired`.
        threshold, decoder, precision, batch_pieces: as ``jointre predict`` takes them.
    """

    writer: str = "jointre.jsonl.v1"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    level: str = "document"
    given: bool = False
    entities: Mapping[str, str] | None = None
    threshold: float | None = None
    decoder: str | None = None
    precision: str = "fp32"
    batch_pieces: int | None = None

    def make_writer(self) -> Writer:
        """Return the writer of the shards."""
        return NamedWriter(self.writer, self.arguments).make(level=self.level)

    def predictor(self, pipeline: Pipeline) -> Predictor:
        """Return the predictor."""
        return pipeline.predictor(self.precision, self.batch_pieces, self.given, self.threshold)


class PredictWork(Work):
    """Makes shards with a model.

    Args:
        model: the model folder.
        device: the device of a worker to which the engine gives none.
        origins: the files of the input.
        settings: what determines the predictions.
        code: Python files with components of the user's own.
        pipeline: the loaded model, for a worker in this process.
    """

    def __init__(
        self,
        model: Path,
        device: str,
        origins: Sequence[Origin],
        settings: PredictSettings,
        code: Sequence[Path] = (),
        pipeline: Pipeline | None = None,
    ) -> None:
        self.model, self.device, self.origins, self.settings = model, device, origins, settings
        self.code, self.pipeline = [file.absolute() for file in code], pipeline

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "pipeline": None}

    def begin(self, device: str | None) -> "ShardPredictor":
        """Load the model, and return the function that makes a shard."""
        pipeline = self.pipeline
        if pipeline is None:
            for file in self.code:
                import_code(file)
            keep_large_buffers()
            pipeline = load(self.model, device or self.device)
            if self.settings.decoder is not None:
                pipeline.model.use_decoder(registry.decoders.get(self.settings.decoder)())
        return ShardPredictor(pipeline, self.origins, self.settings)


class ShardPredictor:
    """Predicts the documents of a shard with a loaded model."""

    def __init__(self, pipeline: Pipeline, origins: Sequence[Origin], settings: PredictSettings) -> None:
        self.pipeline, self.origins, self.settings = pipeline, origins, settings
        self.writer, self.predictor = settings.make_writer(), settings.predictor(pipeline)

    def __call__(self, task: Task, tick: Tick) -> Made:
        """Return the file of a task's shard, or no file if it has no document, and its facts."""
        report, changes = Report(), Report()
        lines = sum(len(stretch.lines) for stretch in task.stretches)
        docs = list(self._docs(task, report, changes))
        found, notices = self._predicted(docs, report)
        tick(lines)
        counts = {
            "lines": lines,
            "documents": len(found),
            "entities": sum(len(doc.entities) for doc in found),
            "relations": sum(len(doc.relations) for doc in found),
        }
        records = found if self.settings.level == "document" else self._sentences(found, changes)
        data = encoded(records, self.writer, changes) if found else None
        return Made(data, shard_facts(counts, report, changes.counts, notices))

    def _docs(self, task: Task, report: Report, changes: Report) -> Iterator[Doc]:
        splitter, labels = self.pipeline.splitter, self.pipeline.labels
        for stretch in task.stretches:
            origin = self.origins[stretch.row]
            if self.settings.entities is None:
                docs = origin.docs(stretch, report, splitter, self.settings.given)
            else:
                docs = docs_of_pairs(origin, stretch, labels, splitter, report, changes)
            for doc in docs:
                if not self.settings.given or self._known(doc, origin, report):
                    yield doc

    def _known(self, doc: Doc, origin: Origin, report: Report) -> bool:
        """Return whether the model knows the types of the given entities."""
        bare = Doc(doc.words, doc.entities, id=doc.id, where=doc.where)
        faults = check_labels([bare], self.pipeline.labels, origin.path)
        report.faults += faults
        return not faults

    def _predicted(self, docs: list[Doc], report: Report) -> tuple[list[Doc], dict[str, int]]:
        """Return the predicted documents and notices; documents that the model refuses are reported."""
        try:
            return self._together(docs)
        except DataError:
            good = [doc for doc in docs if not self._refused(doc, report)]
            if len(good) == len(docs):
                raise
        return self._together(good)

    def _together(self, docs: list[Doc]) -> tuple[list[Doc], dict[str, int]]:
        self.predictor.forget()
        return list(self.predictor(docs)), self.predictor.counts()

    def _refused(self, doc: Doc, report: Report) -> bool:
        """Return whether the model refuses a document, and report why."""
        try:
            list(self.predictor([doc]))
        except DataError as error:
            report.faults += [f.at(doc.where or f.place) for f in error.faults or [Fault(error.title)]]
            return True
        return False

    def _sentences(self, docs: list[Doc], report: Report) -> Iterator[Doc]:
        for doc in docs:
            found = by_sentence(doc)
            count_cut(doc, found, "sentences", report)
            yield from found


def prediction(
    model: Path,
    files: Sequence[InputFile],
    folder: Path,
    settings: PredictSettings,
    shard_size: int,
    work: Work,
) -> Job:
    """Return a job that predicts the documents of files.

    Args:
        model: model folder or run folder.
        files: the input.
        folder: the output.
        settings: what determines the predictions.
        shard_size: number of lines of the input per shard.
        work: makes the shards.

    Raises:
        RefusedError: the input or the format cannot be used in this way.
    """
    writer = settings.make_writer()
    refuse_folders(writer, settings.writer, "--format")
    if settings.given and settings.entities is None:
        faults = [
            Fault("is raw text", file.origin.path, ANNOTATED) for file in files if file.origin.form == "text"
        ]
        if faults:
            raise DataError("the input has no entities", faults)
    wanted = {
        "format": FORMAT,
        "kind": "prediction",
        "jointre": __version__,
        "model": identity(model),
        "input": [file.to_json() for file in files],
        "options": {**asdict(settings), "shard_size": shard_size},
    }
    return Job(JobFolder(folder, "prediction", writer), wanted, files, shard_size, work)


def identity(model: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a model folder on which predictions depend."""
    folder = find_model(model)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in REPORTS)
    return {path.relative_to(folder).as_posix(): file_sha256(path) for path in files}
