"""Read weights from a file that is not trusted, and build no larger network than it has weights for."""

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
MOST = 20  # tensors named in one message
LONGEST_HEADER = 100_000_000  # bytes, as in safetensors
LARGEST = 1e9
"""No trained weight comes near; its square still fits fp32."""


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file, on the CPU.

    Raises:
        ModelFolderError: it is not a plain file, or cannot be read as one.
    """
    refuse_odd(path)
    try:
        return load_file(path)
    except Exception as error:  # safetensors raises errors of several kinds for a header that lies
        raise _unreadable(path, error) from error


def refuse_odd(path: Path) -> None:
    """Refuse a pipe or a device, which would be waited for; a link to a plain file is fine.

    Raises:
        ModelFolderError: it is one.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        fault = Fault("is a pipe or a device", str(path), "copy the file itself")
        raise ModelFolderError(f"{path.name} cannot be read", [fault])


def unsound(tensors: Mapping[str, Tensor]) -> list[Fault]:
    """Name every tensor that holds NaN, an infinite number, or one that no training arrives at."""
    faults = []
    for name, tensor in tensors.items():
        if not tensor.is_floating_point() or not tensor.numel():
            continue
        exact = tensor.dtype in (torch.float32, torch.float64)
        low, high = (float(value) for value in (tensor if exact else tensor.float()).aminmax())
        if not math.isfinite(low) or not math.isfinite(high):
            faults.append(Fault(f"tensor {name} holds numbers that are not finite"))
        elif max(-low, high) > LARGEST:
            faults.append(Fault(f"tensor {name} holds numbers as large as {max(-low, high):.1e}"))
    more = len(faults) - MOST
    return faults if more < 1 else [*faults[:MOST], Fault(f"and {more} more tensors like these")]


@dataclass(frozen=True)
class Size:
    """How many tensors a weights file has, and how many numbers they hold."""

    tensors: int
    numbers: int

    @classmethod
    def of(cls, path: Path) -> "Size":
        """Return the size that a file's header states, which safetensors lets name a tensor twice, but we do not.

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
    """The JSON at the beginning of a safetensors file."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        return decode(file.read(min(length, LONGEST_HEADER)))


@contextmanager
def building_within(size: Size) -> Iterator[None]:
    """Refuse, while it is built, a network that is much larger than the weights that are to fill it.

    PyTorch reports each parameter and module before anything is computed with it, so layers, widths and
    vocabularies without end are noticed whatever a config calls them.

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
