"""CorpusReader: the base of the readers of corpora, which reports every fault of a corpus in one error."""

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
from jointre.readers.records import Record, count_left_out, files_of, records


class CorpusReader(Reader):
    """Reads a file or a folder of files; a subclass parses one record into a document.

    The corpus is read once and never held in memory. No document follows the first fault, but the corpus is checked to
    its end, and the error that is raised there lists all faults. In the end, `notices` says what was repaired or looks
    odd, and `repairs` lists every single repair.
    ``gold_keys`` are the keys of a JSON record that hold annotation.

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
        """Return the document of a record, or None and add its faults to the report."""

    def records_of(self, path: Path, report: Report) -> Iterator[Record]:
        """Yield the records of the corpus and report what is wrong with its files; the default reads JSON."""
        files = files_of(path)
        if path.is_dir():
            count_left_out(path, files, report)
        for file in files:
            yield from check_keys(self.records_in(file, report), self.gold_keys, report)

    def records_in(self, file: Path, report: Report) -> Iterator[Record]:
        """Yield the records of one file; the default takes JSON Lines or a JSON list."""
        return records(file, report)

    def __iter__(self) -> Iterator[Doc]:
        report = Report()
        for doc in self._documents(report):
            if not report.faults:
                yield doc
        self.notices, self.repairs = report.notices, report.repairs
        report.raise_faults(f"{self.path} cannot be used")

    def labels(self) -> Labels | None:
        """Return the types of the types file in its order, or None without such a file."""
        return None if self.types is None else load_types(self.types)

    def _documents(self, report: Report) -> Iterator[Doc]:
        """Yield the valid documents; report what is wrong with the others and with the whole corpus."""
        names = set[str]()
        for record in self._records(report):
            doc = self.parse(record, report)
            if doc is not None:
                report.count("duplicate ids", record.where, int(doc.id in names))
                names.add(doc.id)
                yield doc
        report.count_near_types()
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


def parses_records(kind: type[Reader]) -> bool:
    """Return whether readers of this kind parse each record for itself, in the usual JSON forms."""
    own = ("records_of", "records_in")
    return issubclass(kind, CorpusReader) and all(
        getattr(kind, name) is getattr(CorpusReader, name) for name in own
    )
