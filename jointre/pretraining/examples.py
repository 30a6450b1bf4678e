"""From documents to batches of examples for all objectives."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
import torch

from jointre.data.doc import Doc
from jointre.data.encoding import Encoding
from jointre.objectives.base import Example, ExampleBatch, Material, Objective
from jointre.objectives.corrupt import Replacements
from jointre.pretraining.scan_shards import Mention
from jointre.tokenizers.base import Tokenizer

Numbered = tuple[int, Doc]


@dataclass(frozen=True)
class PretrainingBatch:
    """Examples for all objectives, made from the same documents.

    Args:
        examples: by objective, for objectives that have any.
        docs: from which they were made.
        long: number of documents that were left out because they are too long.
    """

    examples: Mapping[str, ExampleBatch]
    docs: tuple[Doc, ...]
    long: int

    def to(self, device: torch.device) -> "PretrainingBatch":
        """Return the batch on ``device``."""
        return replace(self, examples={name: part.to(device) for name, part in self.examples.items()})


@dataclass(frozen=True)
class Maker:
    """Makes batches.

    Args:
        tokenizer: built.
        objectives: by name; they need not be built.
        material: from which corrupted examples draw.
        max_pieces: documents with more word pieces are left out.
        seed: of the run.
    """

    tokenizer: Tokenizer
    objectives: Mapping[str, Objective]
    material: Material
    max_pieces: int
    seed: int

    def __call__(self, numbered: Sequence[Numbered], epoch: int) -> PretrainingBatch:
        """Make the batch of some documents. It depends on their numbers and the epoch only, not on the process."""
        encodings = self.tokenizer.encode([doc for _, doc in numbered])
        short = [
            replace(encoding, key=number)
            for (number, _), encoding in zip(numbered, encodings, strict=True)
            if len(encoding.ids) <= self.max_pieces
        ]
        made = {name: list(self._examples(name, short, epoch)) for name in self.objectives}
        pad = self.material.pad_id
        batches = {name: self.objectives[name].collate(part, pad) for name, part in made.items() if part}
        return PretrainingBatch(batches, tuple(e.doc for e in short), len(numbered) - len(short))

    def _examples(self, name: str, encodings: Iterable[Encoding], epoch: int) -> Iterable[Example]:
        for encoding in encodings:
            rng = np.random.default_rng((self.seed, epoch, encoding.key, crc32(name.encode())))
            yield from self.objectives[name].examples(encoding, self.material, rng)


def replacements(mentions: Sequence[Mention], tokenizer: Tokenizer) -> Replacements:
    """Cut the mentions into word pieces."""
    if not mentions:
        return Replacements()
    encodings = tokenizer.encode([Doc(list(words)) for words in mentions])
    return Replacements.of(tuple(e.ids[int(e.words[0, 0]) : int(e.words[-1, 1])]) for e in encodings)
