"""The assertions that the contract checks are made of; each failure is one sentence."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from jointre.data.batch import Batch
from jointre.data.doc import Doc
from jointre.testing.toy import bare_copy, toy_batch, toy_docs

TOLERANCE = 1e-5
M = TypeVar("M", bound=nn.Module)


def expect(condition: object, sentence: str) -> None:
    """Raise an AssertionError with ``sentence`` unless ``condition`` holds."""
    if not condition:
        raise AssertionError(sentence)


def named(part: object) -> str:
    """The name of an object's class, for messages."""
    return type(part).__name__


@contextmanager
def seeded(seed: int = 0) -> Iterator[None]:
    """Torch's generator starts from ``seed`` inside and is what it was afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def built(part: M, build: Callable[[M], Any]) -> tuple[M, Any]:
    """A copy of ``part``, built, in evaluation mode, with every parameter random; and what build returned.

    Random parameters show what initial ones hide: a bias that is left out while it is zero.
    """
    copy = deepcopy(part)
    with seeded():
        result = build(copy)
        for parameter in copy.parameters():
            nn.init.normal_(parameter, std=0.3)
    return copy.eval(), result


def without_dropout(part: M) -> M:
    """A copy in training mode in which dropout does nothing."""
    copy = deepcopy(part).train()
    for module in copy.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return copy


def expect_shape(value: Tensor, shape: tuple[int, ...], what: str) -> None:
    """``value`` has ``shape`` and holds no inf or nan."""
    expect(tuple(value.shape) == shape, f"{what} has shape {list(value.shape)}, expected {list(shape)}")
    expect(bool(torch.isfinite(value).all()), f"{what} holds values that are not finite")


def expect_close(left: Tensor, right: Tensor, sentence: str) -> None:
    """Both are the same up to rounding."""
    if left.shape != right.shape:
        raise AssertionError(f"{sentence} (shapes {list(left.shape)} and {list(right.shape)})")
    if left.numel() and not torch.allclose(left.float(), right.float(), rtol=TOLERANCE, atol=TOLERANCE):
        gap = float((left.float() - right.float()).detach().abs().max())
        raise AssertionError(f"{sentence} (largest difference {gap:.2g})")


def expect_gradients(part: nn.Module, outputs: Iterable[Tensor], inputs: Mapping[str, Tensor]) -> None:
    """The outputs depend on every trainable parameter of ``part`` and on every one of ``inputs``."""
    leaves: list[tuple[str, Tensor]] = [(n, p) for n, p in part.named_parameters() if p.requires_grad]
    leaves += inputs.items()
    if not leaves:
        return
    total = torch.stack([(out.float() * _weights(out)).sum() for out in outputs]).sum()
    expect(total.requires_grad, f"what {named(part)} computes is cut off from the graph")
    grads = torch.autograd.grad(total, [leaf for _, leaf in leaves], allow_unused=True)
    for (name, _), grad in zip(leaves, grads, strict=True):
        expect(grad is not None, f"{named(part)}: no gradient reaches {name}")
        assert grad is not None
        expect(bool(torch.isfinite(grad).all()), f"{named(part)}: the gradient of {name} is not finite")
        if not name.endswith("bias"):
            expect(bool(grad.any()), f"{named(part)}: the gradient of {name} is zero everywhere")


def _weights(out: Tensor) -> Tensor:
    return torch.sin(torch.arange(1.0, out.numel() + 1)).reshape(out.shape)


def varied() -> Batch:
    """The batch of all toy documents as prediction sees it."""
    return bare_copy(toy_batch())


def alone(doc: Doc, gold: bool = False) -> Batch:
    """A batch of one."""
    return toy_batch([doc], gold=gold)


def expect_no_neighbours(part: object, rows: Callable[[Batch], list[Tensor]], gold: bool = False) -> None:
    """What ``rows`` gives for each document is the same alone and beside longer and shorter ones.

    Args:
        part: for the message.
        rows: one tensor a document of a batch.
        gold: whether the batches carry gold.
    """
    docs = toy_docs()
    together = rows(toy_batch(docs, gold=gold))
    for doc, there in zip(docs, together, strict=True):
        here = rows(alone(doc, gold))[0]
        expect_close(here, there, f"{named(part)}: the result for {doc.id} depends on the rest of its batch")
