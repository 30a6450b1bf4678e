"""CorpusReader: what the readers of corpora share; every fault of a corpus in one error."""

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from jointre.data.doc import Doc
from jointre.data.labels import Labels, load_types
from jointre.data.report import Report
from jointre.errors import DataError, Fault
from jointre.readers.base import Reader
from jointre.readers.gold_keys import GoldKeys, check_keys
from jointre.readers.records import Record, files_of, records


class CorpusReader(Reader):
    """Reads a file or a folder of files; a subclass says how one record becomes a document.

    The corpus is checked from end to end before the first document is handed out, so it is read twice and
    never held in memory. What was set right or looks odd stands in `notices` from then on; `repairs` has the
    single places where a reader keeps them. ``gold_keys`` are the keys of a JSON record with annotation.

    Args:
        path: a file or folder; None for a path that is still to be set.
        types: a types file, or None.
    """

    gold_keys: ClassVar[GoldKeys] = {}

    def __init__(self, path: str | None, types: str | None) -> None:
        self.path = path
        self.types = types
        self.notices: list[str] = []
        self.repairs: list[Fault] = []

    @abstractmethod
    def parse(self, record: Record, report: Report) -> Doc | None:
        """The document of a record, or None with its faults in the report."""

    def records_of(self, path: Path, report: Report) -> Iterator[Record]:
        """The records of the corpus; what is wrong with its files goes to the report. JSON if not overridden."""
        for file in files_of(path):
            yield from check_keys(records(file, report), self.gold_keys, report)

    def __iter__(self) -> Iterator[Doc]:
        report = Report()
        for _ in self._documents(report):
            pass
        self.notices, self.repairs = report.notices, report.repairs
        report.raise_faults(f"{self.path} cannot be used")
        yield from self._documents(Report())

    def labels(self) -> Labels | None:
        """The types of the types file, in its order; None without such a file."""
        return None if self.types is None else load_types(self.types)

    def _documents(self, report: Report) -> Iterator[Doc]:
        """The documents that are in order; what is wrong with the others or the whole goes to the report."""
        names = set[str]()
        for record in self._records(report):
            doc = self.parse(record, report)
            if doc is not None:
                report.count("ids that another document has too", record.where, int(doc.id in names))
                names.add(doc.id)
                yield doc
        try:
            declared = self.labels()
        except DataError as error:
            report.faults.extend(error.faults)
        else:
            report.faults.extend(report.unknown_types(declared) if declared else [])

    def _records(self, report: Report) -> Iterator[Record]:
        if not self.path:
            remedy = "set the reader's path to a file or folder"
            report.faults.append(Fault("no path is given", remedy=remedy))
            return
        try:
            yield from self.records_of(Path(self.path), report)
        except (DataError, OSError) as error:
            known = error.faults if isinstance(error, DataError) else [Fault(str(error), self.path)]
            report.faults.extend(known)
