"""The sections of a config: the single truth for the names, types and defaults of plain keys.

A plain section is a frozen dataclass; a `Slot` is a place for blocks of one registry.
"""

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Annotated, Any, Literal

from jointre.annotations import Limit
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
        many: whether any number of named blocks stands here.
    """

    registry: str
    contract: str
    many: bool = False

    def type(self) -> Any:
        """The base class; imports its module."""
        return getattr(importlib.import_module(f"jointre.{self.registry}.base"), self.contract)


DEVICES = re.compile(r"auto|cpu|cuda(:\d+)?")
Device = Annotated[
    str, Limit(lambda value: DEVICES.fullmatch(value) is not None, "auto, cpu, cuda or cuda:N")
]
Processes = Annotated[int, between(0, 1024)]


def slot(registry: str, contract: str, *, many: bool = False) -> dict[str, Slot]:
    """Metadata of a key that is a place for blocks."""
    return {"slot": Slot(registry, contract, many)}


@dataclass(frozen=True)
class SystemSettings:
    """[system]: the machine, not the model.

    Args:
        seed: start of all random number generators.
        device: "auto" (a GPU if there is one), "cpu", "cuda" or "cuda:N".
        precision: number format of the forward pass; parameters stay fp32. bf16 is slow on many CPUs.
        threads: CPU threads of torch; null leaves torch's own choice.
        deterministic: whether a GPU, too, uses only algorithms that repeat bit by bit (slower).
        compile: whether ``torch.compile`` speeds up the encoder; its first batches take minutes.
    """

    seed: NonNegativeInt = 0
    device: Device = "auto"
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"
    threads: Annotated[int, between(1, 4096)] | None = None
    deterministic: bool = False
    compile: bool = False


@dataclass(frozen=True)
class TrainingSettings:
    """[training]: the loop, and the parts it uses.

    Args:
        optimizer: block of the optimizers.
        schedule: block of the schedules: factor on the learning rate over the whole training.
        losses: named blocks of the losses, one a loss term of the model.
        loss_weights: named blocks of the schedules: factor on the loss term of that name.
        loggers: named blocks of the loggers; there may be none.
        epochs: passes over the training corpus.
        batch_size: documents a batch.
        accumulate: batches whose gradients are added up before a step of the optimizer.
        drop_last: whether a last batch that is not full is left out.
        clip: largest norm of all gradients together; null does not clip.
        eval_every: epochs between evaluations on the dev corpus; 0 evaluates only after the last.
        keep: which state becomes the model: the "last" one or the "best" on the dev corpus.
        best_metric: the figure that decides which state is best, or the sum of several, for instance
            "entities_micro_f+strict_micro_f".
        patience: evaluations without a better figure after which training stops; null never stops early.
        tune_threshold: the figure on the dev corpus by which the model's threshold is chosen once training has ended;
            null keeps that of the config.
        workers: processes that prepare batches; 0 prepares them in the main process.
        checkpoint_every: seconds between checkpoints, from which a training can be resumed; null writes none.
        on_out_of_memory: "fail", or "halve": compute each batch in parts from then on, halved until they fit.
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
    clip: PositiveFloat | None = 1.0
    eval_every: NonNegativeInt = 1
    keep: Literal["last", "best"] = "last"
    best_metric: str = "strict_micro_f"
    patience: PositiveInt | None = None
    tune_threshold: str | None = None
    workers: Processes = 0
    checkpoint_every: PositiveFloat | None = 600.0
    on_out_of_memory: Literal["fail", "halve"] = "fail"


@dataclass(frozen=True)
class EvaluationSettings:
    """[evaluation]: how documents are predicted and scored.

    Args:
        metrics: named blocks of the metrics.
        breakdowns: named blocks of the breakdowns, for whoever asks for scores by them.
        batch_pieces: word pieces a batch, padding included; null for what suits the device.
        entities: "predicted", or "gold": the annotated entities are given, and relations alone predicted.
    """

    metrics: "dict[str, Metric]" = field(metadata=slot("metrics", "Metric", many=True))
    breakdowns: "dict[str, Breakdown]" = field(metadata=slot("breakdowns", "Breakdown", many=True))
    batch_pieces: PositiveInt | None = None
    entities: Literal["predicted", "gold"] = "predicted"


@dataclass(frozen=True)
class InitializeSettings:
    """[initialize]: what a model begins with, beside the pretrained encoder that it names.

    Args:
        weights: model folder, or run folder around one, that `parts` are taken from; null for none.
        parts: the parts of the model that begin with the weights of the same parts in that folder.
    """

    weights: InputPath | None = None
    parts: list[str] = field(default_factory=lambda: ["encoder", "entity_encoder", "pair_encoder"])


@dataclass(frozen=True)
class PretrainingSettings:
    """[pretraining]: the encoders of a model, trained on documents with entities by objectives of their own.

    Args:
        objectives: named blocks of the objectives.
        weights: named blocks of the schedules: factor on the loss of the objective of that name, 1 where there is none.
        optimizer: block of the optimizers.
        schedule: block of the schedules: factor on the learning rate over the whole pre-training.
        loggers: named blocks of the loggers; there may be none.
        shards: folder of JSONL shards, or one file.
        held_out: folder or file that losses and accuracies are measured on; null holds out the last shard.
        types: a file that declares the entity types; null collects them from the shards.
        share: of the documents that is used; a smaller share is part of every larger one.
        min_entities: documents with fewer are left out.
        max_pieces: documents of more word pieces are left out.
        table: mentions, drawn from all, that entities are replaced with.
        steps: updates.
        batch_size: documents a batch.
        accumulate: batches whose gradients are added up before a step of the optimizer.
        buffer: documents that are shuffled together.
        clip: largest norm of all gradients together; null does not clip.
        eval_every: updates between measurements on the held-out documents; 0 measures only after the last.
        eval_documents: held-out documents that are measured on at most.
        checkpoint_every: updates between the model folders that are kept; 0 keeps only the last.
        save_every: seconds between the states that a pre-training can be resumed from; null saves none.
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
    """[paths]: free keys, each text or null, for the rest of the config to refer to as ``${paths.train}``."""


SECTIONS: Mapping[str, Any] = {
    "paths": Paths,
    "system": SystemSettings,
    "corpora": Slot("readers", "Reader", many=True),
    "tokenizer": Slot("tokenizers", "Tokenizer"),
    "model": Slot("models", "Model"),
    "initialize": InitializeSettings,
    "training": TrainingSettings,
    "pretraining": PretrainingSettings,
    "evaluation": EvaluationSettings,
}


def keys_of(section: type) -> dict[str, Any]:
    """The keys of a plain section: a `Slot`, or the type and limits of a plain value."""
    return {item.name: item.metadata.get("slot", item) for item in fields(section)}


def is_section(key: tuple[str, ...]) -> bool:
    """Whether ``key`` is a section by itself, even an empty one."""
    kind = SECTIONS.get(key[0])
    if len(key) == 1 or not isinstance(kind, type) or kind is Paths:
        return len(key) == 1
    return len(key) == 2 and isinstance(keys_of(kind).get(key[1]), Slot)
