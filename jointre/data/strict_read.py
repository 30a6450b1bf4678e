"""Read files strictly: UTF-8, gzip, and JSON without extensions that lose data silently."""

import json
import math
import sys
import zlib
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any, NoReturn

from jointre.annotations import FINITE
from jointre.data.unpack import unpacked
from jointre.errors import DataError, Fault
from jointre.nearest import nearest_name
from jointre.place import Place

BOM = b"\xef\xbb\xbf"
JOB = "job.json"
"""The manifest of a folder that a job has written."""
WRITTEN = (
    "runs",
    "run.json",
    "meta.json",
    "metrics.json",
    "log.jsonl",
    "result.json",
    "experiment.json",
    JOB,
)
SCORE = b'", "score": 0.'  # in entities and relations of predictions
READ_ERRORS = (OSError, EOFError, zlib.error)  # that reading a file or a damaged .gz may raise
GZIP = b"\x1f\x8b"  # with which gzip data begin
BLANKS = " \t\r\n"  # the white space of JSON
UNICODE = "save the file as UTF-8"
FOREIGN = {
    GZIP: ("is packed with gzip", "name it NAME.gz, or unpack it"),
    b"PK\x03\x04": ("is a zip archive", "unpack it"),
    b"\xff\xfe": ("is UTF-16 or UTF-32", UNICODE),
    b"\xfe\xff": ("is UTF-16 or UTF-32", UNICODE),
}
REMEDIES = {
    "Expecting property name": "put names in double quotes, and no comma after the last one",
    "Illegal trailing comma": "put no comma after the last one",  # of Python 3.13; earlier ones expect a name or value
    "Expecting value": "a value is a text in double quotes, a number, true, false, null, [...] or {...}",
    "Invalid control character": r"inside a text write \n for a line break and \t for a tab",
    "Invalid \\escape": r"write \\ for a backslash",
    "Unterminated string": "close the double quotes",
}


class Malformed(ValueError):
    """Bytes that are not UTF-8, or text that is not JSON; ``position`` counts from the start of the text."""

    def __init__(self, what: str, position: int = 0, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.position = position
        self.remedy = remedy


@contextmanager
def reading(path: Path) -> Iterator[BufferedReader]:
    """Open a file to read its bytes, unpacked from ``.gz``; raise a DataError if reading fails.

    A gzip file that unpacks to far more than its size is refused while it is read: see `jointre.data.unpack`.
    """
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            remedy = (
                "write it to a file, which can be read more than once; text to predict on also comes from -"
            )
            raise DataError(f"{path} cannot be read", [Fault("is a pipe or a device", str(path), remedy)])
        with unpacked(path) if path.suffix == ".gz" else path.open("rb") as file:
            _refuse_foreign(path, file.peek(4))
            yield file
    except READ_ERRORS as error:
        raise DataError(f"{path} cannot be read", [unreadable(path, error)]) from error


def _refuse_foreign(path: Path, head: bytes) -> None:
    for magic, (what, remedy) in FOREIGN.items():
        if head.startswith(magic):
            raise DataError(f"{path} cannot be read", [Fault(what, str(path), remedy)])


def unreadable(
    path: Path, error: BaseException, avoid: Collection[Path] = (), outputs: bool = False
) -> Fault:
    """Return the fault that a file cannot be opened or read; suggest a similar name if it does not exist.

    Args:
        path: the file.
        error: the error that opening or reading it raised.
        avoid: files that must not be suggested.
        outputs: whether to suggest runs and predictions, which jointre writes.
    """
    if isinstance(error, FileNotFoundError) and path.is_symlink():
        return Fault(f"is a link to {path.readlink()}, which does not exist", str(path))
    if isinstance(error, FileNotFoundError):
        return Fault("no such file", str(path), _near(path, avoid, outputs))
    if isinstance(error, OSError) and error.strerror:
        return Fault(f"cannot be read: {error.strerror}", str(path))
    return Fault(f"is not a whole gzip file: {error}", str(path), "pack it again, or give it without .gz")


def _near(path: Path, avoid: Collection[Path], outputs: bool) -> str:
    """Suggest a file with a similar name, or say that the folder does not exist."""
    folder = path.parent
    if not folder.is_dir():
        return f"there is no folder {folder}"
    others = {file.name for file in avoid if file.parent.resolve() == folder.resolve()}
    names = [entry.name for entry in folder.iterdir() if entry.name not in others]
    while near := nearest_name(path.name, names):
        if outputs or not _is_output(folder / near):
            return f"did you mean {near!r}?"
        names.remove(near)
    return ""


def _is_output(path: Path) -> bool:
    """Return whether jointre or a running program wrote a file or folder: runs, logs, parts, predictions."""
    if path.name.startswith(".") or path.name in WRITTEN:
        return True
    try:
        if path.is_dir():
            return any((path / name).exists() for name in WRITTEN)
        with unpacked(path) if path.suffix == ".gz" else path.open("rb") as file:
            return SCORE in file.read(1 << 16)
    except READ_ERRORS:
        return False


def first_char(path: Path) -> str:
    """Return the first character of a file that is not blank: ``""`` if there is none, ``"?"`` if it is not ASCII."""
    with reading(path) as file:
        chunk = file.read(4096).removeprefix(BOM).lstrip()
        while not chunk and (more := file.read(4096)):
            chunk = more.lstrip()
    return chunk[:1].decode("ascii", errors="replace").replace("\ufffd", "?")


def decode(raw: bytes) -> str:
    """Decode UTF-8; raise Malformed at the first byte that is NUL or not UTF-8."""
    if (position := raw.find(0)) >= 0:
        what = f"byte {position + 1} of the line is NUL, as in UTF-16 or in a binary file"
        raise Malformed(what, position, UNICODE)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"byte {error.start + 1} of the line (0x{raw[error.start]:02x}) is not UTF-8"
        raise Malformed(what, error.start, UNICODE) from error


def decode_file(raw: bytes, path: Path) -> str:
    """Decode a whole file; raise a DataError with every line that is not UTF-8."""
    faults = []
    for number, line in enumerate(raw.split(b"\n"), 1):
        try:
            decode(line)
        except Malformed as error:
            faults.append(Fault(error.what, Place(str(path), number), error.remedy))
    if faults:
        raise DataError(f"{path} is not UTF-8", faults)
    return raw.removeprefix(BOM).decode("utf-8")


def load_json(path: Path) -> Any:
    """Return the value of a JSON file; raise a DataError with the line and column of the first fault."""
    with reading(path) as file:
        text = decode_file(file.read(), path)
    try:
        return parse(text)
    except Malformed as error:
        fault = Fault(error.what, place_in(path, text, error.position), error.remedy)
        raise DataError(f"{path} is not JSON", [fault]) from error


def place_in(path: Path, text: str, position: int) -> Place:
    """Return the line and column of a position in the text of a file."""
    return Place(str(path), text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position))


def parse(text: str) -> Any:
    """Return the only JSON value in a text."""
    value, end = parse_at(text, skip_blanks(text, 0))
    if (end := skip_blanks(text, end)) < len(text):
        raise Malformed(
            "broken JSON: more text after the end of the value", end, "write one value per line or file"
        )
    return value


def skip_blanks(text: str, position: int) -> int:
    """Return the next position that is not JSON white space."""
    while position < len(text) and text[position] in BLANKS:
        position += 1
    return position


def values_of(text: str) -> Iterator[tuple[int, Any]]:
    """Yield the JSON values of a text, which follow one another, each with its position; raise Malformed after them."""
    position = skip_blanks(text, 0)
    while position < len(text):
        value, end = parse_at(text, position)
        yield position, value
        position = skip_blanks(text, end)


def parse_at(text: str, position: int) -> tuple[Any, int]:
    """Return the JSON value that begins at ``position`` and where it ends; the value can be written as UTF-8 again."""
    try:
        value, end = _DECODER.raw_decode(text, position)
        if "\\u" in text[position:end]:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        remedy = next((told for start, told in REMEDIES.items() if error.msg.startswith(start)), "")
        raise Malformed(f"broken JSON: {error.msg}", error.pos, remedy) from error
    except RecursionError as error:
        raise Malformed("broken JSON: nested too deeply", position) from error
    except UnicodeEncodeError as error:
        remedy = "write the whole character, not half its pair"
        raise Malformed("the text contains a lone surrogate", position, remedy) from error
    except ValueError as error:
        raise Malformed(str(error), position, FINITE if isinstance(error, _TooLarge) else "") from error
    return value, end


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = next(key for key, times in counts.items() if times > 1)
        raise ValueError(f"the key {twice!r} occurs twice in one object")
    return value


class _TooLarge(ValueError):
    """A number that is too large for a float."""


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _TooLarge(f"the number {text if len(text) <= 20 else text[:20] + '...'} is too large")
    return number


def _whole(text: str) -> int:
    if len(text) > sys.float_info.max_10_exp:
        raise _TooLarge(f"a number has {len(text.lstrip('-'))} digits")
    return int(text)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_finite, parse_int=_whole, parse_constant=_refuse
)
