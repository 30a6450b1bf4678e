"""A reader and a writer for jointre: folders of datasets as they are on the Hugging Face Hub."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from jointre.data.atomic_write import replacing_folder, writing
from jointre.data.doc import Doc, Entity, Relation
from jointre.data.labels import Labels, load_types
from jointre.data.report import Report
from jointre.errors import DataError, Fault
from jointre.limits import InputPath
from jointre.place import Place
from jointre.readers.base import Reader
from jointre.readers.head import Head
from jointre.writers.base import Writer
from jointre.writers.fit import as_words, only

ROWS = 1000  # that are written at a time
DATA = "data/{split}-*.parquet"
CARD = """\
---
configs:
- config_name: default
  data_files:
  - split: {split}
    path: data/{split}-*.parquet
---

Documents with entities and relations, whose offsets count `tokens`; written by jointre-hf-datasets.
"""


class HubReader(Reader):
    """Reads one split of a folder with ``data/SPLIT-00000-of-00001.parquet``.

    Args:
        path: the folder.
        split: the split.
        types: a file that declares the types; null collects them from the training corpus.
    """

    layout = "folder: data/SPLIT-00000-of-00001.parquet"

    def __init__(self, path: InputPath | None, split: str = "train", types: InputPath | None = None) -> None:
        self.path = path
        self.split = split
        self.types = types

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """See `Reader.recognises`."""
        return any(name.startswith("data/train-") and name.endswith(".parquet") for name in head.names)

    @classmethod
    def examples(cls, folder: Path) -> list["HubReader"]:
        """Return a reader of a small folder, for `jointre plugins --check`."""
        HubWriter().write([Doc(["Anna", "sleeps"], id="1"), Doc(["it", "rains"], id="2")], folder / "example")
        return [cls(str(folder / "example"))]

    def __iter__(self) -> Iterator[Doc]:
        """Yield the documents in the order of files and rows."""
        faults: list[Fault] = []
        for file in self._files():
            for row, record in _rows(file):
                place = Place(str(file), row)
                doc = _doc(record, f"{file.stem}:{row}", place)
                if what := _wrong(doc):
                    faults.append(Fault(what, place, "correct its numbers"))
                elif not faults:
                    yield doc
        if faults:
            raise DataError(f"{self.path} cannot be read", faults)

    def labels(self) -> Labels | None:
        """See `Reader.labels`."""
        return None if self.types is None else load_types(self.types)

    def _files(self) -> list[Path]:
        found = sorted(Path(self.path or "").glob(DATA.format(split=self.split))) if self.path else []
        if not found:
            splits = sorted(
                {file.name.split("-")[0] for file in Path(self.path or "").glob("data/*.parquet")}
            )
            remedy = f"choose a split: {', '.join(splits)}" if splits else "name a folder with data/*.parquet"
            raise DataError(
                "there is no such split", [Fault(f"no split {self.split!r}", str(self.path), remedy)]
            )
        return found


class HubWriter(Writer):
    """Writes a folder that ``datasets.load_dataset`` reads, with one split.

    Args:
        split: its name.
    """

    files = (".md", "data")

    def __init__(self, split: str = "train") -> None:
        self.split = split
        self.reader = f"hub.folder.v1:split={split}"

    def fit(self, docs: Iterable[Doc], report: Report) -> Iterator[Doc]:
        """See `Writer.fit`; texts, sentences, scores and further keys are left out."""
        yield from (only(as_words(doc, report), report, "id") for doc in docs)

    def write(self, docs: Iterable[Doc], path: Path) -> None:
        """See `Writer.write`."""
        import pyarrow as pa
        from pyarrow import parquet

        whole, text = pa.int64(), pa.string()
        entity = pa.struct({"start": whole, "end": whole, "label": text})
        relation = pa.struct({"head": whole, "tail": whole, "label": text})
        columns = {"id": text, "tokens": pa.list_(text)}
        schema = pa.schema({**columns, "entities": pa.list_(entity), "relations": pa.list_(relation)})
        rows = map(_row, docs)
        with writing(path.name, path), replacing_folder(path) as folder:
            (folder / "README.md").write_text(CARD.format(split=self.split), encoding="utf8")
            (folder / "data").mkdir()
            file = folder / "data" / f"{self.split}-00000-of-00001.parquet"
            with parquet.ParquetWriter(file, schema) as output:
                while batch := list(islice(rows, ROWS)):
                    output.write_table(pa.Table.from_pylist(batch, schema))


def _rows(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows of a file with their numbers, from 1."""
    from pyarrow import ArrowException, parquet

    try:
        with parquet.ParquetFile(file) as found:
            batches = (batch.to_pylist() for batch in found.iter_batches())
            yield from enumerate((record for rows in batches for record in rows), start=1)
    except ArrowException as error:
        raise DataError(f"{file} cannot be read", [Fault(f"it is damaged: {error}", str(file))]) from error


def _doc(record: dict[str, Any], name: str, place: Place) -> Doc:
    entities = [Entity(item["start"], item["end"], item["label"]) for item in record["entities"] or ()]
    relations = [Relation(item["head"], item["tail"], item["label"]) for item in record["relations"] or ()]
    return Doc(record["tokens"], entities, relations, id=record.get("id") or name, where=place)


def _wrong(doc: Doc) -> str:
    """Return what is wrong with the numbers of a document."""
    for entity in doc.entities:
        if not 0 <= entity.start < entity.end <= len(doc.words):
            return f"{entity} is outside the {len(doc.words)} tokens"
    for relation in doc.relations:
        if not all(0 <= row < len(doc.entities) for row in (relation.head, relation.tail)):
            return f"{relation} does not point to entities"
    return ""


def _row(doc: Doc) -> dict[str, Any]:
    record = doc.to_dict()
    return {key: record.get(key) for key in ("id", "tokens", "entities", "relations")}
