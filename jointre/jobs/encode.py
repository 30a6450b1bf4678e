"""The bytes of the file that a writer writes."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.errors import Fault, UsageError
from jointre.writers.base import TextWriter, Writer


def encoded(docs: Iterable[Doc], writer: Writer, report: Report) -> bytes:
    """Return documents as far as the format holds them, and report what it does not hold."""
    if isinstance(writer, TextWriter):
        return "".join(writer.pieces(writer.fit(docs, report))).encode()
    with tempfile.TemporaryDirectory(prefix="jointre-") as folder:
        file = Path(folder) / f"shard{writer.ending}"
        writer.save(docs, file, report)
        return file.read_bytes()


def refuse_folders(writer: Writer, name: str, option: str) -> None:
    """Refuse a writer of folders, because a shard is one file.

    Raises:
        UsageError: the writer writes folders.
    """
    if writer.files or not writer.ending:
        fault = Fault(
            f"{name} writes a folder of files", option, "choose a format of one file, such as jsonl"
        )
        raise UsageError("the format cannot be written in shards", [fault])
