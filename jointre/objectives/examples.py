"""Example: what an objective makes from one document; and several of them as tensors."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from jointre.data.batch import Batch, collate
from jointre.data.encoding import Encoding
from jointre.data.host_copies import upload
from jointre.objectives.corrupt import Replacements


@dataclass(frozen=True)
class Material:
    """What examples are made with, besides the document.

    Args:
        types: the entity types; the class of a type is its position.
        mask_id: piece id of the mask.
        pad_id: piece id of padding.
        table: entities that can replace others.
    """

    types: tuple[str, ...]
    mask_id: int
    pad_id: int
    table: Replacements


@dataclass(frozen=True)
class Example:
    """One question about a document, or several that are encoded together.

    Args:
        encodings: the sequences to encode: the document, corrupted or with its words in another order.
        places: [M, k] int64, what each question is about: the sequence within this example, then offsets as the
            objective defines them.
        targets: [M] int64.
    """

    encodings: tuple[Encoding, ...]
    places: np.ndarray
    targets: np.ndarray


@dataclass(frozen=True)
class ExampleBatch:
    """A batch of examples on the device.

    Args:
        batch: all sequences.
        places: [M, k] as in `Example`, with the row of ``batch`` first.
        targets: [M] int64.
        group: [M] int64, the example of each row.
        n_examples: number of examples.
    """

    batch: Batch
    places: Tensor
    targets: Tensor
    group: Tensor
    n_examples: int

    def __len__(self) -> int:
        return self.targets.shape[0]

    def to(self, device: torch.device) -> "ExampleBatch":
        """Return the examples on ``device``."""
        places, targets, group = (upload(part, device) for part in (self.places, self.targets, self.group))
        return replace(self, batch=self.batch.to(device), places=places, targets=targets, group=group)


def stack(examples: Sequence[Example], pad_id: int) -> ExampleBatch:
    """Return examples (at least one) as one batch."""
    encodings = [encoding for example in examples for encoding in example.encodings]
    # the first place of a row counts sequences within its example; shift it to rows of the batch
    first = np.cumsum([0, *(len(example.encodings) for example in examples)])
    places = [
        example.places + np.eye(1, example.places.shape[1], dtype=np.int64) * row
        for example, row in zip(examples, first, strict=False)
    ]
    group = np.repeat(np.arange(len(examples)), [len(example.targets) for example in examples])
    return ExampleBatch(
        collate(encodings, pad_id),
        torch.from_numpy(np.concatenate(places)),
        torch.from_numpy(np.concatenate([example.targets for example in examples])),
        torch.from_numpy(group),
        len(examples),
    )
