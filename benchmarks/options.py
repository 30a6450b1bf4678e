"""What a run measures, and how much of it."""

from dataclasses import dataclass
from typing import Literal

Precision = Literal["fp32", "bf16", "fp16"]


@dataclass(frozen=True)
class Options:
    """One subject of measurement; sub-processes get it as JSON.

    Args:
        encoder: ``minilm`` (its weights), ``base`` (BERT-base's shape, random weights), or whatever
            ``model.encoder.name`` takes.
        device: ``cpu``, ``cuda`` or ``cuda:N``.
        precision: number format of the forward pass.
        compile: whether the encoder runs through ``torch.compile``.
        threads: CPU threads of torch; None leaves torch's own choice.
        data: a corpus as ``jointre evaluate`` takes it.
        types: its types file, or None.
        keep_buffers: whether prediction, too, has the allocator keep large buffers, as training does.
        quick: a tenth of the work, for a look.
        config: the built-in config that is measured; its heads are SpERT's (`benchmarks.heads`).
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
    """Amount of work; the larger, the steadier the figures.

    Args:
        docs: sentences that are predicted in one pass.
        rounds: passes of each of two things that are compared; medians are taken.
        budgets: batch sizes of prediction in word pieces; 1 is one sentence a batch.
        batch_sizes: batch sizes of training in documents.
        steps: training steps of each batch size that are timed.
        words, copies: lengths of the documents that growth is measured on, and how many of each.
        entities: their numbers of entities.
        repeats: passes of each point of growth.
    """

    docs: int = 240
    rounds: int = 3
    budgets: tuple[int, ...] = (1, 512, 1024, 2048, 4096, 8192)
    batch_sizes: tuple[int, ...] = (2, 8, 32)
    steps: tuple[int, ...] = (30, 15, 6)
    words: tuple[int, ...] = (32, 64, 128, 256, 512)
    copies: int = 4
    entities: tuple[int, ...] = (2, 5, 10, 20, 50, 100, 200)
    repeats: int = 10


def sizes(options: Options) -> Sizes:
    """The amount of work that fits a run of a few minutes on two cores, or on a GPU."""
    if options.device != "cpu":
        return Sizes(docs=2048, budgets=(1, 4096, 8192, 16384, 32768, 65536), steps=(60, 40, 20))
    small = options.encoder == "minilm"
    if options.quick:
        budgets = (2048,) if small else (1024,)
        return Sizes(64 if small else 16, 3, budgets, (8,), (3,), entities=(2, 20, 50, 100, 200), repeats=5)
    if small:
        return Sizes()
    return Sizes(docs=48, budgets=(512, 1024, 2048), steps=(8, 4, 2), copies=2, repeats=5)
