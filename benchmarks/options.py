"""The options of a measurement and its amount of work."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

Precision = Literal["fp32", "bf16", "fp16"]


class Effort(NamedTuple):
    """How long to measure: passes of each work, and how often at most a row is measured."""

    rounds: int = 5
    tries: int = 3


FULL, QUICK = Effort(), Effort(rounds=3, tries=2)


@dataclass(frozen=True)
class Options:
    """The model and settings to measure; subprocesses receive them as JSON.

    Args:
        encoder: ``minilm`` (its weights), ``base`` (BERT-base's shape, random weights), or whatever
            ``model.encoder.name`` accepts.
        device: ``cpu``, ``cuda`` or ``cuda:N``.
        precision: number format of the forward pass.
        compile: whether the encoder runs through ``torch.compile``.
        threads: number of CPU threads; None for the default of torch.
        data: a corpus, as for ``jointre evaluate``.
        types: its types file; None for none.
        keep_buffers: whether the allocator keeps large buffers in prediction, as it does in training.
        quick: whether to do only a tenth of the work.
        config: the built-in config to measure; it must have SpERT's heads (`benchmarks.heads`).
    """

    encoder: str = "minilm"
    device: str = "cpu"
    precision: Precision = "fp32"
    compile: bool = False
    threads: int | None = None
    data: str = "sample:train"
    types: str | None = None
    keep_buffers: bool = False
    quick: bool = False
    config: str = "spert/conll04"


@dataclass(frozen=True)
class Sizes:
    """Amount of work; more work gives more stable results.

    Args:
        docs: number of sentences to predict in one pass.
        effort: number of rounds, and how often at most a row is measured.
        budgets: batch sizes of prediction in word pieces; 1 is one sentence per batch.
        batch_sizes: batch sizes of training in documents.
        steps: number of training steps of a round for each batch size.
        words, copies: lengths of the documents for measuring growth, and number of documents of each length.
        entities: numbers of entities of these documents.
    """

    docs: int = 240
    effort: Effort = FULL
    budgets: tuple[int, ...] = (1, 512, 1024, 2048, 4096, 8192)
    batch_sizes: tuple[int, ...] = (2, 8, 32)
    steps: tuple[int, ...] = (6, 3, 1)
    words: tuple[int, ...] = (32, 64, 128, 256, 512)
    copies: int = 4
    entities: tuple[int, ...] = (2, 5, 10, 20, 50, 100, 200, 400)


def sizes(options: Options) -> Sizes:
    """Return an amount of work that takes a few minutes on two cores or a GPU."""
    if options.device != "cpu" and options.quick:
        return Sizes(256, QUICK, budgets=(4096, 16384), batch_sizes=(8,), steps=(20,))
    if options.device != "cpu":
        return Sizes(docs=2048, budgets=(1, 4096, 8192, 16384, 32768, 65536), steps=(20, 20, 10))
    small = options.encoder == "minilm"
    if options.quick:
        budgets = (2048,) if small else (1024,)
        return Sizes(64 if small else 16, QUICK, budgets, (8,), (1,), entities=(2, 50, 100, 200, 400))
    if small:
        return Sizes()
    return Sizes(docs=48, budgets=(512, 1024, 2048), steps=(2, 1, 1), copies=2)
