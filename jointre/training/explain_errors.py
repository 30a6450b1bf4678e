"""Trouble that comes from the machine, said in plain words: memory, disks, operations that do not repeat."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from jointre.errors import TrainingError

MEMORY = ("can't allocate memory", "CUBLAS_STATUS_ALLOC_FAILED", "could not create a primitive")
NO_KERNEL = "could not create a primitive descriptor"
"""How oneDNN's complaint begins where the CPU lacks a kernel; without the last word it lacks memory."""
NOT_DETERMINISTIC = re.compile(r"(\S+) does not have a deterministic implementation")


def out_of_memory(error: BaseException) -> bool:
    """Whether a device's or the system's memory was not enough."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and NO_KERNEL not in text and any(sign in text for sign in MEMORY)


def prevents_determinism(error: BaseException) -> str | None:
    """The operation that has no deterministic form on this device, if that is what torch complains of."""
    text = str(error)
    if found := NOT_DETERMINISTIC.search(text):
        return found[1]
    return "a matrix product (CuBLAS)" if "CUBLAS_WORKSPACE_CONFIG" in text else None


@contextmanager
def explained(memory: str) -> Iterator[None]:
    """Turn what torch raises for want of memory, a kernel, a worker or a repeatable operation into a `TrainingError`.

    Args:
        memory: what to do where memory is short.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if out_of_memory(error):
            reason = (str(error).strip() or "no memory is left").splitlines()[0]
            raise TrainingError(f"out of memory: {reason}\n  -> {memory}") from error
        if "DataLoader worker" in str(error):
            what = "a process that prepares batches died, for want of memory perhaps"
            raise TrainingError(f"{what}: {error}\n  -> fewer training.workers; 0 needs none") from error
        if NO_KERNEL in str(error):
            what = f"this CPU has no kernel for a step of the model: {str(error).splitlines()[0]}"
            raise TrainingError(f'{what}\n  -> set system.precision = "fp32"') from error
        operation = prevents_determinism(error)
        if operation is None:
            raise
        what = f"system.deterministic = true, but {operation} does not repeat bit by bit on this device"
        remedy = (
            "set system.deterministic = false, choose a component that does without it, or use --device cpu"
        )
        raise TrainingError(f"{what}\n  -> {remedy}") from error
