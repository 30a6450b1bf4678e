"""Checkpoints of the published SINET implementation."""

from pathlib import Path

from jointre.importing.convert import Imported, ImportRequest, convert
from jointre.importing.layouts import SINET


def import_sinet(
    folder: Path,
    out: Path,
    types: Path,
    *,
    max_width: int = 8,
    heads: int = 4,
    threshold: float = 0.5,
    lowercase: bool | None = None,
    force: bool = False,
) -> Imported:
    """Write a jointre model folder with the predictions of the published code for this checkpoint.

    They are its predictions for one sentence at a time: in a batch it attends to padding, so that its results depend on
    the other sentences of the batch.

    Args:
        folder, out, types, lowercase, force: see `jointre.importing.import_spert`.
        max_width: maximum width of entities in words (``max_span_size`` in SINET's code).
        heads: number of heads of the cross-task attention (``head``); the checkpoint does not store it.
        threshold: a relation holds at this probability or above (``rel_filter_threshold``).

    Raises:
        UsageError: ``out`` is in use.
        DataError: the types file cannot be used.
        ModelFolderError: with every file and every tensor that does not fit; ``heads`` that do not divide the width.
    """
    return convert(SINET, ImportRequest(folder, out, types, max_width, threshold, lowercase, force, heads))
