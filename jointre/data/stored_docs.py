"""Documents in files instead of memory: a sequence that makes each one when it is asked for."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, repeat
from pathlib import Path
from typing import Any, overload

import numpy as np

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.flat_files import FlatWriter, read_flat
from jointre.data.segments import Segment
from jointre.errors import DataError, Fault
from jointre.place import NOWHERE, Place, Where

FORM = "jointre.documents.v1"
DTYPES = {"record": "|u1", "record_ends": "<i8", "shared": "|u1", "shared_ends": "<i8"}
Shared = tuple[str | None, dict[str, Any]]
NOTHING_SHARED: Shared = (None, {})


def write_docs(folder: Path, docs: Iterable[Doc], facts: Callable[[], Mapping[str, Any]]) -> None:
    """Write documents to an empty folder, one after the other, and then JSON-ready ``facts`` about them.

    Everything of a document is kept. Of its metadata, what JSON cannot represent becomes text.

    Raises:
        DataError: a document is of a class that is not jointre's.
    """
    files: dict[str, int] = {}
    end = shared_end = n_shared = 0
    last = NOTHING_SHARED
    with FlatWriter(folder, DTYPES) as writer:
        for doc in docs:
            row = -1
            if doc.text is not None or doc.meta:
                if doc.text is not last[0] or doc.meta is not last[1]:
                    last = (doc.text, doc.meta)
                    shared_end += _add(writer, "shared", last, shared_end)
                    n_shared += 1
                row = n_shared - 1
            end += _add(writer, "record", _record(doc, row, files), end)
        writer.finish(FORM, {**facts(), "files": list(files)})


def _add(writer: FlatWriter, name: str, value: Any, start: int) -> int:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)
    data = text.encode("utf8", "surrogatepass") + b"\n"
    writer.add(name, data)
    writer.add(f"{name}_ends", np.array([start + len(data)]))
    return len(data)


def _plain(value: Any) -> Any:
    """Return what is written for a value that JSON does not know; `run_record.sha256` hashes the same."""
    return value.item() if isinstance(value, np.generic) else repr(value)


def _record(doc: Doc, shared: int, files: dict[str, int]) -> list[Any]:
    """Return a document without what it shares with the one before it (text and metadata)."""
    if type(doc) not in (Doc, Segment):
        remedy = 'set training.corpus_store = "memory"'
        what = f"documents of the class {type(doc).__name__} can only be kept in memory"
        raise DataError("the corpus cannot be stored", [Fault(what, doc.where or doc.id, remedy)])
    segment = [doc.before, doc.after, doc.first] if isinstance(doc, Segment) else None
    return [
        shared,
        None if _cut_from_text(doc) else doc.words,
        [_entity(entity) for entity in doc.entities],
        [
            [r.head, r.tail, r.label] if r.score is None else [r.head, r.tail, r.label, r.score]
            for r in doc.relations
        ],
        None if doc.offsets is None else list(chain.from_iterable(doc.offsets)),
        None if isinstance(doc.where, Place) and doc.id == doc.where.name() else doc.id,
        _where(doc.where, files),
        int(doc.split),
        doc.sentences,
        segment,
    ]


def _cut_from_text(doc: Doc) -> bool:
    """Return whether the words follow from text and offsets."""
    if doc.text is None or doc.offsets is None:
        return False
    return doc.words == [doc.text[start:end] for start, end in doc.offsets]


def _entity(entity: Entity) -> list[Any]:
    plain = [entity.start, entity.end, entity.label]
    return plain if entity.score is entity.chars is None else [*plain, entity.score, entity.chars]


def _where(where: Where, files: dict[str, int]) -> Any:
    if not isinstance(where, Place):
        return where
    parts = [
        files.setdefault(where.file, len(files)),
        where.line,
        where.column,
        where.record,
        where.section or None,
        where.key or None,
        where.item or None,
    ]
    while parts[-1] is None:
        parts.pop()
    return parts


class StoredDocs(Sequence[Doc]):
    """The documents in a folder. Each access makes a new object; processes share only the files.

    Pickling it passes on the path of the folder.

    Args:
        folder: written by `write_docs`.
        verify: whether to compare the files with their hashes.

    Raises:
        Damaged: the files are not those that were written.
    """

    def __init__(self, folder: Path, verify: bool = True) -> None:
        self.folder = folder
        self._arrays, self.facts = read_flat(folder, FORM, DTYPES, verify)
        self._last: tuple[int, Shared] = (-1, NOTHING_SHARED)

    def __reduce__(self) -> tuple[Any, ...]:
        return StoredDocs, (self.folder, False)

    def __len__(self) -> int:
        return len(self._arrays["record_ends"])

    @overload
    def __getitem__(self, row: int) -> Doc: ...
    @overload
    def __getitem__(self, row: slice) -> list[Doc]: ...
    def __getitem__(self, row: int | slice) -> Doc | list[Doc]:
        rows = range(len(self))[row]
        return self._doc(rows) if isinstance(rows, int) else [self._doc(number) for number in rows]

    def _doc(self, row: int) -> Doc:
        shared, words, entities, relations, offsets, name, where, split, sentences, segment = self._value(
            "record", row
        )
        text, meta = self._shared_at(shared)
        place = self._place(where)
        if offsets is not None:
            offsets = list(zip(offsets[::2], offsets[1::2], strict=True))
        if words is None:
            assert text is not None
            words = [text[start:end] for start, end in offsets]
        doc = Doc(
            words,
            [Entity(*entity[:3], *_rest(*entity[3:])) for entity in entities],
            [Relation(*relation) for relation in relations],
            text,
            offsets,
            place.name() if name is None and isinstance(place, Place) else name,
            meta,
            place,
            bool(split),
            None if sentences is None else [(start, end) for start, end in sentences],
        )
        if segment is None:
            return doc
        before, after, first = segment
        return Segment(**vars(doc), before=before, after=after, first=first)

    def _shared_at(self, row: int) -> Shared:
        if row < 0:
            return None, {}
        if self._last[0] != row:
            text, meta = self._value("shared", row)
            self._last = (row, (text, meta))
        return self._last[1]

    def _value(self, name: str, row: int) -> Any:
        ends = self._arrays[f"{name}_ends"]
        start = ends[row - 1] if row else 0
        data = self._arrays[name][start : ends[row]].tobytes()
        return json.loads(data.decode("utf8", "surrogatepass"))

    def _place(self, where: Any) -> Where:
        if isinstance(where, str):
            return where
        file, line, column, record, section, key, item = chain(where, repeat(None, 7 - len(where)))
        place = Place(
            self.facts["files"][file], line, column, record, tuple(section or ()), key or "", item or ""
        )
        return place if place else NOWHERE


def _rest(score: float | None = None, chars: Sequence[int] = ()) -> tuple[Any, ...]:
    """Return score and characters of an entity."""
    return score, tuple(chars) if chars else None
