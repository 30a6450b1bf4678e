"""Measure what a model costs: parameters, FLOPs, seconds and memory (SINET, Table 5)."""

import os
import time
import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from jointre.config import Config, resolve
from jointre.corpora import load_corpora
from jointre.data.batch import Batch, collate
from jointre.data.batching import by_length
from jointre.data.doc import Doc
from jointre.data.encoding import Encoding
from jointre.encoders.base import Source
from jointre.entity_heads.base import EntityHead
from jointre.errors import DataError, Fault, UsageError
from jointre.models.base import Model
from jointre.predict import PIECES
from jointre.segmenters import segments_of
from jointre.system import prepare
from jointre.tokenizers.base import Tokenizer

SENTENCES = 100


@dataclass(frozen=True)
class Cost:
    """The cost of predicting a sentence, with its gold entities as the candidates of the relation stage.

    Args:
        parameters: number of parameters.
        flops: mean number of floating-point operations of matrix products, convolutions and attention per sentence,
            without padding; a multiplication and an addition are two operations.
        encoder_flops: those of the encoder.
        seconds_alone: mean seconds per sentence if each is a batch of its own.
        seconds_batched: mean seconds per sentence in batches of ``batch_pieces``.
        memory: bytes of parameters and buffers, and of the most other tensors that exist at once, with batches of
            ``batch_pieces``.
        sentences: number of sentences.
        words: mean number of words.
        batch_pieces: maximum number of word pieces per batch.
        device: where the seconds were measured.
        threads: number of CPU threads.
        load: processes that were running or waiting on this machine before the measurement; None if unknown.
    """

    parameters: int
    flops: float
    encoder_flops: float
    seconds_alone: float
    seconds_batched: float
    memory: int
    sentences: int
    words: float
    batch_pieces: int
    device: str
    threads: int
    load: float | None

    def to_json(self) -> dict[str, Any]:
        """Return all numbers."""
        return asdict(self)

    def notices(self) -> list[str]:
        """Return what limits the meaning of the seconds."""
        if self.load is None or self.load < 0.5:
            return []
        processes, cores = f"{self.load:.1f}", os.cpu_count()
        return [f"other processes were running (load {processes} on {cores} cores): the seconds are too high"]


def cost_of(config: Config) -> Cost:
    """Measure the model of a config, with random weights, on its dev corpus, or else on its training corpus.

    Raises:
        UsageError: the config has no training corpus.
        RefusedError: the corpora, or the device, cannot be used.
    """
    if "train" not in resolve(config, "corpora"):
        fault = Fault("it needs sentences", "--cost", "set --paths.train=FILE, and --paths.dev=FILE")
        raise UsageError("the cost cannot be measured", [fault])
    corpora = load_corpora(config)
    device = prepare(resolve(config, "system"))
    tokenizer: Tokenizer = resolve(config, "tokenizer")
    tokenizer.build(Source())
    model: Model = resolve(config, "model")
    model.build(Source(weights=False), corpora.labels.with_triples(corpora.train))
    sentences, _ = segments_of(corpora.dev or corpora.train, resolve(config, "segmenter"))
    return measure(model.to(device), tokenizer, sentences, resolve(config, "evaluation").batch_pieces)


def measure(
    model: Model, tokenizer: Tokenizer, sentences: Sequence[Doc], batch_pieces: int | None = None
) -> Cost:
    """Measure a built model on at most 100 sentences, evenly spread over those given.

    Whatever an entity head finds, the gold entities go on to the relation stage, because the number of pairs depends on
    them, and a model with a threshold accepts no relation: so the cost does not depend on how well it was trained.

    Args:
        model: built; it is left in evaluation mode, on the device where it is.
        tokenizer: its tokenizer.
        sentences: annotated segments, in the form that the model reads.
        batch_pieces: maximum number of word pieces per batch; None for the default of the device.

    Raises:
        DataError: no sentence has words that the encoder accepts.
    """
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    device = next(model.parameters()).device
    pieces = batch_pieces or PIECES.get(device.type, 4096)
    chosen = _spread([doc for doc in sentences if doc.words])
    encodings = tokenizer.encode(chosen, model.encoder.max_length)
    if not encodings:
        raise DataError("the cost cannot be measured", [Fault("no sentence fits the encoder")])
    alone = [[encoding] for encoding in encodings]
    batched = list(by_length(encodings, pieces))

    def batches(groups: Sequence[list[Encoding]]) -> Iterator[Batch]:
        for group in groups:
            yield collate(group, tokenizer.pad_id, model.labels, pieces_at_once=pieces).to(device)

    def predict(groups: Sequence[list[Encoding]]) -> None:
        for batch in batches(groups):
            if model.threshold is None:
                model.predict(batch)
            else:
                model.predict_at(batch, [1.0])

    model.eval()
    n = len(encodings)
    with torch.no_grad(), _gold_entities(model):
        flops = count_flops(lambda: predict(alone))
        encoder = count_flops(lambda: [model.encoder(batch) for batch in batches(alone)])
        memory = peak_bytes(lambda: predict(batched))
        seconds_alone = _seconds(lambda: predict(alone), device)
        seconds_batched = _seconds(lambda: predict(batched), device)
    return Cost(
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        flops=flops / n,
        encoder_flops=encoder / n,
        seconds_alone=seconds_alone / n,
        seconds_batched=seconds_batched / n,
        memory=memory + _bytes([*model.parameters(), *model.buffers()]),
        sentences=n,
        words=sum(len(encoding.words) for encoding in encodings) / n,
        batch_pieces=pieces,
        device=str(device),
        threads=torch.get_num_threads(),
        load=load,
    )


def count_flops(compute: Callable[[], object]) -> int:
    """Return the floating-point operations of a computation, as counted by torch.

    Fused kernels are replaced by others: torch counts neither the fused attention nor the fused LSTM of a CPU.
    """
    with _countable(), FlopCounterMode(display=False) as counter:
        compute()
    return int(counter.get_total_flops())


def peak_bytes(compute: Callable[[], object]) -> int:
    """Return the largest number of bytes of tensors that a computation makes and that exist at once.

    Memory that a kernel uses internally is not counted.
    """
    with _Memory() as memory:
        compute()
    return memory.peak


@contextmanager
def _countable() -> Iterator[None]:
    """Replace fused kernels by the matrix products that they consist of."""
    with ExitStack() as stack, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # setting any flag of oneDNN warns about TF32
        stack.enter_context(sdpa_kernel(SDPBackend.MATH))
        stack.enter_context(torch.backends.mkldnn.flags(enabled=False))
        stack.enter_context(torch.backends.cudnn.flags(enabled=False))
        yield
        stack.close()


class _Memory(TorchDispatchMode):
    """Follows the storages of all tensors that operations return until they are freed."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._known: weakref.WeakSet[Any] = weakref.WeakSet()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = {id(t.untyped_storage()) for t in tree_leaves((args, kwargs)) if isinstance(t, Tensor)}
        result = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, Tensor):
                self._follow(tensor.untyped_storage(), given)
        return result

    def _follow(self, storage: Any, given: set[int]) -> None:
        if id(storage) in given or storage in self._known:
            return
        size = storage.nbytes()
        self._known.add(storage)
        weakref.finalize(storage, self._free, size)
        self.now += size
        self.peak = max(self.peak, self.now)

    def _free(self, size: int) -> None:
        self.now -= size


@contextmanager
def _gold_entities(model: nn.Module) -> Iterator[None]:
    """Let every entity head find entities as it does, and then pass on those of the batch."""

    def replaced(head: nn.Module, inputs: tuple[Any, ...], output: Any) -> Any:
        assert isinstance(head, EntityHead)
        return head.given(*inputs)

    heads = [module for module in model.modules() if isinstance(module, EntityHead)]
    handles = [head.register_forward_hook(replaced) for head in heads]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _seconds(compute: Callable[[], object], device: torch.device) -> float:
    """Return the seconds of a computation that has just been made once to warm up."""
    compute()
    _wait(device)
    start = time.perf_counter()
    compute()
    _wait(device)
    return time.perf_counter() - start


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _spread(docs: Sequence[Doc]) -> list[Doc]:
    n = min(len(docs), SENTENCES)
    return [docs[i * len(docs) // n] for i in range(n)]


def _bytes(tensors: Sequence[Tensor]) -> int:
    return sum(size for size in {t.data_ptr(): t.untyped_storage().nbytes() for t in tensors}.values())
