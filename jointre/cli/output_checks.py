"""Check outputs before any work is done."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from jointre.errors import Fault, UsageError


def refuse_unwritable(*outputs: Path | None, force: bool = True, inputs: Iterable[str | Path] = ()) -> None:
    """Refuse outputs that exist or cannot be written, all at once.

    A link is written through, as `jointre.data.atomic_write.replacing` does, so what it points to is checked.

    Args:
        outputs: files to write; None for one that is not requested.
        force: whether existing files may be overwritten.
        inputs: what the command reads, as the user named it. No output may be one of these files, under any name, or
            be in one of these folders.
    """
    asked = [path for path in outputs if path is not None]
    faults = [fault for path in asked for fault in _faults(path, force, list(map(Path, inputs)))]
    real = [os.path.realpath(path) for path in asked]
    if len(set(real)) < len(real):
        twice = next(path for path, name in zip(asked, real, strict=True) if real.count(name) > 1)
        faults.append(Fault("two outputs are the same file", str(twice), "give each its own name"))
    if faults:
        raise UsageError("the output cannot be written", faults)


def _faults(path: Path, force: bool, inputs: list[Path]) -> list[Fault]:
    try:
        return [fault] if (fault := _name(path) or _input(path, inputs) or _file(path, force)) else []
    except OSError as error:
        return [Fault(error.strerror or str(error), str(path), "choose another name")]


def _name(path: Path) -> Fault | None:
    """Return what is wrong with a name: it is not UTF-8, or the file system refuses it."""
    try:
        str(path).encode("utf8")
    except UnicodeEncodeError:
        return Fault("its name is not UTF-8", str(path), "choose another name")
    with suppress(FileNotFoundError, NotADirectoryError):
        os.lstat(path)  # a name that is too long raises another error
    return None


def _input(path: Path, inputs: list[Path]) -> Fault | None:
    for source in inputs:
        if source.is_dir() and Path(os.path.realpath(path)).parent == source.resolve():
            return Fault(f"is in {source}, which is an input", str(path), "choose another folder")
        if path.exists() and source.exists() and os.path.samefile(path, source):
            return Fault(f"is the same file as the input {source}", str(path), "choose another name")
    return None


def _file(path: Path, force: bool) -> Fault | None:
    """Return what is wrong with a file: it, or the target of a link, must be a regular file in a writable folder."""
    target = Path(os.path.realpath(path))
    folder = target.parent
    if target.is_symlink():
        return Fault("is a link in a circle of links", str(path), "choose another name")
    if target.is_dir():
        return Fault("is a folder", str(path), "pass the name of a file")
    if target.exists() and not target.is_file():
        return Fault("is not a regular file", str(path), "pass the name of a file")
    if target.exists() and not force:
        return Fault("already exists", str(path), "choose another name, or overwrite it with --force")
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "no such folder"
        return Fault(what, str(folder if path.is_symlink() else path.parent), "create the folder first")
    if target.exists() and not os.access(target, os.W_OK):
        return Fault("no permission to write this file", str(path), "choose another name")
    if not os.access(folder, os.W_OK | os.X_OK):
        return Fault("no permission to write in this folder", str(path.parent), "choose another folder")
    return None


def refuse_output(path: Path, files: tuple[str, ...], force: bool, inputs: Iterable[str | Path]) -> None:
    """Refuse an output of a writer that exists or cannot be written.

    Args:
        path: a file, or a folder that is replaced as a whole.
        files: the endings of the files in the folder; empty for a file.
        force: whether it may be overwritten; a folder only if it has no other files.
        inputs: what the command reads; the folder may be none of these, nor have one in it.
    """
    if not files:
        refuse_unwritable(path, force=force, inputs=inputs)
        return
    refuse_folder(path, "choose another name")
    try:
        real = Path(os.path.realpath(path))
        inside = [
            str(source) for source in inputs if real in (found := Path(source).resolve(), *found.parents)
        ]
        names = sorted(entry.name for entry in real.iterdir()) if real.is_dir() else []
    except OSError as error:
        raise UsageError(
            "the output cannot be written", [Fault(error.strerror or str(error), str(path))]
        ) from error
    other = [name for name in names if not name.endswith(files)]
    if inside:
        fault = Fault(f"has the input {inside[0]}", str(path), "choose another folder")
    elif other and force:
        fault = Fault(f"has other files, such as {other[0]!r}", str(path), "choose another folder")
    elif names and not force:
        fault = Fault("already exists", str(path), "choose another name, or overwrite it with --force")
    else:
        return
    raise UsageError("the output cannot be written", [fault])


def refuse_folder(path: Path, remedy: str = "choose another --output") -> None:
    """Refuse a folder that cannot be created or written, before the work whose results it is to hold."""
    try:
        nearest = next((part for part in (path, *path.parents) if part.exists()), Path())
        fault = Fault("no permission to write in this folder", str(nearest), remedy)
        if wrong := _name(path):
            fault = wrong
        elif not nearest.is_dir():
            fault = Fault("is a file, not a folder", str(nearest), remedy)
        elif os.access(nearest, os.W_OK | os.X_OK):
            return
    except OSError as error:
        fault = Fault(error.strerror or str(error), str(path), remedy)
    raise UsageError("the output folder cannot be written", [fault])
