"""Group encodings: shuffled batches for training, batches of similar length for prediction."""

from collections.abc import Iterator, Sequence

import numpy as np

from jointre.data.encoding import Encoding


def epoch_order(n_docs: int, batch_size: int, drop_last: bool, seed: int, epoch: int) -> list[list[int]]:
    """Return the batches of document indices for one epoch; they depend only on the arguments.

    With ``drop_last`` there are floor(n_docs / batch_size) batches, unless that were none.
    """
    order = np.random.default_rng((seed, epoch)).permutation(n_docs).tolist()
    batches = [order[i : i + batch_size] for i in range(0, n_docs, batch_size)]
    if drop_last and len(batches) > 1 and len(batches[-1]) < batch_size:
        batches.pop()
    return batches


def by_length(encodings: Sequence[Encoding], batch_pieces: int) -> Iterator[list[Encoding]]:
    """Return batches of similar length, longest first, of at most ``batch_pieces`` pieces including padding.

    Counted are both the documents and the windows that the encoder reads; the larger of the two must fit. An
    encoding for which they do not stands alone.
    """
    batch: list[Encoding] = []
    rows = width = 0
    for encoding in sorted(encodings, key=lambda e: len(e.ids), reverse=True):
        n_rows, longest = encoding.sequences
        rows, width = rows + n_rows, max(width, longest)
        if batch and max(len(batch[0].ids) * (len(batch) + 1), rows * width) > batch_pieces:
            yield batch
            batch, rows, width = [], n_rows, longest
        batch.append(encoding)
    if batch:
        yield batch
