"""The sections of a config: names, types and defaults of all plain keys.

A plain section is a frozen dataclass; a `Slot` is a place for blocks of one registry.
"""

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Annotated, Any, Literal

from jointre.annotations import Limit
from jointre.data.resplit import Edges
from jointre.limits import (
    Fraction,
    InputPath,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    at_least,
    between,
)

if TYPE_CHECKING:
    from jointre.breakdowns.base import Breakdown
    from jointre.loggers.base import Logger
    from jointre.losses.base import Loss
    from jointre.metrics.base import Metric
    from jointre.objectives.base import Objective
    from jointre.optimizers.base import OptimizerSpec
    from jointre.schedules.base import Schedule


@dataclass(frozen=True)
class Slot:
    """A place for one block of a registry, or with ``many`` for named blocks of it.

    Args:
        registry: name of the registry.
        contract: name of the base class in ``jointre.<registry>.base``.
        many: whether it takes any number of named blocks.
    """

    registry: str
    contract: str
    many: bool = False

    def type(self) -> Any:
        """Import and return the base class."""
        return getattr(importlib.import_module(f"jointre.{self.registry}.base"), self.contract)


DEVICES = re.compile(r"auto|cpu|cuda(:\d+)?")
Device = Annotated[
    str, Limit(lambda value: DEVICES.fullmatch(value) is not None, "auto, cpu, cuda or cuda:N")
]
Processes = Annotated[int, between(0, 1024)]


def slot(registry: str, contract: str, *, many: bool = False) -> dict[str, Slot]:
    """Return the metadata of a key that takes blocks."""
    return {"slot": Slot(registry, contract, many)}


@dataclass(frozen=True)
class SystemSettings:
    """[system]: settings of the machine, not of the model.

    Args:
        seed: seed of all random number generators.
        device: "auto" (a GPU if there is one), "cpu", "cuda" or "cuda:N".
        precision: number format of the forward pass; parameters stay fp32. bf16 is slow on many CPUs.
        threads: CPU threads of torch; null leaves the choice to torch.
        deterministic: whether a GPU also uses only algorithms that are reproducible bit by bit (slower).
        compile: whether to speed up the encoder with ``torch.compile``; the first batches then take minutes.
        matmul_precision: how exactly a GPU multiplies fp32 matrices: "highest"; "high" uses TF32, with 10 bits of
            mantissa, which is several times as fast; "medium" uses bf16. No effect on a CPU.
    """

    seed: NonNegativeInt = 0
    device: Device = "auto"
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"
    threads: Annotated[int, between(1, 4096)] | None = None
    deterministic: bool = False
    compile: bool = False
    matmul_precision: Literal["highest", "high", "medium"] = "highest"


@dataclass(frozen=True)
class TrainingSettings:
    """[training]: the training loop and its parts.

    Args:
        optimizer: a block of the optimizers.
        schedule: a block of the schedules: factor on the learning rate over the whole run.
        losses: named blocks of the losses, one per loss term of the model.
        loss_weights: named blocks of the schedules: factor on the loss term of that name.
        loggers: named blocks of the loggers; there may be none.
        epochs: passes over the training corpus.
        batch_size: documents per batch.
        accumulate: batches whose gradients are summed before each optimizer step.
        drop_last: whether to leave out a last batch that is not full.
        group_by_length: whether the documents of a batch have similar lengths, which saves padding.
        clip: maximum norm of all gradients together; null does not clip.
        eval_every: epochs between evaluations on the dev corpus; 0 evaluates only after the last.
        keep: the weights that are saved: the "last" ones or the "best" on the dev corpus.
        best_metric: the metric that decides which weights are best, or the sum of several, for instance
            "entities_micro_f+strict_micro_f".
        patience: evaluations without improvement after which training stops; null never stops early.
        tune_threshold: the metric on the dev corpus that the model's threshold is chosen by after training; null keeps
            the threshold of the config.
        workers: processes that prepare batches; 0 prepares them in the main process.
        checkpoint_every: seconds between checkpoints, from which a run can be resumed; null writes none.
        max_words: maximum number of words of a training sentence; longer ones are left out of training and reported,
            but scored. null for no limit.
        edges_inside_words: what training does with an annotated entity that begins or ends inside a word: "widen" it to
            whole words, "drop" it with its relations, or "refuse" the corpus.
        on_out_of_memory: "fail", or "halve": from then on compute each batch in parts, halved until they fit.
        corpus_store: where the corpora are kept: in "memory", on "disk", or "auto" (on disk if they have more than
            5 million words). The result is the same.
        corpus_folder: folder for corpora on disk, which runs share; null for ``jointre/corpora`` in the user's cache.
    """

    optimizer: "OptimizerSpec" = field(metadata=slot("optimizers", "OptimizerSpec"))
    schedule: "Schedule" = field(metadata=slot("schedules", "Schedule"))
    losses: "dict[str, Loss]" = field(metadata=slot("losses", "Loss", many=True))
    loss_weights: "dict[str, Schedule]" = field(metadata=slot("schedules", "Schedule", many=True))
    loggers: "dict[str, Logger]" = field(metadata=slot("loggers", "Logger", many=True))
    epochs: PositiveInt = 20
    batch_size: PositiveInt = 2
    accumulate: PositiveInt = 1
    drop_last: bool = True
    group_by_length: bool = False
    clip: PositiveFloat | None = 1.0
    eval_every: NonNegativeInt = 1
    keep: Literal["last", "best"] = "last"
    best_metric: str = "strict_micro_f"
    patience: PositiveInt | None = None
    tune_threshold: str | None = None
    workers: Processes = 0
    checkpoint_every: PositiveFloat | None = 600.0
    max_words: PositiveInt | None = None
    edges_inside_words: Edges = "widen"
    on_out_of_memory: Literal["fail", "halve"] = "fail"
    corpus_store: Literal["auto", "memory", "disk"] = "auto"
    corpus_folder: str | None = None


@dataclass(frozen=True)
class EvaluationSettings:
    """[evaluation]: settings for prediction and scoring.

    Args:
        metrics: named blocks of the metrics.
        breakdowns: named blocks of the breakdowns that scores can be split by.
        batch_pieces: word pieces per batch, with padding; null chooses by the device.
        entities: "predicted", or "gold": the annotated entities are given, and only relations are predicted.
    """

    metrics: "dict[str, Metric]" = field(metadata=slot("metrics", "Metric", many=True))
    breakdowns: "dict[str, Breakdown]" = field(metadata=slot("breakdowns", "Breakdown", many=True))
    batch_pieces: PositiveInt | None = None
    entities: Literal["predicted", "gold"] = "predicted"


@dataclass(frozen=True)
class InitializeSettings:
    """[initialize]: weights that a model starts from, in addition to its pretrained encoder.

    Args:
        weights: model or run folder that `parts` are loaded from; null for none.
        parts: the parts of the model that start from the weights in that folder.
    """

    weights: InputPath | None = None
    parts: list[str] = field(default_factory=lambda: ["encoder", "entity_encoder", "pair_encoder"])


@dataclass(frozen=True)
class PretrainingSettings:
    """[pretraining]: training of the encoders on documents with entities, by self-supervised objectives.

    Args:
        objectives: named blocks of the objectives.
        weights: named blocks of the schedules: factor on the loss of the objective of that name; 1 without a block.
        optimizer: a block of the optimizers.
        schedule: a block of the schedules: factor on the learning rate over the whole run.
        loggers: named blocks of the loggers; there may be none.
        shards: folder of JSONL shards, or one file.
        held_out: folder or file to measure losses and accuracies on; null holds out the last shard.
        types: a file that declares the entity types; null collects them from the shards.
        share: share of the documents to use; a smaller share is part of every larger one.
        min_entities: minimum number of entities; documents with fewer are left out.
        max_pieces: maximum number of word pieces; longer documents are left out.
        table: size of the sample of mentions that entities are replaced with.
        steps: number of updates of the learning-rate schedule.
        stop_after: number of updates after which the run ends, on the schedule of ``steps``; null for all of them.
        batch_size: documents per batch.
        accumulate: batches whose gradients are summed before each optimizer step.
        buffer: number of documents that are shuffled together.
        clip: maximum norm of all gradients together; null does not clip.
        eval_every: updates between measurements on the held-out documents; 0 measures only after the last.
        eval_documents: maximum number of held-out documents to measure on.
        checkpoint_every: updates between model folders; 0 keeps only the last one.
        save_every: seconds between the states that a run can be resumed from; null saves none.
        workers: processes that prepare batches; 0 prepares them in the main process.
    """

    objectives: "dict[str, Objective]" = field(metadata=slot("objectives", "Objective", many=True))
    weights: "dict[str, Schedule]" = field(metadata=slot("schedules", "Schedule", many=True))
    optimizer: "OptimizerSpec" = field(metadata=slot("optimizers", "OptimizerSpec"))
    schedule: "Schedule" = field(metadata=slot("schedules", "Schedule"))
    loggers: "dict[str, Logger]" = field(metadata=slot("loggers", "Logger", many=True))
    shards: InputPath | None = None
    held_out: InputPath | None = None
    types: InputPath | None = None
    share: Fraction = 1.0
    min_entities: PositiveInt = 3
    max_pieces: Annotated[int, at_least(3)] = 256
    table: NonNegativeInt = 100_000
    steps: PositiveInt = 5000
    stop_after: PositiveInt | None = None
    batch_size: PositiveInt = 16
    accumulate: PositiveInt = 1
    buffer: PositiveInt = 10_000
    clip: PositiveFloat | None = 1.0
    eval_every: NonNegativeInt = 500
    eval_documents: PositiveInt = 1000
    checkpoint_every: NonNegativeInt = 1000
    save_every: PositiveFloat | None = 600.0
    workers: Processes = 0


class Paths:
    """[paths]: free keys, each text or null, that the rest of the config can use as ``${paths.train}``."""


SECTIONS: Mapping[str, Any] = {
    "paths": Paths,
    "system": SystemSettings,
    "corpora": Slot("readers", "Reader", many=True),
    "splitter": Slot("splitters", "Splitter"),
    "segmenter": Slot("segmenters", "Segmenter"),
    "tokenizer": Slot("tokenizers", "Tokenizer"),
    "model": Slot("models", "Model"),
    "initialize": InitializeSettings,
    "training": TrainingSettings,
    "pretraining": PretrainingSettings,
    "evaluation": EvaluationSettings,
}


def keys_of(section: type) -> dict[str, Any]:
    """Return the keys of a plain section: a `Slot`, or the type and limits of a plain value."""
    return {item.name: item.metadata.get("slot", item) for item in fields(section)}


def is_section(key: tuple[str, ...]) -> bool:
    """Return whether ``key`` is a section by itself, even an empty one."""
    kind = SECTIONS.get(key[0])
    if len(key) == 1 or not isinstance(kind, type) or kind is Paths:
        return len(key) == 1
    return len(key) == 2 and isinstance(keys_of(kind).get(key[1]), Slot)
