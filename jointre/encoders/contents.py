"""Compare pretrained models by what their folders hold."""

import hashlib
from functools import cache
from pathlib import Path

from jointre.data.atomic_write import file_sha256
from jointre.encoders.locate import locate
from jointre.errors import BuildError

ENDINGS = frozenset([".json", ".txt", ".model", ".safetensors", ".bin"])
"""Endings of configs, vocabularies and weights; a README or a log may change."""


def contents_sha256(name: str) -> str | None:
    """Return the SHA-256 of names and bytes of the files of a pretrained model.

    Args:
        name: a hub id, a folder, or ``pkg:PACKAGE/PATH``.

    Returns:
        The hash in hexadecimal; None for a hub id, and for a folder that does not exist.
    """
    try:
        folder = Path(locate(name))
    except BuildError:
        return None
    if not folder.is_dir():
        return None
    files = sorted(path for path in folder.iterdir() if path.suffix in ENDINGS and path.is_file())
    lines = (
        f"{path.name} {_sha256(path, (stat := path.stat()).st_size, stat.st_mtime_ns)}\n" for path in files
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@cache
def _sha256(path: Path, size: int, modified: int) -> str:
    """Return the SHA-256 of a file; the runs of an experiment share it as long as size and time are the same."""
    return file_sha256(path)
