"""Compare training steps with forward, backward, clipping and update of the encoder on the same batches."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import partial
from itertools import chain, count, islice
from typing import Any, NamedTuple

import torch
from torch import Tensor

from benchmarks.exact_encoders import COMPILED, PACKED, PADDED, with_padding
from benchmarks.options import Effort
from benchmarks.subject import Subject
from benchmarks.timing import Row, measure
from jointre.config import TrainingSettings, resolve
from jointre.data.batch import Batch
from jointre.data.encoded_corpus import EncodedCorpus
from jointre.encoders.base import Encoder
from jointre.predict import autocast
from jointre.system import prepare
from jointre.training.base_updater import clip_
from jointre.training.loader import TrainingData, Work
from jointre.training.updater import Updater


def training_data(subject: Subject, batch_size: int) -> tuple[TrainingSettings, TrainingData]:
    """Return the settings of the config and the tokenized corpus, for batches of this many documents."""
    settings: TrainingSettings = replace(resolve(subject.config, "training"), batch_size=batch_size)
    corpus, tokenizer = subject.corpus, subject.tokenizer
    encodings = EncodedCorpus.in_memory(
        corpus.docs, tokenizer.encode(corpus.docs, subject.model.encoder.max_length)
    )
    return settings, TrainingData(
        encodings, corpus.labels, tokenizer.pad_id, batch_size, settings.drop_last, seed=0
    )


class EncoderStep:
    """Forward, backward, clipping and update of an encoder alone, with the optimizer of the config.

    The loss is a fixed random weighting of the states; its gradient is dense, like the gradient of a real loss.
    """

    def __init__(self, encoder: Encoder, settings: TrainingSettings, precision: str) -> None:
        self.encoder = encoder
        self.optimizer = settings.optimizer.create(encoder)
        self.clip = settings.clip
        self.precision = precision
        self.maker = torch.Generator().manual_seed(0)

    def __call__(self, batch: Batch, encoder: Encoder | None = None) -> None:
        """Run one step in training mode, if given with another encoder that shares the weights."""
        device = batch.ids.device
        with autocast(device, self.precision):
            states: Tensor = (encoder or self.encoder).train()(batch).layers[-1]
        weights = torch.randn(states.shape[-1], generator=self.maker).to(device)
        (states.float() @ weights).mean().backward()
        clip_(self.encoder.parameters(), self.clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)


class Baseline(NamedTuple):
    """Encoders with the same weights to compare with, by name, and the number format of their forward passes."""

    encoders: Mapping[str, Encoder]
    precision: str


def measure_training(
    subject: Subject,
    batch_sizes: Sequence[int],
    steps: Sequence[int],
    effort: Effort,
) -> list[dict[str, Any]]:
    """Compare, per batch size, training steps with steps of the encoder on the same batches; all run in turn.

    A step includes collating. This trains the model. A round has several steps; on a GPU the host can run ahead.
    """
    encoder, options = deepcopy(subject.model.encoder), subject.options
    encoders = {PADDED: with_padding(encoder)}
    if options.device == "cpu" or options.compile:
        encoders[COMPILED if options.compile else PACKED] = encoder
    baseline = Baseline(encoders, options.precision)
    rows = []
    for batch_size, n_steps in zip(batch_sizes, steps, strict=True):
        row, docs = time_steps(subject, batch_size, n_steps, effort, options.precision, baseline)
        found = row.compared(["jointre", *encoders])
        rows.append({"batch_size": batch_size, "steps": n_steps, "documents": docs, **found})
    return rows


def time_steps(
    subject: Subject, batch_size: int, n_steps: int, effort: Effort, precision: str, baseline: Baseline
) -> tuple[Row, int]:
    """Time training and each encoder, every round on the same batches; return the row, and the documents of a round."""
    prepare(resolve(subject.config, "system"))
    settings, data = training_data(subject, batch_size)
    alone = EncoderStep(next(iter(baseline.encoders.values())), settings, baseline.precision)
    subject.model.train()
    updater = Updater(subject.model, data, settings, precision)
    batches = [part for work in _updates(data, n_steps) for part in work.parts if part is not None]

    def train() -> None:
        for work in _updates(data, n_steps):
            updater.update(work)

    def encode(encoder: Encoder) -> None:
        for batch in batches:
            alone(batch.to(subject.device), encoder)

    works: list[Callable[[], object]] = [train]
    works += [partial(encode, encoder) for encoder in baseline.encoders.values()]
    [row] = measure([works], effort, subject.device)
    subject.model.eval()
    return row, sum(len(batch) for batch in batches)


def _updates(data: TrainingData, n: int) -> Iterator[Work]:
    """Iterate over the first updates of a run, which may take several epochs."""
    return islice(chain.from_iterable(data.updates(number, 1) for number in count()), n)
