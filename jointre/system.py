"""The machine: device, threads, random seeds."""

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
    """Return ``cpu``, or ``cuda[:N]`` as requested; ``auto`` uses a GPU if there is one.

    Each of several processes of ``accelerate launch`` or ``torchrun`` gets its own GPU.

    Raises:
        UsageError: the requested GPU does not exist, or several processes on this machine would share it.
    """
    processes = int(os.environ.get("WORLD_SIZE", 1))
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if ":" in name and int(os.environ.get("LOCAL_WORLD_SIZE", processes)) > 1:
        fault = Fault("it is a single GPU", "system.device", "use cuda: each process then gets its own")
        raise UsageError(f"several processes cannot share device {name!r}", [fault])
    if name == "cuda" and processes > 1:
        name = f"cuda:{os.environ.get('LOCAL_RANK', 0)}"
    index = int(name[5:]) if name.startswith("cuda:") else 0
    if name.startswith("cuda") and index >= torch.cuda.device_count():
        fault = Fault(
            f"this machine has {torch.cuda.device_count()} usable GPUs", remedy="use --device cpu or auto"
        )
        raise UsageError(f"device {name!r} is not available", [fault])
    return name


def check_precision(precision: str, device: torch.device) -> None:
    """Refuse fp16 on a CPU, where its range is too small to be safe and it saves nothing, and int8 on a GPU.

    Raises:
        UsageError: the combination is one of these.
    """
    if precision == "fp16" and device.type == "cpu":
        fault = Fault("fp16 needs a GPU", "system.precision", "use fp32 or bf16 on a CPU")
        raise UsageError("the precision does not fit the device", [fault])
    if precision == "int8" and device.type != "cpu":
        fault = Fault("int8 needs a CPU", "precision", "use bf16 on a GPU, or --device cpu")
        raise UsageError("the precision does not fit the device", [fault])


def check_compiler(device: torch.device) -> None:
    """Refuse ``torch.compile`` if the compiler that it needs is missing.

    Raises:
        UsageError: there is no C++ compiler for a CPU, or no triton for a GPU.
    """
    if device.type == "cpu":
        missing = (
            "C++ compiler" if not any(map(shutil.which, [os.environ.get("CXX", "g++"), "clang++"])) else ""
        )
    else:
        missing = "package triton" if find_spec("triton") is None else ""
    if missing:
        fault = Fault(
            f"it needs a {missing}, which is missing", "system.compile", "install it, or set compile = false"
        )
        raise UsageError("torch.compile cannot be used", [fault])


def usable_device(system: "SystemSettings") -> torch.device:
    """Return the requested device, if it can do what is requested.

    Raises:
        UsageError: the GPU does not exist, fp16 is requested on a CPU, or a compiler is missing.
    """
    device = torch.device(pick_device(system.device))
    check_precision(system.precision, device)
    if system.compile:
        check_compiler(device)
    return device


def prepare(system: "SystemSettings") -> torch.device:
    """Set seeds, threads, determinism and matrix precision for this process; return the device.

    Raises:
        UsageError: see `usable_device`.
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
    else:
        torch.set_float32_matmul_precision(system.matmul_precision)
    return device


def _repeatable(device: torch.device, strict: bool) -> None:
    """Use algorithms that repeat bit by bit: always on a CPU, where this costs nothing, and on a GPU if ``strict``.

    An operation without such an algorithm makes torch raise an error if ``strict``, otherwise issue a warning.
    """
    if strict:
        os.environ.setdefault(
            "CUBLAS_WORKSPACE_CONFIG", ":4096:8"
        )  # read when CUDA first multiplies matrices
    torch.use_deterministic_algorithms(strict or device.type == "cpu", warn_only=not strict)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def keep_large_buffers() -> None:
    """Make glibc's allocator keep freed memory of any size instead of returning it to the system at once.

    A dense gradient of a vocabulary takes tens of megabytes. If every update returns that memory and requests it again,
    a training step on a CPU takes about a tenth longer. The function has no effect with another C library.
    """
    trim_threshold, mmap_threshold = -1, -3
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(mmap_threshold, 1 << 30)
        mallopt(trim_threshold, (1 << 31) - 1)


def release_buffers() -> None:
    """Return freed memory to the system: that of torch's GPU cache, and that kept by glibc."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
