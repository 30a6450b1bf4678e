"""Checkpoints of the published SpERT implementation."""

from pathlib import Path

from jointre.importing.convert import Asked, Imported, convert
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
    """Write a jointre model folder that predicts what the published code does with this checkpoint.

    Args:
        folder: the checkpoint: ``config.json``, the tokenizer's files, ``model.safetensors`` or
            ``pytorch_model.bin``.
        out: the model folder to write.
        types: the types file that the model was trained with; its order is the order of the classes.
        max_width: widest entity in words (SpERT: ``max_span_size``).
        threshold: a relation holds at this probability or above (SpERT: ``rel_filter_threshold``).
        lowercase: whether the tokenizer lower-cases; None takes the checkpoint's ``do_lower_case``.
        force: whether a model folder at ``out`` is replaced.

    Raises:
        UsageError: ``out`` is in use.
        DataError: the types file cannot be used.
        ModelFolderError: with every file and every tensor that does not fit.
    """
    return convert(SPERT, Asked(folder, out, types, max_width, threshold, lowercase, force))
