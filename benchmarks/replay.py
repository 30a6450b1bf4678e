"""Compute the encoder only once per batch, so that the rest can be timed alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from jointre.data.batch import Batch
from jointre.data.stages import Encoded
from jointre.encoders.base import Encoder


@contextmanager
def remembering(encoder: Encoder) -> Iterator[None]:
    """Make ``encoder`` return the same states for a batch of the same documents while the context is open."""
    compute = encoder.forward
    known: dict[tuple[int, ...], Encoded] = {}
    batches: list[Batch] = []  # kept alive, so that no other list of words gets the id of one of theirs

    def forward(batch: Batch) -> Encoded:
        key = tuple(id(doc.words) for doc in batch.docs)
        if key not in known:
            batches.append(batch)
            known[key] = compute(batch)
        return known[key]

    with patch.object(encoder, "forward", forward):
        yield


@contextmanager
def recording(encoder: Encoder) -> Iterator[list[Batch]]:
    """Collect the batches that ``encoder`` receives while the context is open."""
    batches: list[Batch] = []
    hook = encoder.register_forward_pre_hook(lambda _, args: batches.append(args[0]))
    try:
        yield batches
    finally:
        hook.remove()
