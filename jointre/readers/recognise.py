"""Find the reader that recognises a corpus, among all that are registered."""

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jointre.data.strict_read import first_char
from jointre.errors import DataError, Fault, described
from jointre.nearest import nearest_name
from jointre.readers.arrow_rows import SPLITS, is_arrow
from jointre.readers.base import Reader
from jointre.readers.head import Head, look_at, with_records
from jointre.readers.jsonl import JsonlReader
from jointre.readers.quotes import shown
from jointre.readers.records import RECORD_FILES
from jointre.readers.tables import TRIPLES, table
from jointre.registry import registry

FORMATS = "jointre docs data-formats"
SENTENCE = {"text", "tokens"}  # the keys of the standard form, one of which each of its records has
NEAREST = 3  # formats that the message about an unrecognised corpus names
SHOWN_KEYS = 8  # keys of a record that this message names
LIKENESS = 0.66  # from which a key counts as one of a format: ents as entities
COMPARED_KEYS = 50
COMPARED_HEADS = 20  # records whose keys it compares


def recognise(path: Path) -> type[Reader]:
    """Return the reader of a corpus in any format.

    The readers are asked about the first lines or the names of the files, then about one record after the other,
    until one recognises the corpus. JSON without annotation that would tell formats apart is read as the standard form.

    Raises:
        DataError: no reader recognises the corpus, or several do.
    """
    readers, bare = dict(candidates()), look_at(path)
    if (reader := recognised_by(bare, readers)) is not None:
        return reader
    seen: list[Head] = []
    standard = False
    for head in with_records(bare):
        if (reader := recognised_by(head, readers)) is not None:
            return reader
        standard = standard or (isinstance(head.record, dict) and bool(SENTENCE & head.record.keys()))
        if len(seen) < COMPARED_HEADS:
            seen.append(head)
    if standard or (not seen and _holds_records(bare)):
        return JsonlReader
    raise _unrecognised(bare, seen)


def recognised_by(head: Head, readers: Mapping[str, type[Reader]] | None = None) -> type[Reader] | None:
    """Return the only reader that recognises a head, or None if none does.

    Args:
        head: the beginning of a corpus.
        readers: the readers to ask, by name; None for all of them.

    Raises:
        DataError: several readers recognise it.
    """
    asked = dict(candidates()) if readers is None else readers
    found = {name: reader for name, reader in asked.items() if _asked(name, reader, head)}
    if len(found) > 1:
        what = f"several readers recognise it: {', '.join(found)}"
        remedy = f"name the one to use: --reader {next(iter(found))}"
        raise DataError(f"{head.path} may have several formats", [Fault(what, str(head.path), remedy)])
    return next(iter(found.values()), None)


def candidates() -> Iterator[tuple[str, type[Reader]]]:
    """Yield the names and classes of all registered readers, those of plugins included, sorted by name."""
    for name, reader in sorted(registry.readers.get_all().items()):
        if isinstance(reader, type) and issubclass(reader, Reader):
            yield name, reader


def _asked(name: str, reader: type[Reader], head: Head) -> bool:
    """Return the reader's answer; a plugin that fails to give one is left out with a warning."""
    try:
        return bool(reader.recognises(head))
    except Exception as error:
        message = (
            f"{name} cannot say whether it recognises {head.path}, so it is left out: {described(error)}"
        )
        warnings.warn(message, stacklevel=2)
        return False


def _holds_records(head: Head) -> bool:
    """Return whether reading as the standard form reports best what is wrong, such as broken JSON."""
    if head.path.is_dir():
        return any("/" not in name and name.endswith(RECORD_FILES) for name in head.names)
    return is_arrow(head.path) or first_char(head.path) in ("", "{", "[")


def _unrecognised(head: Head, records: list[Head]) -> DataError:
    """Return the error that says what was looked at, and which formats are nearest."""
    keys = list(dict.fromkeys(str(key) for one in records for key in _keys(one.record)))
    raw = ""
    wrapped = _wrapper(records)
    if wrapped:
        what = f"it is one object, with a list of documents under {wrapped!r}"
        fault = Fault(what, str(head.path), "write the list alone, or one document per line")
        return DataError(f"{head.path} cannot be read", [fault])
    if keys:
        rest = f" and {len(keys) - SHOWN_KEYS} more" if len(keys) > SHOWN_KEYS else ""
        what = f"its records have the keys {', '.join(map(repr, keys[:SHOWN_KEYS]))}{rest}"
        near = _nearest("JSON", keys[:COMPARED_KEYS])
    elif SPLITS in head.names:
        folders = sorted({name.split("/")[0] for name in head.names if name.endswith(".arrow")})
        what, near = f"it is a folder of Hugging Face's datasets, with the splits {', '.join(folders)}", []
        raw = f"give one of them, such as {head.path / (folders[0] if folders else 'train')}; "
    elif records:
        what, near = f"its first record is {shown(repr(records[0].record))}", []
    elif told := table(head):
        what, near, raw = f"it is a table: {told}", [], f"{TRIPLES}; or write one JSON document per line; "
    elif head.path.is_dir():
        endings = sorted({Path(name).suffix for name in head.names} - {""})
        what = f"it is a folder without *.jsonl; the file endings in it are {', '.join(endings) or 'none'}"
        near = _nearest("folder", endings)
        raw = "raw text has no annotation; " if endings == [".txt"] else ""
    else:
        what = f"it is neither JSON nor lines in a known format; its first line is {shown(head.lines[0])}"
        columns = head.lines[0].count("\t") + 1
        near = _nearest("lines", [f"{columns} columns", "tabs"] if columns > 1 else [])
        raw = "" if near else "raw text has no annotation; "
    forms = f"the nearest formats are {'; '.join(near)}; " if near else ""
    remedy = f"{raw}{forms}all formats: {FORMATS}; to name the reader: --reader NAME"
    title = f"{head.path} is not a corpus in a format that a reader recognises"
    return DataError(title, [Fault(what, str(head.path), remedy)])


def _wrapper(records: Sequence[Head]) -> str | None:
    """Return the key under which the only record has a list of documents."""
    if len(records) != 1 or not isinstance(records[0].record, dict):
        return None
    for key, value in records[0].record.items():
        if isinstance(value, list) and value and isinstance(value[0], dict) and SENTENCE & value[0].keys():
            return str(key)
    return None


def _keys(record: Any) -> Iterable[Any]:
    return record if isinstance(record, dict) else ()


def _nearest(kind: str, features: Sequence[str]) -> list[str]:
    """Return the formats of a kind that share most features with the corpus, with the names of their readers.

    The same feature counts twice as much as a similar one; of equally near formats, the standard form comes first.
    """
    scores = {}
    for name, reader in candidates():
        if reader.layout.startswith(f"{kind}:"):
            known = re.findall(r"[0-9]+ columns|[\w.]+", reader.layout)
            score = sum((feature in known) + _is_in(feature, known) for feature in features)
            scores[f"{name} ({reader.layout})"] = score + 0.5 * bool(score and reader is JsonlReader)
    best = sorted((text for text, score in scores.items() if score), key=lambda text: -scores[text])
    return [text for text in best if 2 * scores[text] >= scores[best[0]]][:NEAREST]


def _is_in(feature: str, known: Sequence[str]) -> bool:
    if feature in known or len(feature) < 3 or any(char.isdigit() for char in feature):
        return feature in known
    return nearest_name(feature, known, LIKENESS) is not None
