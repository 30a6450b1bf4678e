"""Outputs checked at the door: what cannot be written is refused before any work is done."""

import os
from pathlib import Path

from jointre.errors import Fault, UsageError


def refuse_unwritable(*outputs: Path | None, force: bool = True) -> None:
    """Refuse files that are in the way, or that cannot be written where they are wanted, all at once.

    Args:
        outputs: files to write; None for one that is not asked for.
        force: whether a file that exists may be replaced.
    """
    faults = [fault for path in outputs if path is not None for fault in _faults(path, force)]
    if faults:
        raise UsageError("the output cannot be written", faults)


def _faults(path: Path, force: bool) -> list[Fault]:
    folder = path.parent
    try:
        if path.is_dir():
            return [Fault("is a folder", str(path), "give the name of a file")]
        if path.exists() and not path.is_file():
            return [Fault("is no ordinary file", str(path), "give the name of a file")]
        if path.exists() and not force:
            return [Fault("exists already", str(path), "choose another name, or --force to replace it")]
        if not folder.is_dir():
            what = "is a file, not a folder" if folder.exists() else "there is no such folder"
            return [Fault(what, str(folder), "make the folder first")]
        if path.exists() and not os.access(path, os.W_OK):
            return [Fault("no permission to write this file", str(path), "choose another name")]
        if not os.access(folder, os.W_OK | os.X_OK):
            return [Fault("no permission to write in this folder", str(folder), "choose another folder")]
    except OSError as error:
        return [Fault(error.strerror or str(error), str(path), "choose another name")]
    return []


def refuse_folder(path: Path, remedy: str = "choose another --output") -> None:
    """Refuse a folder that cannot be made or written, before what is to be written in it is there."""
    try:
        nearest = next((part for part in (path, *path.parents) if part.exists()), Path())
        fault = Fault("no permission to write in this folder", str(nearest), remedy)
        if not nearest.is_dir():
            fault = Fault("is a file, not a folder", str(nearest), remedy)
        elif os.access(nearest, os.W_OK | os.X_OK):
            return
    except OSError as error:
        fault = Fault(error.strerror or str(error), str(path), remedy)
    raise UsageError("the output folder cannot be written", [fault])
