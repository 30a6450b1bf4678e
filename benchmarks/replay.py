"""An encoder that computes each batch once, so that what remains can be timed alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from jointre.data.batch import Batch
from jointre.data.stages import Encoded
from jointre.encoders.base import Encoder


@contextmanager
def remembering(encoder: Encoder) -> Iterator[None]:
    """While open, ``encoder`` returns the very same states for a batch of the same documents."""
    compute = encoder.forward
    known: dict[tuple[int, ...], Encoded] = {}
    batches: list[Batch] = []  # alive, so that no other list of words gets the identity of one of theirs

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
    """The batches that ``encoder`` gets while open."""
    batches: list[Batch] = []
    hook = encoder.register_forward_pre_hook(lambda _, args: batches.append(args[0]))
    try:
        yield batches
    finally:
        hook.remove()
