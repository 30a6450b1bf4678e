"""Group encodings: shuffled batches for training, batches of similar length for prediction."""

from collections.abc import Iterator, Sequence

import numpy as np

from jointre.data.encoding import Encoding

WINDOW = 16
"""Number of batches whose documents are sorted by length together."""


def epoch_order(
    n_docs: int,
    batch_size: int,
    drop_last: bool,
    seed: int,
    epoch: int,
    lengths: Sequence[int] | np.ndarray | None = None,
) -> list[list[int]]:
    """Return the batches of document indices for one epoch; they depend only on the arguments.

    With ``drop_last`` there are floor(n_docs / batch_size) batches, unless that were none. With the ``lengths`` of the
    documents, full batches contain documents of similar length. A last batch that is not full, or is left out, has
    random documents in either case.
    """
    rng = np.random.default_rng((seed, epoch))
    order = rng.permutation(n_docs)
    n_full = n_docs // batch_size
    if lengths is not None:
        whole = n_full * batch_size
        order[:whole] = _similar(order[:whole], np.asarray(lengths), batch_size, rng)
    batches = [order[i : i + batch_size].tolist() for i in range(0, n_docs, batch_size)]
    return batches[:n_full] if drop_last and n_full else batches


def _similar(order: np.ndarray, lengths: np.ndarray, batch_size: int, rng: np.random.Generator) -> np.ndarray:
    """Return the same documents in another order: batches of similar length, themselves shuffled.

    Each window of consecutive batches is sorted by length, so that the documents of a batch change with the epoch.
    """
    size = WINDOW * batch_size
    windows = [order[start : start + size] for start in range(0, len(order), size)]
    parts = [window[np.argsort(lengths[window], kind="stable")] for window in windows]
    batches = np.concatenate([order[:0], *parts]).reshape(-1, batch_size)
    return batches[rng.permutation(len(batches))].ravel()


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
