"""Checkpoints of the published SpERT implementation."""

from pathlib import Path

from jointre.importing.convert import Imported, ImportRequest, convert
from jointre.importing.layouts import SPERT


def import_spert(
    folder: Path,
    out: Path,
    types: Path,
    *,
    max_width: int = 10,
    threshold: float = 0.4,
    lowercase: bool | None = None,
    force: bool = False,
) -> Imported:
    """Write a jointre model folder with the predictions of the published code for this checkpoint.

    Args:
        folder: the checkpoint: ``config.json``, the tokenizer's files, ``model.safetensors`` or ``pytorch_model.bin``.
        out: the model folder to write.
        types: the types file that the model was trained with; its order is the order of the classes.
        max_width: maximum width of entities in words (``max_span_size`` in SpERT's code).
        threshold: a relation holds at this probability or above (``rel_filter_threshold``).
        lowercase: whether the tokenizer lower-cases text; None uses the checkpoint's ``do_lower_case``.
        force: whether to replace a model folder at ``out``.

    Raises:
        UsageError: ``out`` is in use.
        DataError: the types file cannot be used.
        ModelFolderError: with every file and every tensor that does not fit.
    """
    return convert(SPERT, ImportRequest(folder, out, types, max_width, threshold, lowercase, force))
