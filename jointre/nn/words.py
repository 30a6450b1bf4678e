"""One vector per word, from a view of words or of word pieces."""

from typing import Literal

import torch
from torch import Tensor

from jointre.data.batch import Batch
from jointre.data.stages import View
from jointre.nn.ranges import range_mean

Take = Literal["first", "last", "mean"]


def word_states(view: View, batch: Batch, take: Take) -> Tensor:
    """Return [B, W, V], the states of the words; values beyond a document's last word are meaningless.

    Args:
        view: of words, whose states are returned as they are, or of pieces.
        batch: the documents.
        take: whether a word is its first piece, its last piece, or the mean of its pieces.
    """
    if view.level == "word":
        return view.states
    n_docs, n_words = batch.word_pieces.shape[:2]
    doc = torch.arange(n_docs, device=view.states.device).unsqueeze(1).expand(n_docs, n_words)
    if take == "mean":
        states = range_mean(view.states, doc.flatten(), batch.word_pieces.flatten(0, 1), view.cache)
    else:
        start, end = batch.word_pieces.unbind(2)
        piece = start if take == "first" else (end - 1).clamp(min=0)
        rows = doc * view.states.shape[1] + piece
        states = view.states.flatten(0, 1).index_select(0, rows.flatten())
    return states.view(n_docs, n_words, -1)
