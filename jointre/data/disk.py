"""Writing so that a file is whole or absent, whatever happens; and knowing a file again by its hash."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from jointre.errors import TrainingError, UsageError

LOCK = ".lock"
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


def write_json(path: Path, facts: dict[str, Any]) -> None:
    """Write a JSON file; it replaces an earlier one whole or not at all.

    Raises:
        TrainingError: the disk refuses.
    """
    write_text(path, json.dumps(facts, indent=2, ensure_ascii=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file; it replaces an earlier one whole or not at all.

    Raises:
        TrainingError: the disk refuses.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with writing(path.name, path):
            part.write_text(text, encoding="utf8")
            sync(part)
            os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


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
