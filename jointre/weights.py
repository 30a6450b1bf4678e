"""Read weights from a file that is not trusted, and build no network that is larger than its weights."""

import math
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.modules import module as hooks

from jointre.data.strict_read import decode, parse
from jointre.errors import BuildError, Fault, ModelFolderError, first_line

OTHER_WEIGHTS = "the weights belong to another config.cfg or labels.json: copy the whole folder again"
MOST = 20  # maximum number of tensors named in one message
LONGEST_HEADER = 100_000_000  # bytes, as in safetensors
LARGEST = 1e9
"""Trained weights are far smaller; the square of this number still fits into fp32."""


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file, on the CPU.

    Raises:
        ModelFolderError: the file is not a regular file, or cannot be read.
    """
    refuse_odd(path)
    try:
        return load_file(path)
    except Exception as error:  # safetensors raises several kinds of errors for a false header
        raise _unreadable(path, error) from error


def refuse_odd(path: Path) -> None:
    """Refuse a pipe or a device, which reading would wait for; a link to a regular file is fine.

    Raises:
        ModelFolderError: it is a pipe or a device.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        fault = Fault("is a pipe or a device", str(path), "copy the file itself")
        raise ModelFolderError(f"{path.name} cannot be read", [fault])


def unsound(tensors: Mapping[str, Tensor]) -> list[Fault]:
    """Report every tensor with NaN, infinite numbers, or numbers larger than training ever reaches."""
    faults = []
    for name, tensor in tensors.items():
        if not tensor.is_floating_point() or not tensor.numel():
            continue
        exact = tensor.dtype in (torch.float32, torch.float64)
        low, high = (float(value) for value in (tensor if exact else tensor.float()).aminmax())
        if not math.isfinite(low) or not math.isfinite(high):
            faults.append(Fault(f"tensor {name} contains numbers that are not finite"))
        elif max(-low, high) > LARGEST:
            faults.append(Fault(f"tensor {name} contains numbers as large as {max(-low, high):.1e}"))
    more = len(faults) - MOST
    return faults if more < 1 else [*faults[:MOST], Fault(f"and {more} more tensors like these")]


@dataclass(frozen=True)
class Size:
    """The number of tensors in a weights file, and how many numbers they contain."""

    tensors: int
    numbers: int

    @classmethod
    def of(cls, path: Path) -> "Size":
        """Return the size in a file's header. Unlike safetensors, refuse a header that names a tensor twice.

        Raises:
            ModelFolderError: the header cannot be read.
        """
        refuse_odd(path)
        try:
            parse(_header(path))
            with safe_open(path, framework="pt") as file:
                names = list(file.keys())
                return cls(len(names), sum(math.prod(file.get_slice(name).get_shape()) for name in names))
        except Exception as error:
            raise _unreadable(path, error) from error


def _header(path: Path) -> str:
    """Return the JSON at the beginning of a safetensors file."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        return decode(file.read(min(length, LONGEST_HEADER)))


@contextmanager
def building_within(size: Size) -> Iterator[None]:
    """Refuse a network that is much larger than its weights, while it is being built.

    PyTorch reports each parameter and module before anything is computed with it, so excessive layers, widths and
    vocabularies are noticed whatever their keys in the config.

    Raises:
        BuildError: the network is too large.
    """
    limits = {
        "tensors": 2 * size.tensors + 100,
        "numbers": 2 * size.numbers + 2**20,
        "modules": 50 * size.tensors + 10_000,
    }
    seen = dict.fromkeys(limits, 0)
    thread = threading.get_ident()

    def count(**more: int) -> None:
        if threading.get_ident() != thread:
            return
        for what, number in more.items():
            seen[what] += number
            if seen[what] > limits[what]:
                fault = Fault(f"the config asks for more {what} than the weights have", remedy=OTHER_WEIGHTS)
                raise BuildError("the network is too large for its weights", [fault])

    def parameter(_: nn.Module, __: str, value: nn.Parameter | None) -> None:
        if value is not None:
            count(tensors=1, numbers=value.numel())

    def submodule(_: nn.Module, __: str, ___: nn.Module | None) -> None:
        count(modules=1)

    handles = [
        hooks.register_module_parameter_registration_hook(parameter),
        hooks.register_module_module_registration_hook(submodule),
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _unreadable(path: Path, error: Exception) -> ModelFolderError:
    fault = Fault(f"cannot be read: {first_line(error)}", str(path), "copy the file again")
    return ModelFolderError(f"{path.name} cannot be read", [fault])
