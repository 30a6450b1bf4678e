"""Contracts for documents that are longer than an encoder accepts."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from jointre.data.batch import Batch, collate
from jointre.data.doc import Doc
from jointre.data.encoding import Encoding
from jointre.data.windows import lay_out
from jointre.encoders.base import Encoder
from jointre.errors import DataError
from jointre.testing.asserts import expect, expect_close, named
from jointre.testing.toy import toy_docs, toy_encoding
from jointre.tokenizers.base import Tokenizer

LIMIT = 12


def expect_windows(part: Encoder) -> None:
    """Expect that the states of a long document are those of its windows, each encoded alone; short documents are
    unaffected.
    """
    if part.max_length is None:
        return
    room = min(LIMIT, part.max_length) - 2
    whole = [toy_encoding(doc) for doc in toy_docs()]
    encodings = [
        replace(e, windows=lay_out(e.words, room, room // 2)) if len(e.ids) > room + 2 else e for e in whole
    ]
    together = part(collate(encodings, pad_id=0))
    for row, encoding in enumerate(encodings):
        states, pooled = _by_hand(part, encoding)
        message = f"{named(part)} does not honour batch.windows ({encoding.doc.id})"
        expect_close(together.layers[-1][row, : len(encoding.ids)], states, message)
        if pooled is not None and together.pooled is not None:
            expect_close(together.pooled[row], pooled, message)


def _by_hand(part: Encoder, encoding: Encoding) -> tuple[Tensor, Tensor | None]:
    head, tail = encoding.words[0, 0], encoding.words[-1, 1]
    layout = encoding.windows or lay_out(encoding.words, int(tail - head), 0)
    before, after = list(encoding.ids[:head]), list(encoding.ids[tail:])
    outputs = [part(_alone([*before, *encoding.ids[s:e], *after], head)) for s, e in layout.ranges]
    states = [output.layers[-1][0] for output in outputs]
    content = [
        states[window][head + piece - layout.ranges[window, 0]]
        for piece, window in zip(range(head, tail), layout.window, strict=True)
    ]
    first = torch.stack([state[:head] for state in states]).mean(0)
    pooled = [output.pooled[0] for output in outputs if output.pooled is not None]
    last = states[-1][len(states[-1]) - len(after) :]
    return torch.cat([first, torch.stack(content), last]), torch.stack(pooled).mean(0) if pooled else None


def _alone(ids: list[int], head: int) -> Batch:
    places = np.arange(head, len(ids) - 1)
    words = np.stack([places, places + 1], axis=1)
    return collate([Encoding(Doc(["w"] * len(words)), ids, words)], pad_id=0)


def expect_fitting(part: Tokenizer) -> None:
    """Expect that with a limit, every encoding fits, or has windows that fit and cover it."""
    what = named(part)
    try:
        encodings = part.encode(toy_docs(), LIMIT)
    except DataError:
        return
    for encoding in encodings:
        where = f"{what}: document {encoding.doc.id!r}"
        expect(
            encoding.sequences[1] <= LIMIT, f"{where} is longer than max_length, and its windows do not fit"
        )
        if encoding.windows is not None:
            ranges, window = encoding.windows.ranges, encoding.windows.window
            places = np.arange(encoding.words[0, 0], encoding.words[-1, 1])
            expect(window.shape == places.shape, f"{where}: not every piece of a word has a window")
            inside = (ranges[window, 0] <= places) & (places < ranges[window, 1])
            expect(inside.all(), f"{where}: a piece takes its state from a window that does not contain it")
