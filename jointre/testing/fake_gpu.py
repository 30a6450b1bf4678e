"""A GPU that is not there: tensors that report ``cuda:0``, are computed on the CPU, and behave as a GPU's would."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor
from torch.utils._device import _device_constructors
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

import jointre

GPU, CPU = torch.device("cuda", 0), torch.device("cpu")
FACTORIES = (
    *("arange", "as_tensor", "empty", "eye", "full", "linspace", "ones", "rand", "randint", "randn"),
    *("randperm", "scalar_tensor", "tensor", "zeros"),
)
LIKE = ("empty_like", "full_like", "ones_like", "rand_like", "randint_like", "randn_like", "zeros_like")
NEW = ("new_empty", "new_full", "new_ones", "new_tensor", "new_zeros")
READS = frozenset(
    [
        *(
            "_local_scalar_dense",
            "_unique",
            "_unique2",
            "allclose",
            "argwhere",
            "bincount",
            "equal",
            "is_nonzero",
        ),
        *("isin", "item", "masked_select", "nonzero", "nonzero_numpy", "unique_consecutive", "unique_dim"),
    ]
)
"""Operations of torch for which the host waits on a GPU, because it needs a value or the size of the result."""
INDICES = (torch.int64, torch.int32, torch.bool, torch.uint8)
ON_GPU, PINNED, INTERNAL = "gpu", "pinned", "internal"
_real_device: Any = torch._C.TensorBase.device


class DeviceMixedError(RuntimeError):
    """An operation read tensors of the GPU and of the CPU."""


@dataclass(frozen=True)
class Wait:
    """The host waited: for which operation of torch, and the innermost lines of jointre, innermost first."""

    operation: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.operation} at {self.lines[0] if self.lines else 'unknown'}"


@dataclass
class FakeGPU:
    """What happened on the pretended GPU.

    Args:
        waits: each time that the host waited for it.
        uploads, downloads: number of copies from and to the host that waited for nothing.
    """

    waits: list[Wait] = field(default_factory=list)
    uploads: int = 0
    downloads: int = 0

    def wait(self, operation: str) -> None:
        """Record that the host waits here."""
        self.waits.append(Wait(operation, tuple(_lines())))


@contextmanager
def fake_gpu() -> Iterator[FakeGPU]:
    """Pretend in this thread that there is a GPU, ``cuda:0``; on it everything is computed on the CPU.

    Tensors that were moved to it, or made on it, report this device. An operation that reads a tensor of the GPU and
    one of the CPU raises an error, as on a GPU; a CPU scalar without dimensions is allowed. Whatever would make the
    host wait is recorded: reading a value, an operation whose result has an unknown size, a copy to the host, and a
    copy from memory of the host that is not pinned or not ``non_blocking``. So a test can find what is slow or wrong on
    a GPU without having one. Memory, speed, kernels and mixed precision are those of the CPU.

    Tensors stay on the pretended GPU when the context ends, where they report the CPU again.
    """
    record = FakeGPU()
    with ExitStack() as stack:
        for change in _changes(record):
            stack.enter_context(change)
        stack.enter_context(_Operations(record))
        yield record


class _Operations(TorchDispatchMode):
    """Sees every operation, forward and backward; follows the devices of tensors and records waits."""

    def __init__(self, record: FakeGPU) -> None:
        super().__init__()
        self.record = record

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        name = func.overloadpacket.__name__
        tensors = [leaf for leaf in tree_leaves((args, kwargs or {})) if isinstance(leaf, Tensor)]
        places = [_place(tensor) for tensor in tensors]
        if name == "copy_":
            blocking = not (kwargs or {}).get("non_blocking", tuple(args[2:3]) == (True,))
            self._copied(tensors[0], tensors[1], blocking)
        elif ON_GPU in places:
            self._check(name, tensors, places)
            if _waits(name, args, kwargs or {}):
                self.record.wait(name)
        result = func(*args, **(kwargs or {}))
        where = None if name == "copy_" else _result(tensors, places)
        for made in tree_leaves(result) if where is not None else ():
            if isinstance(made, Tensor) and _place(made) is None:
                _put(made, where)
        return result

    def _check(self, name: str, tensors: Sequence[Tensor], places: Sequence[str | None]) -> None:
        for tensor, place in zip(tensors, places, strict=True):
            if place in (None, PINNED) and tensor.dim() > 0:
                if name.startswith(("index", "_index_put")) and tensor.dtype in INDICES:
                    self.record.wait("copy of an index to the GPU")
                    continue
                shape = list(tensor.shape)
                where = "; ".join(list(_lines())[:3])
                raise DeviceMixedError(f"{name} on cuda:0 reads a tensor {shape} of the CPU at {where}")

    def _copied(self, into: Tensor, source: Tensor, blocking: bool) -> None:
        to, of = _place(into), _place(source)
        if (to == ON_GPU) == (of == ON_GPU) or INTERNAL in (to, of):
            return
        _transfer(self.record, not blocking and PINNED in (to, of), to == ON_GPU)


def _result(tensors: Sequence[Tensor], places: Sequence[str | None]) -> str | None:
    """Return where the result of an operation is; None for the host.

    What C++ makes by itself in the middle of an operation is ``INTERNAL``: it may be read together with anything.
    """
    if ON_GPU in places:
        return ON_GPU
    others = [t for t, place in zip(tensors, places, strict=True) if place != INTERNAL and t.dim() > 0]
    return INTERNAL if not others and (INTERNAL in places or not _Explicit.depth) else None


def _waits(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Return whether the host waits for an operation on tensors of the GPU."""
    if name == "repeat_interleave":
        return isinstance(args[-1], Tensor) and kwargs.get("output_size") is None
    if name == "where":
        return len(args) == 1
    if name in ("index", "index_put", "index_put_", "_index_put_impl_", "_unsafe_index"):
        masks = [i for i in args[1] if i is not None and i.dtype in (torch.bool, torch.uint8)]
        filled = name != "index" and len(args[1]) == 1 and args[2].numel() == 1  # computed as a masked fill
        return bool(masks) and not filled
    return name in READS


def _place(tensor: Tensor) -> str | None:
    """Return where a tensor is; None for ordinary memory of the host."""
    if tensor.is_meta or tensor.is_sparse:
        return None
    return getattr(tensor.untyped_storage(), "jointre_place", None)


def _put(tensor: Tensor, place: str | None) -> None:
    tensor.untyped_storage().jointre_place = place  # type: ignore[attr-defined]


def _transfer(record: FakeGPU, asynchronous: bool, upload: bool) -> None:
    if not asynchronous:
        record.wait("copy to the GPU" if upload else "copy to the host")
    elif upload:
        record.uploads += 1
    else:
        record.downloads += 1


def _lines() -> Iterator[str]:
    """Yield the lines of jointre that are being executed, innermost first."""
    root, frame = Path(jointre.__file__).parent, sys._getframe(1)
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        if root in file.parents and "testing" not in file.parts:
            yield f"{file.relative_to(root).as_posix()}:{frame.f_lineno} {frame.f_code.co_name}"
        frame = frame.f_back  # type: ignore[assignment]


class _Explicit:
    """Counts the nested calls of Python code that make a tensor on the device that they name."""

    depth = 0

    def __enter__(self) -> None:
        type(self).depth += 1

    def __exit__(self, *_: object) -> None:
        type(self).depth -= 1


def _changes(record: FakeGPU) -> Iterator[AbstractContextManager[Any]]:
    """Yield what has to be replaced in torch."""
    _device_constructors()  # ``with torch.device(...)`` keeps a set of the original functions
    for name in FACTORIES:
        yield patch.object(
            torch, name, _making(getattr(torch, name), record, name in ("tensor", "as_tensor"))
        )
    for name in LIKE:
        yield patch.object(torch, name, _making_like(getattr(torch, name)))
    for name in NEW:
        yield patch.object(Tensor, name, _making_like(getattr(Tensor, name)))
    for name, method in _methods(record).items():
        yield patch.object(Tensor, name, method)
    for name, value in _cuda(record).items():
        yield patch.object(torch.cuda, name, value)
    yield patch.object(torch.backends.cudnn, "is_acceptable", lambda _: False)
    group = torch._C._group_tensors_by_device_and_dtype
    yield patch.object(torch._C, "_group_tensors_by_device_and_dtype", _grouping(group))


def _is_gpu(device: Any) -> bool:
    return device is not None and not isinstance(device, Tensor) and torch.device(device).type == "cuda"


def _making(make: Callable[..., Tensor], record: FakeGPU, from_host: bool) -> Callable[..., Tensor]:
    """Return a function of torch that makes a tensor on the device that it is given."""

    def made(*args: Any, **options: Any) -> Tensor:
        device, pinned = options.get("device"), options.pop("pin_memory", False)
        given = args[0] if from_host and isinstance(args[0], Tensor) else None
        with _Explicit():
            result = make(*args, **{**options, **({"device": CPU} if _is_gpu(device) else {})})
        if _is_gpu(device):
            if from_host and (given is None or _place(given) != ON_GPU):
                record.wait("copy to the GPU")
                result = result.clone() if given is not None else result
            _put(result, ON_GPU)
        elif pinned:
            _put(result, PINNED)
        return result

    return made


def _making_like(make: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Return a function of torch that makes a tensor where another one is, or on the device that it is given."""

    def made(like: Tensor, *args: Any, **options: Any) -> Tensor:
        device = options.get("device", like.device)
        with _Explicit():
            result = make(like, *args, **{**options, **({"device": CPU} if _is_gpu(device) else {})})
        if _is_gpu(device):
            _put(result, ON_GPU)
        return result

    return made


def _methods(record: FakeGPU) -> dict[str, Any]:
    """Return the attributes and methods of a tensor that have to do with its device."""
    convert, to_list, to_numpy, pin = Tensor.to, Tensor.tolist, Tensor.numpy, Tensor.is_pinned

    def device(self: Tensor) -> torch.device:
        return GPU if _place(self) == ON_GPU else _real_device.__get__(self)

    def to(self: Tensor, *args: Any, **options: Any) -> Tensor:
        if args and isinstance(args[0], Tensor):
            args = (args[0].device, args[0].dtype, *args[1:])
        wanted = options.get("device", args[0] if args else None)
        if wanted is None or isinstance(wanted, torch.dtype):
            return convert(self, *args, **options)
        from_gpu, to_gpu = _place(self) == ON_GPU, _is_gpu(wanted)
        if from_gpu or to_gpu:
            where: Any = CPU if to_gpu else wanted
            options = {**options, "device": where} if "device" in options else options
            args = args if "device" in options else (where, *args[1:])
        result = convert(self, *args, **options)
        if from_gpu != to_gpu and torch.device(wanted).type != "meta":
            blocking = not (options.get("non_blocking") or args[2:3] == (True,))
            _transfer(record, not blocking and to_gpu and _place(self) == PINNED, to_gpu)
            with _Explicit():
                result = result.clone() if result.data_ptr() == self.data_ptr() else result
            _put(result, None)
        if to_gpu:
            _put(result, ON_GPU)
        return result

    def tolist(self: Tensor) -> Any:
        if _place(self) == ON_GPU:
            record.wait("tolist")
        return to_list(self)

    def numpy(self: Tensor, *args: Any, **options: Any) -> Any:
        if _place(self) == ON_GPU:
            raise DeviceMixedError(f"numpy reads a tensor of the GPU at {next(_lines(), 'unknown')}")
        return to_numpy(self, *args, **options)

    def pin_memory(self: Tensor, *_: Any) -> Tensor:
        if _place(self) == ON_GPU:
            raise DeviceMixedError("only memory of the host can be pinned")
        with _Explicit():
            pinned = self if _place(self) == PINNED else self.clone()
        _put(pinned, PINNED)
        return pinned

    def is_pinned(self: Tensor, *args: Any) -> bool:
        return _place(self) == PINNED or pin(self, *args)

    return {
        "device": property(device),
        "is_cuda": property(lambda self: _place(self) == ON_GPU),
        "to": to,
        "cpu": lambda self: self.to(CPU),
        "cuda": lambda self, *_, **options: self.to(GPU, **options),
        "tolist": tolist,
        "numpy": numpy,
        "pin_memory": pin_memory,
        "is_pinned": is_pinned,
    }


class _Event:
    """Something that happens on the GPU; asking for it does not wait, as everything has happened already."""

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def record(self, *_: Any) -> None: ...

    def synchronize(self) -> None: ...

    def query(self) -> bool:
        return True

    def elapsed_time(self, other: "_Event") -> float:
        return 0.0


def _cuda(record: FakeGPU) -> dict[str, Any]:
    """Return what ``torch.cuda`` says of the GPU."""
    seen = SimpleNamespace(
        name="pretended GPU", total_memory=2**34, major=8, minor=0, multi_processor_count=1
    )
    return {
        "is_available": lambda: True,
        "is_initialized": lambda: True,
        "is_bf16_supported": lambda *_, **__: True,
        "device_count": lambda: 1,
        "current_device": lambda: 0,
        "set_device": lambda *_: None,
        "synchronize": lambda *_: record.wait("synchronize"),
        "empty_cache": lambda: None,
        "get_device_name": lambda *_: seen.name,
        "get_device_properties": lambda *_: seen,
        "get_device_capability": lambda *_: (seen.major, seen.minor),
        "get_rng_state": lambda *_: torch.get_rng_state(),
        "set_rng_state": lambda *_: None,
        "manual_seed_all": lambda *_: None,
        "Event": _Event,
        "max_memory_allocated": lambda *_: 0,
        "max_memory_reserved": lambda *_: 0,
        "memory_allocated": lambda *_: 0,
        "memory_reserved": lambda *_: 0,
        "reset_peak_memory_stats": lambda *_: None,
        "utilization": lambda *_: 0,
    }


def _grouping(group: Callable[..., Any]) -> Callable[..., Any]:
    """Return torch's division of tensors by device, which it reads from C++, with the devices that they report."""

    def grouped(lists: Any, with_indices: bool = False) -> Any:
        found = group(lists, with_indices)
        return {
            (next(t.device for t in parts[0][0] if t is not None), dtype): parts
            for (_, dtype), parts in found.items()
        }

    return grouped
