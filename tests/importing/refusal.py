"""Checkpoints with something wrong, and what an import says to them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from naive_spert import NaiveSpert
from published import write_weights
from torch import Tensor

from jointre.errors import ModelFolderError, RefusedError
from jointre.importing import Imported


def rewrite(checkpoint: Path, naive: NaiveSpert, **changes: Tensor | None) -> None:
    """The checkpoint with some tensors changed (or, with None, left out); ``__`` stands for a dot."""
    state = dict(naive.state_dict())
    for name, tensor in changes.items():
        state.pop(name.replace("__", "."), None)
        if tensor is not None:
            state[name.replace("__", ".")] = tensor
    write_weights(checkpoint, state)


def refused_by(
    bring: Callable[..., Imported],
    checkpoint: Path,
    error: type[RefusedError] = ModelFolderError,
    **options: Any,
) -> str:
    """The message of a refused import, which must have written nothing."""
    out = checkpoint.parent / "model"
    with pytest.raises(error) as caught:
        bring(checkpoint, out, options.pop("types", checkpoint / "types.json"), **options)
    assert not out.exists()
    return str(caught.value)
