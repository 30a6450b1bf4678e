"""Rows of Parquet and Arrow files as the records that the JSON formats have."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jointre.data.report import Report
from jointre.data.strict_read import reading
from jointre.errors import DataError, Fault
from jointre.place import Place

MAGICS = (b"PAR1", b"ARROW1", b"\xff\xff\xff\xff")  # Parquet, an Arrow file, an Arrow stream
SPLITS = "dataset_dict.json"  # in a folder of Hugging Face's datasets that has a folder for each split
BATCH = 1000  # rows that are read at a time
SPAN_LISTS = (
    "entities",
    "relations",
    "spans",
)  # lists of objects, which datasets may write as an object of lists
NOT_FINITE = "rows with a number that is not finite, which is left out"
Convert = Callable[[Any], Any]


def is_arrow(path: Path) -> bool:
    """Return whether a file is Parquet or Arrow, by its first bytes."""
    with reading(path) as file:
        return file.peek(8).startswith(MAGICS)


def count_rows(path: Path) -> int:
    """Return the number of rows of a Parquet file.

    Raises:
        DataError: as `arrow_rows`.
    """
    if find_spec("pyarrow") is None:
        raise _needs_pyarrow(path)
    import pyarrow
    from pyarrow import parquet

    try:
        return int(parquet.read_metadata(path).num_rows)
    except (pyarrow.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


def arrow_rows(path: Path, report: Report | None = None, first: int = 0) -> Iterator[dict[str, Any]]:
    """Yield the rows as objects; an empty cell is an empty list in a column of lists, else no key.

    Numbers of classes become the names that Hugging Face's datasets write into the file. Columns of types that JSON
    does not have, such as dates or images, are left out and counted in ``report``.

    Raises:
        DataError: pyarrow is not installed, or the file is damaged.
    """
    if find_spec("pyarrow") is None:
        raise _needs_pyarrow(path)
    import pyarrow

    report = Report() if report is None else report
    try:
        batches = _batches(path, first)
        schema = next(batches)
        features = _features(schema.metadata)
        columns = {
            field.name: _converter(features.get(field.name)) for field in schema if _is_json(field.type)
        }
        left_out = [f"{field.name} ({field.type})" for field in schema if field.name not in columns]
        what = f"columns of other types than JSON has, not used: {', '.join(left_out)}"
        report.count(what, Place(str(path)), len(left_out))
        lists = [name for name in columns if _is_list(name, schema.field(name).type)]
        for batch in batches:
            for row in batch.to_pylist():
                row |= {key: [] for key in lists if row[key] is None}
                value = {key: convert(row[key]) for key, convert in columns.items()}
                yield {key: _by_item(key, item) for key, item in _plain(value, path, report).items()}
    except (pyarrow.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


def _needs_pyarrow(path: Path) -> DataError:
    fault = Fault("to read it, pyarrow must be installed", str(path), "pip install 'jointre[datasets]'")
    return DataError(f"{path} cannot be read", [fault])


def _damaged(path: Path, error: Exception) -> DataError:
    what = f"it is damaged: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
    return DataError(f"{path} cannot be read", [Fault(what, str(path), "write it again")])


def _batches(path: Path, first: int) -> Iterator[Any]:
    """Yield the schema of a file, and then its rows in parts, from number ``first`` on if it is Parquet."""
    import pyarrow
    from pyarrow import parquet

    with path.open("rb") as file:
        magic = file.read(8)
    if magic.startswith(MAGICS[0]):
        with parquet.ParquetFile(path) as found:
            yield found.schema_arrow
            yield from _from_row(found, first)
        return
    with pyarrow.OSFile(str(path)) as source:
        if magic.startswith(MAGICS[1]):
            reader = pyarrow.ipc.open_file(source)
            yield reader.schema
            yield from (reader.get_batch(number) for number in range(reader.num_record_batches))
        else:
            reader = pyarrow.ipc.open_stream(source)
            yield reader.schema
            yield from reader


def _from_row(found: Any, first: int) -> Iterator[Any]:
    """Yield the rows of a Parquet file in parts, from number ``first`` on; row groups before it are not read."""
    for group in range(found.num_row_groups):
        rows = found.metadata.row_group(group).num_rows
        if first < rows:
            for batch in found.iter_batches(batch_size=BATCH, row_groups=[group]):
                left_out = min(first, batch.num_rows)
                first -= left_out
                yield batch.slice(left_out)
        else:
            first -= rows


def _is_json(kind: Any) -> bool:
    """Return whether all values of an Arrow type are values of JSON."""
    from pyarrow import types

    if _is_list("", kind):
        return _is_json(kind.value_type)
    if types.is_struct(kind):
        return all(_is_json(kind.field(number).type) for number in range(kind.num_fields))
    if types.is_dictionary(kind):
        return _is_json(kind.value_type)
    scalar = (types.is_string, types.is_large_string, types.is_integer, types.is_floating, types.is_boolean)
    return types.is_null(kind) or any(is_kind(kind) for is_kind in scalar)


def _is_list(name: str, kind: Any) -> bool:
    """Return whether the values of a column are lists, or an object of lists that is read as a list."""
    from pyarrow import types

    is_object = types.is_struct(kind) and name in SPAN_LISTS
    return is_object or types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)


def _features(metadata: Mapping[bytes, bytes] | None) -> Mapping[str, Any]:
    """Return the features of the columns that Hugging Face's datasets write into a file."""
    try:
        features = json.loads((metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, TypeError, ValueError):
        return {}
    return features if isinstance(features, dict) else {}


def _converter(feature: Any) -> Convert:
    """Return a function that replaces the numbers of classes in a value by their names."""
    if isinstance(feature, list) and len(feature) == 1:
        feature = {"feature": feature[0]}
    if not isinstance(feature, dict):
        return _same
    names = feature.get("names")
    if feature.get("_type") == "ClassLabel" and isinstance(names, list):
        return lambda value: names[value] if type(value) is int and 0 <= value < len(names) else value
    if "_type" in feature or set(feature) == {"feature"}:
        return partial(_in_items, inner=feature.get("feature"))
    parts = {key: _converter(inner) for key, inner in feature.items()}
    return lambda value: _in_parts(value, parts) if isinstance(value, dict) else value


def _same(value: Any) -> Any:
    return value


def _in_parts(value: dict[str, Any], parts: Mapping[str, Convert]) -> dict[str, Any]:
    return {key: parts.get(key, _same)(item) for key, item in value.items()}


def _in_items(value: Any, inner: Any) -> Any:
    """Convert the items of a list, or of the lists of an object."""
    if isinstance(value, dict) and isinstance(inner, dict):
        return {key: _in_items(items, inner.get(key)) for key, items in value.items()}
    convert = _converter(inner)
    return [convert(item) for item in value] if isinstance(value, list) else value


def _by_item(key: str, value: Any) -> Any:
    """Return an object of lists, as datasets write a list of objects, as the list."""
    if key not in SPAN_LISTS or not isinstance(value, dict) or not value:
        return value
    lists = list(value.values())
    if not all(isinstance(items, list) for items in lists) or len(set(map(len, lists))) != 1:
        return value
    return [dict(zip(value, row, strict=True)) for row in zip(*lists, strict=True)]


def _plain(value: Any, path: Path, report: Report) -> Any:
    """Return a value without the empty cells of objects."""
    if isinstance(value, dict):
        found = {key: _plain(item, path, report) for key, item in value.items() if item is not None}
        return {key: item for key, item in found.items() if item is not None}
    if isinstance(value, list):
        return [_plain(item, path, report) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        report.count(NOT_FINITE, Place(str(path)))
        return None
    return value
