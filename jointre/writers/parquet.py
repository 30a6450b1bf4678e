"""Write the standard form as rows of a Parquet or Arrow file, or of a folder of Hugging Face's datasets."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import IO, Any, ClassVar

from jointre.data.atomic_write import file_sha256, replacing, replacing_folder, writing
from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.data.write import to_jsonl
from jointre.printable import dump_json
from jointre.registry import registry
from jointre.writers.base import Writer
from jointre.writers.fit import as_text, only, own_id, refuse_missing, where

ROWS = 1000  # that are written at a time
DATA = "data-00000-of-00001.arrow"
STATE: dict[str, Any] = {
    "_data_files": [{"filename": DATA}],
    "_format_columns": None,
    "_format_kwargs": {},
    "_format_type": None,
    "_output_all_columns": False,
    "_split": None,
}
COLUMNS = ("id", "text", "words", "sentences", "entities", "relations")


@registry.writers("jointre.parquet.v1")
class ParquetWriter(Writer):
    """Writes a row per document with the keys of the standard form, for pandas or Hugging Face's datasets.

    A file whose name ends in ``.arrow`` is an Arrow stream (``Dataset.from_file``), any other is Parquet
    (``load_dataset("parquet", data_files=...)``). A document whose sentences are not known is one sentence. It needs
    pyarrow: ``pip install 'jointre[datasets]'``.
    """

    reader = "jointre.jsonl.v1"
    endings: ClassVar[tuple[str, ...]] = (".parquet", ".arrow")
    ending = ".parquet"

    def __init__(self) -> None:
        pass

    def fit(self, docs: Iterable[Doc], report: Report) -> Iterator[Doc]:
        """Yield documents with a text, words and sentences, because each row has the same columns."""
        for doc in docs:
            held = only(as_text(doc, report, keep_words=True), report, "id", "sentences", "scores")
            unknown = held.sentences is None and bool(held.words)
            report.count("documents whose sentences are not known, written as one", where(doc), int(unknown))
            yield replace(held, sentences=[(0, len(held.words))] if unknown else held.sentences or [])

    def write(self, docs: Iterable[Doc], path: Path) -> None:
        """Write the rows in parts."""
        refuse_missing("pyarrow", "datasets", path)
        with writing(path.name, path), replacing(path, "wb") as file:
            _write_rows(docs, file, path.suffix.lower() == ".arrow")


@registry.writers("jointre.datasets.v1")
class DatasetsWriter(ParquetWriter):
    """Writes a folder that ``datasets.load_from_disk`` reads, with the rows of `ParquetWriter`.

    It needs pyarrow: ``pip install 'jointre[datasets]'``.
    """

    endings = ()
    ending = ""
    files = (".arrow", ".json")

    def write(self, docs: Iterable[Doc], path: Path) -> None:
        """Write the rows and the two files that say where they are."""
        refuse_missing("pyarrow", "datasets", path)
        with writing(path.name, path), replacing_folder(path) as folder:
            with (folder / DATA).open("wb") as file:
                _write_rows(docs, file, stream=True)
            (folder / "dataset_info.json").write_text("{}\n", encoding="utf-8")
            state = dump_json({**STATE, "_fingerprint": file_sha256(folder / DATA)[:16]}, indent=2)
            (folder / "state.json").write_text(f"{state}\n", encoding="utf-8")


def _write_rows(docs: Iterable[Doc], file: IO[bytes], stream: bool) -> None:
    import pyarrow
    from pyarrow import parquet

    schema = _schema()
    rows = map(_row, docs)
    with (pyarrow.ipc.new_stream if stream else parquet.ParquetWriter)(file, schema) as output:
        while batch := list(islice(rows, ROWS)):
            output.write_table(pyarrow.Table.from_pylist(batch, schema))


def _row(doc: Doc) -> dict[str, Any]:
    words = [list(word) for word in doc.offsets or ()]
    return {**to_jsonl(doc), "id": own_id(doc) or None, "words": words}


def _schema() -> Any:
    import pyarrow as pa

    whole, text, number = pa.int64(), pa.string(), pa.float64()
    pairs = pa.list_(pa.list_(whole))
    entity = {"start": whole, "end": whole, "label": text, "text": text, "score": number}
    relation = {"head": whole, "tail": whole, "label": text, "score": number}
    types = (text, text, pairs, pairs, pa.list_(pa.struct(entity)), pa.list_(pa.struct(relation)))
    return pa.schema(list(zip(COLUMNS, types, strict=True)))
