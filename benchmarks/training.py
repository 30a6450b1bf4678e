"""Compare training steps with forward, backward, clipping and update of the encoder on the same batches."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from itertools import chain, count
from statistics import median
from typing import Any, NamedTuple

import torch
from torch import Tensor

from benchmarks.subject import Subject, with_padding
from benchmarks.timing import seconds, share
from jointre.config import TrainingSettings, resolve
from jointre.data.batch import Batch
from jointre.encoders.base import Encoder
from jointre.predict import autocast
from jointre.system import prepare
from jointre.training.base_updater import clip_
from jointre.training.loader import TrainingData
from jointre.training.updater import Updater

WARM_UP = 1


def training_data(subject: Subject, batch_size: int) -> tuple[TrainingSettings, TrainingData]:
    """Return the settings of the config and the tokenized corpus, for batches of this many documents."""
    settings: TrainingSettings = replace(resolve(subject.config, "training"), batch_size=batch_size)
    corpus, tokenizer = subject.corpus, subject.tokenizer
    encodings = tokenizer.encode(corpus.docs, subject.model.encoder.max_length)
    return settings, TrainingData(
        encodings, corpus.labels, tokenizer.pad_id, batch_size, settings.drop_last, seed=0
    )


class EncoderStep:
    """Forward, backward, clipping and update of an encoder alone, with the optimizer of the config.

    The loss is a fixed random weighting of the states; its gradient is dense, like the gradient of a real loss.
    """

    def __init__(self, encoder: Encoder, settings: TrainingSettings, precision: str) -> None:
        self.encoder = encoder.train()
        self.optimizer = settings.optimizer.create(encoder)
        self.clip = settings.clip
        self.precision = precision
        self.maker = torch.Generator().manual_seed(0)

    def __call__(self, batch: Batch) -> None:
        """Run one step."""
        device = batch.ids.device
        with autocast(device, self.precision):
            states: Tensor = self.encoder(batch).layers[-1]
        weights = torch.randn(states.shape[-1], generator=self.maker).to(device)
        (states.float() @ weights).mean().backward()
        clip_(self.encoder.parameters(), self.clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)


class Baseline(NamedTuple):
    """The encoder to compare with, and the number format of its forward pass."""

    encoder: Encoder
    precision: str


def measure_training(
    subject: Subject,
    batch_sizes: Sequence[int],
    steps: Sequence[int],
    precision: str | None = None,
    baseline: Baseline | None = None,
) -> list[dict[str, Any]]:
    """Measure training steps per batch size; each step is followed by a step of the encoder on the same batch.

    A step includes collating. This trains the model. On a GPU, ten steps run at once, so that the host can run ahead.

    Args:
        precision: number format of the loop; by default, the precision of the options.
        baseline: encoder to compare with; by default a copy of the model's encoder in the same precision.
    """
    prepare(resolve(subject.config, "system"))
    precision = precision or subject.options.precision
    rows = []
    for batch_size, n_steps in zip(batch_sizes, steps, strict=True):
        settings, data = training_data(subject, batch_size)
        other = baseline or Baseline(with_padding(deepcopy(subject.model.encoder)), precision)
        alone = EncoderStep(other.encoder, settings, other.precision)
        subject.model.train()
        updater = Updater(subject.model, data, settings, precision)
        rows.append({"batch_size": batch_size, **_compare(updater, alone, n_steps, subject.device)})
    subject.model.eval()
    return rows


def _compare(updater: Updater, alone: EncoderStep, n_steps: int, device: torch.device) -> dict[str, Any]:
    at_once = 10 if device.type == "cuda" else 1
    stream = chain.from_iterable(updater.data.updates(number, 1) for number in count())
    whole: list[float] = []
    limit: list[float] = []
    batches: list[Batch] = []

    def train() -> None:
        for _ in range(at_once):
            work = next(stream)
            batches.extend(part for part in work.parts if part is not None)
            updater.update(work)

    def encode() -> None:
        for batch in batches[-at_once:]:
            alone(batch.to(device))

    for _ in range(max(n_steps // at_once, 1) + WARM_UP):
        whole.append(seconds(train, device))
        limit.append(seconds(encode, device))
    whole, limit, batches = whole[WARM_UP:], limit[WARM_UP:], batches[WARM_UP * at_once :]
    n_docs = sum(len(batch) for batch in batches)
    return {
        "steps": len(batches),
        "documents_per_second": n_docs / sum(whole),
        "encoder_documents_per_second": n_docs / sum(limit),
        "milliseconds": 1e3 * median(whole) / at_once,
        "ratio": share(limit, whole),
    }
