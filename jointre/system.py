"""The machine: device, threads, seeds."""

import ctypes
import os
import random
import shutil
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import torch

from jointre.errors import Fault, UsageError

if TYPE_CHECKING:
    from jointre.config.schema import SystemSettings


def pick_device(name: str) -> str:
    """``cpu``, or ``cuda[:N]`` as asked; ``auto`` takes a GPU if there is one.

    Of several processes of ``accelerate launch`` or ``torchrun`` each takes its own.

    Raises:
        UsageError: a GPU is asked for that is not there.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and int(os.environ.get("WORLD_SIZE", 1)) > 1:
        name = f"cuda:{os.environ.get('LOCAL_RANK', 0)}"
    index = int(name[5:]) if name.startswith("cuda:") else 0
    if name.startswith("cuda") and index >= torch.cuda.device_count():
        fault = Fault(
            f"this machine has {torch.cuda.device_count()} usable GPUs", remedy="use --device cpu or auto"
        )
        raise UsageError(f"device {name!r} is not available", [fault])
    return name


def check_precision(precision: str, device: torch.device) -> None:
    """Refuse fp16 on a CPU, where its range is too small to be safe and nothing is gained.

    Raises:
        UsageError: that combination.
    """
    if precision == "fp16" and device.type == "cpu":
        fault = Fault("fp16 needs a GPU", "system.precision", "use fp32 or bf16 on a CPU")
        raise UsageError("the precision does not fit the device", [fault])


def check_compiler(device: torch.device) -> None:
    """Refuse ``torch.compile`` where its own compiler is missing.

    Raises:
        UsageError: no C++ compiler for a CPU, no triton for a GPU.
    """
    if device.type == "cpu":
        missing = (
            "C++ compiler" if not any(map(shutil.which, [os.environ.get("CXX", "g++"), "clang++"])) else ""
        )
    else:
        missing = "package triton" if find_spec("triton") is None else ""
    if missing:
        fault = Fault(
            f"it needs a {missing}, and there is none", "system.compile", "install one, or compile = false"
        )
        raise UsageError("torch.compile cannot be used", [fault])


def usable_device(system: "SystemSettings") -> torch.device:
    """The device that is asked for, if it can do what is asked of it.

    Raises:
        UsageError: a GPU is asked for that is not there, fp16 on a CPU, or a compiler that is missing.
    """
    device = torch.device(pick_device(system.device))
    check_precision(system.precision, device)
    if system.compile:
        check_compiler(device)
    return device


def prepare(system: "SystemSettings") -> torch.device:
    """Set seeds, threads and determinism for this process; returns the device.

    Raises:
        UsageError: as `usable_device`.
    """
    device = usable_device(system)
    if system.threads:
        torch.set_num_threads(system.threads)
    random.seed(system.seed)
    np.random.seed(system.seed % 2**32)
    torch.manual_seed(system.seed)
    _repeatable(device, system.deterministic)
    if device.type == "cpu":
        keep_large_buffers()
    return device


def _repeatable(device: torch.device, strict: bool) -> None:
    """On a CPU only algorithms that repeat bit by bit, which costs nothing; on a GPU if asked (``strict``).

    What has no such algorithm is refused by torch with its name if ``strict``, else named in a warning.
    """
    if strict:
        os.environ.setdefault(
            "CUBLAS_WORKSPACE_CONFIG", ":4096:8"
        )  # read when CUDA first multiplies matrices
    torch.use_deterministic_algorithms(strict or device.type == "cpu", warn_only=not strict)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def keep_large_buffers() -> None:
    """Let glibc's allocator keep freed memory of any size instead of returning it to the system at once.

    The gradient of a vocabulary is tens of megabytes that every update frees and asks for again; mapping
    these pages anew takes a tenth of a CPU training step. Does nothing under another C library.
    """
    trim_threshold, mmap_threshold = -1, -3
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(mmap_threshold, 1 << 30)
        mallopt(trim_threshold, (1 << 31) - 1)


def release_buffers() -> None:
    """Give memory that was freed but kept back to the system: that of torch's GPU cache, and of glibc."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
