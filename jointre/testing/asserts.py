"""The assertions used by the contract checks; each failure is one sentence."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from jointre.data.batch import Batch
from jointre.data.doc import Doc
from jointre.encoders.base import EncoderReader
from jointre.testing.encoder import toy_access
from jointre.testing.toy import bare_copy, toy_batch, toy_docs

TOLERANCE = 1e-5
ROUNDING = 1e-3
"""Below this, a difference may come from the order of sums, for instance in a large product."""
M = TypeVar("M", bound=nn.Module)


def expect(condition: object, sentence: str) -> None:
    """Raise an AssertionError with ``sentence`` unless ``condition`` holds."""
    if not condition:
        raise AssertionError(sentence)


def named(part: object) -> str:
    """Return the name of an object's class, for messages."""
    return type(part).__name__


@contextmanager
def seeded(seed: int = 0) -> Iterator[None]:
    """Start torch's generator from ``seed`` inside the context, and restore it afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def built(part: M, build: Callable[[M], Any]) -> tuple[M, Any]:
    """Return a copy of ``part``, built, in evaluation mode, with random parameters, and what ``build`` returned.

    Random parameters reveal what initial values hide, such as a bias that is left out while it is zero.
    """
    copy = deepcopy(part)
    with seeded():
        for reader in [module for module in copy.modules() if isinstance(module, EncoderReader)]:
            reader.use_encoder(toy_access())
        result = build(copy)
        for parameter in copy.parameters():
            nn.init.normal_(parameter, std=0.3)
    return copy.eval(), result


def without_dropout(part: M) -> M:
    """Return a copy in training mode in which dropout has no effect."""
    copy = deepcopy(part).train()
    for module in copy.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return copy


def expect_shape(value: Tensor, shape: tuple[int, ...], what: str) -> None:
    """Expect that ``value`` has ``shape`` and contains no inf or nan."""
    expect(tuple(value.shape) == shape, f"{what} has shape {list(value.shape)}, expected {list(shape)}")
    expect(bool(torch.isfinite(value).all()), f"{what} contains values that are not finite")


def expect_close(left: Tensor, right: Tensor, sentence: str) -> None:
    """Expect that both tensors are equal up to rounding."""
    if left.shape != right.shape:
        raise AssertionError(f"{sentence} (shapes {list(left.shape)} and {list(right.shape)})")
    if left.numel() and not torch.allclose(left.float(), right.float(), rtol=TOLERANCE, atol=TOLERANCE):
        gap = float((left.float() - right.float()).detach().abs().max())
        near = torch.allclose(left.float(), right.float(), rtol=ROUNDING, atol=ROUNDING)
        raise AssertionError(f"{sentence}{', or rounding' if near else ''} (largest difference {gap:.2g})")


def expect_gradients(part: nn.Module, outputs: Iterable[Tensor], inputs: Mapping[str, Tensor]) -> None:
    """Expect that the outputs depend on every trainable parameter of ``part`` and on every one of ``inputs``."""
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
    """Return the batch of all toy documents as prediction sees it."""
    return bare_copy(toy_batch())


def alone(doc: Doc, gold: bool = False) -> Batch:
    """Return a batch of one document."""
    return toy_batch([doc], gold=gold)


def expect_no_neighbours(part: object, rows: Callable[[Batch], list[Tensor]], gold: bool = False) -> None:
    """Expect that the result of ``rows`` for each document is the same alone and in a batch of other lengths.

    Args:
        part: the component, for the message.
        rows: returns one tensor per document of a batch.
        gold: whether the batches carry gold.
    """
    docs = toy_docs()
    together = rows(toy_batch(docs, gold=gold))
    for doc, there in zip(docs, together, strict=True):
        here = rows(alone(doc, gold))[0]
        expect_close(here, there, f"{named(part)}: the result for {doc.id} depends on the rest of its batch")
