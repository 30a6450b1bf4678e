"""Try a model that was built from a folder before it is used."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from jointre.data.doc import Doc
from jointre.errors import BuildError, Fault
from jointre.models.base import Model
from jointre.predict import Predictor
from jointre.tokenizers.base import Tokenizer

WORDS = ("Ada", "wrote", "1843", ".")


def vocabulary_faults(model: Model, pieces: int) -> Iterator[Fault]:
    """Report if the tokenizer has more pieces than the encoder has embeddings."""
    size = model.encoder.vocabulary_size()
    if size is not None and pieces > size:
        what = f"the tokenizer has {pieces} pieces, but the encoder has {size} embeddings"
        yield Fault(what, remedy="tokenizer and weights are from different models: copy the folder again")


def try_out(model: Model, tokenizer: Tokenizer) -> None:
    """Predict one sentence.

    Raises:
        BuildError: the encoder's states are not finite, so that the model would silently find nothing.
        Exception: whatever components raise over values that no check covers.
    """
    finite: list[bool] = []

    def watch(_: nn.Module, __: Any, output: Any) -> None:
        finite.append(all(bool(torch.isfinite(layer).all()) for layer in output.layers))

    handle = model.encoder.register_forward_hook(watch)
    try:
        list(Predictor(model, tokenizer)([Doc(list(WORDS))]))
    finally:
        handle.remove()
    if not all(finite):
        fault = Fault(
            "the encoder's states of a plain sentence are not finite", remedy="train the model again"
        )
        raise BuildError("the model cannot predict", [fault])
