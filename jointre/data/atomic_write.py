"""Writing so that a file is whole or absent, whatever happens; and knowing a file again by its hash."""

import hashlib
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal, TextIO, overload

from filelock import FileLock, Timeout

from jointre.errors import TrainingError, UsageError
from jointre.printable import dump_json

LOCK = ".lock"
PART = ".part"
PART_NAME = re.compile(r"\..+\.[0-9a-f]{16}\.part")
NAME_LENGTH = 40  # of the name of a file, in that of its part, as the length of names is limited
SYSTEM_ERROR = re.compile(r"os error (\d+)")


class InUse(UsageError):
    """Another process works in the folder."""


def sync(path: Path) -> None:
    """Bring a file or folder to the disk, so that it outlives a loss of power."""
    if os.name == "nt":  # folders cannot be opened there, nor files synced that are open for reading
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def file_sha256(path: Path) -> str:
    """SHA-256 of the bytes of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def writing(what: str, path: Path) -> Iterator[None]:
    """Turn a write that fails into a `TrainingError`: what could not be written, where, and why."""
    try:
        yield
    except Exception as error:
        # The writers of safetensors and tokenizers raise errors of their own for what the system refuses.
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
    """Open a new file that replaces ``path`` when the block ends without an error; else ``path`` stays as it is.

    Until then the new file has a random name next to ``path``, and nobody can have put a file or link there before.
    It gets the permissions of the file that it replaces, or those of any new file. A link is followed: what it
    points to is replaced, and the link stays.

    Args:
        path: the file to write.
        mode: ``w`` for UTF-8 text, ``wb`` for bytes.

    Raises:
        OSError: the disk refuses.
    """
    target = Path(os.path.realpath(path))
    part = _beside(target)
    try:
        with open(_create(part, target), mode, encoding=None if mode == "wb" else "utf8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
        sync(target.parent)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def private_folder(path: Path) -> Iterator[Path]:
    """Make a folder next to ``path`` that only this user can enter, and remove it when the block ends.

    For what is made by libraries that create their files themselves, so that `replacing` does not serve. What is
    finished is renamed out of it to ``path``, which is on the same disk.
    """
    folder = _beside(path)
    try:
        folder.mkdir(0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _beside(path: Path) -> Path:
    """A name next to ``path`` that nobody can guess; `remove_parts` knows it again."""
    return path.with_name(f".{path.name[:NAME_LENGTH]}.{secrets.token_hex(8)}{PART}")


def _create(part: Path, target: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        mode = stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        return os.open(part, flags, 0o666)
    handle = os.open(part, flags, mode)
    part.chmod(mode)  # the umask is for new files only
    return handle


def is_part(path: Path) -> bool:
    """Whether a file or folder has a name that `replacing` or `private_folder` gave it."""
    return PART_NAME.fullmatch(path.name) is not None


def remove_parts(folder: Path, age: float = 0.0) -> None:
    """Remove what a killed process left half written in a folder.

    Args:
        folder: held by this process, or else
        age: seconds after which no process can still be writing them.
    """
    for part in folder.glob(f".*{PART}"):
        if is_part(part) and time.time() - part.lstat().st_mtime >= age:
            shutil.rmtree(part) if part.is_dir() and not part.is_symlink() else part.unlink()


def write_json(path: Path, facts: Mapping[str, Any]) -> None:
    """Write a JSON file; it replaces an earlier one whole or not at all.

    Raises:
        TrainingError: the disk refuses.
    """
    write_text(path, dump_json(facts, indent=2) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file; it replaces an earlier one whole or not at all.

    Raises:
        TrainingError: the disk refuses.
    """
    with writing(path.name, path), replacing(path) as file:
        file.write(text)


@contextmanager
def hold(folder: Path, what: str, refusal: InUse) -> Iterator[None]:
    """Hold a folder, which is made if it is not there, against all other processes.

    The system lets go of it when this process ends, in whatever way. Within one process it can be held more
    than once.

    Args:
        folder: where the lock lies.
        what: name of the folder where it cannot be written.
        refusal: what to raise if another process holds it.
    """
    with writing(what, folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK, is_singleton=True, thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise refusal from None
    try:
        yield
    finally:
        lock.release()
