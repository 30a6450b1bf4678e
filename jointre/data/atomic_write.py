"""Write files completely or not at all, lock folders, and hash files."""

import gzip
import hashlib
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, Literal, TextIO, overload

from filelock import FileLock, Timeout

from jointre.errors import TrainingError, UsageError
from jointre.printable import dump_json

LOCK = ".lock"
PART = ".part"
PART_NAME = re.compile(r"\..+\.[0-9a-f]{16}\.part")
NAME_LENGTH = (
    40  # characters of a file's name in the name of its part, because the length of names is limited
)
SYSTEM_ERROR = re.compile(r"os error (\d+)")


class InUse(UsageError):
    """Another process uses the folder."""


def sync(path: Path) -> None:
    """Flush a file or folder to the disk, so that it survives a power failure."""
    if os.name == "nt":  # where folders cannot be opened, and files open for reading cannot be synced
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of the bytes of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def writing(what: str, path: Path) -> Iterator[None]:
    """Turn a failed write into a `TrainingError` that says what could not be written, where and why."""
    try:
        yield
    except Exception as error:
        # safetensors and tokenizers raise their own errors when the system refuses to write.
        number = SYSTEM_ERROR.search(str(error))
        if not isinstance(error, OSError) and number is None:
            raise
        reason = os.strerror(int(number[1])) if number else getattr(error, "strerror", None) or str(error)
        raise TrainingError(f"{what} cannot be written: {reason} ({path}; {_free(path)})") from error


def _free(path: Path) -> str:
    there = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    return f"{shutil.disk_usage(there).free / 1e6:,.0f} MB are free there"


@overload
def replacing(path: Path, mode: Literal["w"] = "w") -> AbstractContextManager[TextIO]: ...
@overload
def replacing(path: Path, mode: Literal["wb"]) -> AbstractContextManager[BinaryIO]: ...
@contextmanager
def replacing(path: Path, mode: Literal["w", "wb"] = "w") -> Iterator[Any]:
    """Open a new file that replaces ``path`` when the block ends without an error; else ``path`` does not change.

    Until then the new file has a random name next to ``path``, so no other file or link can be there. It gets the
    permissions of the file that it replaces, or those of any new file. A link is followed: its target is replaced, and
    the link stays.

    Args:
        path: the file to write.
        mode: ``w`` for UTF-8 text, packed with gzip if the name of ``path`` ends in ``.gz``; ``wb`` for bytes as they
            are.

    Raises:
        OSError: the disk refuses.
    """
    target = Path(os.path.realpath(path))
    part = _beside(target)
    try:
        with open(_create(part, target), "wb") as raw:
            if mode == "wb":
                yield raw
            else:
                with _text_to(raw, path.suffix.lower() == ".gz") as file:
                    yield file
            raw.flush()
            os.fsync(raw.fileno())
        os.replace(part, target)
        sync(target.parent)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _text_to(raw: BinaryIO, packed: bool) -> Iterator[TextIO]:
    """Open ``raw`` for UTF-8 text; the end of the block writes all of it and leaves ``raw`` open."""
    with gzip.GzipFile("", "wb", 6, raw, mtime=0) if packed else nullcontext(raw) as file:
        text = TextIOWrapper(file, encoding="utf8")
        try:
            yield text
        finally:
            text.detach()  # which writes what is left


@contextmanager
def private_folder(path: Path) -> Iterator[Path]:
    """Create a folder next to ``path`` that only this user can open, and remove it when the block ends.

    It is for libraries that create their files themselves, so that `replacing` cannot be used. Finished files are
    renamed from it to ``path``, which is on the same disk.
    """
    folder = _beside(path)
    try:
        folder.mkdir(0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Create a new folder that replaces ``path`` when the block ends without an error; else ``path`` does not change.

    A link is followed. A folder that is already there is removed with everything in it.

    Raises:
        OSError: the disk refuses.
    """
    target = Path(os.path.realpath(path))
    with private_folder(target) as private:
        new, old = private / "new", private / "old"
        new.mkdir()
        yield new
        if target.exists():
            os.rename(target, old)
        try:
            os.rename(new, target)
        except OSError:
            if old.exists():
                os.rename(old, target)
            raise
        sync(target.parent)


def _beside(path: Path) -> Path:
    """Return a random name next to ``path`` that `remove_parts` recognises."""
    return path.with_name(f".{path.name[:NAME_LENGTH]}.{secrets.token_hex(8)}{PART}")


def _create(part: Path, target: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        mode = stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        return os.open(part, flags, 0o666)
    handle = os.open(part, flags, mode)
    part.chmod(mode)  # the umask applies only to new files
    return handle


def is_part(path: Path) -> bool:
    """Return whether `replacing` or `private_folder` gave a file or folder its name."""
    return PART_NAME.fullmatch(path.name) is not None


def remove_parts(folder: Path, age: float = 0.0) -> None:
    """Remove incomplete files that a killed process left in a folder.

    Args:
        folder: the folder, which this process holds unless ``age`` is given.
        age: seconds after which no process can still be writing them.
    """
    for part in folder.glob(f".*{PART}"):
        with suppress(FileNotFoundError):  # the process that wrote it has removed or renamed it meanwhile
            if is_part(part) and time.time() - part.lstat().st_mtime >= age:
                shutil.rmtree(part) if part.is_dir() and not part.is_symlink() else part.unlink()


def write_json(path: Path, facts: Mapping[str, Any]) -> None:
    """Write a JSON file; it replaces an earlier one completely or not at all.

    Raises:
        TrainingError: the disk refuses.
    """
    write_text(path, dump_json(facts, indent=2) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file; it replaces an earlier one completely or not at all.

    Raises:
        TrainingError: the disk refuses.
    """
    with writing(path.name, path), replacing(path) as file:
        file.write(text)


@contextmanager
def hold(folder: Path, what: str, refusal: InUse, seconds: float = 0.0) -> Iterator[None]:
    """Lock a folder against all other processes; create it if it does not exist.

    The system releases the lock when this process ends, in whatever way. One process can hold it more than once.

    Args:
        folder: the folder with the lock.
        what: the name of the folder, for the error if it cannot be written.
        refusal: the error to raise if another process holds it.
        seconds: time to wait for another process.
    """
    with writing(what, folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK, is_singleton=True, thread_local=False)
        try:
            lock.acquire(timeout=seconds)
        except Timeout:
            raise refusal from None
    try:
        yield
    finally:
        lock.release()
