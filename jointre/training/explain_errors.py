"""Explanations of errors that come from the machine: memory, kernels, worker processes, determinism."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from jointre.errors import TrainingError

MEMORY = ("can't allocate memory", "CUBLAS_STATUS_ALLOC_FAILED", "could not create a primitive")
NO_KERNEL = "could not create a primitive descriptor"
"""The start of oneDNN's message if the CPU lacks a kernel. Without the last word, memory was too small."""
NOT_DETERMINISTIC = re.compile(r"(\S+) does not have a deterministic implementation")


def out_of_memory(error: BaseException) -> bool:
    """Return whether the memory of a device or of the system was too small."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and NO_KERNEL not in text and any(sign in text for sign in MEMORY)


def memory_reason(error: BaseException) -> str:
    """Return the first line of an out-of-memory error's message."""
    return (str(error).strip() or "no memory is left").splitlines()[0]


def prevents_determinism(error: BaseException) -> str | None:
    """Return the operation that torch reports as not deterministic on this device; None for any other error."""
    text = str(error)
    if found := NOT_DETERMINISTIC.search(text):
        return found[1]
    return "a matrix product (CuBLAS)" if "CUBLAS_WORKSPACE_CONFIG" in text else None


@contextmanager
def explained(memory: str) -> Iterator[None]:
    """Turn torch's errors about memory, kernels, workers and determinism into a `TrainingError` with a remedy.

    Args:
        memory: the remedy if memory is too small.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if out_of_memory(error):
            raise TrainingError(f"out of memory: {memory_reason(error)}", memory) from error
        if "DataLoader worker" in str(error):
            what = "a worker process that prepares batches died, perhaps because memory ran out"
            raise TrainingError(f"{what}: {error}", "set fewer training.workers; 0 needs none") from error
        if NO_KERNEL in str(error):
            what = f"this CPU has no kernel for an operation of the model: {str(error).splitlines()[0]}"
            raise TrainingError(what, 'set system.precision = "fp32"') from error
        operation = prevents_determinism(error)
        if operation is None:
            raise
        what = f"system.deterministic = true, but {operation} is not deterministic on this device"
        remedy = (
            "set system.deterministic = false, choose a component that works without it, or use --device cpu"
        )
        raise TrainingError(what, remedy) from error
