"""Move data between the host and a GPU without waiting, and remember on the host what is on the GPU.

The host runs ahead of a GPU: it waits only if it reads a value. What the host has drawn or read before is therefore
never read back, and what it needs from the GPU is copied at once, in one piece.
"""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

T = TypeVar("T")


class HostCopies:
    """Copies on the host of tensors that are on another device. A batch has one (`Batch.copies`), and so do its views.

    ``data`` is a tensor, None, or a tuple or dataclass that contains such things. On a CPU everything is on the host,
    and every method returns what it receives.

    Args:
        device: where the tensors are.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._known = WeakTensorKeyDictionary()  # by the tensor itself, not by its values
        self._announced: list[Tensor] = []

    def __reduce__(self) -> tuple[type["HostCopies"], tuple[torch.device]]:
        """Return what another process makes instead: it has no copies of these tensors."""
        return HostCopies, (self.device,)

    def to_device(self, data: T) -> T:
        """Return ``data`` on the device, without waiting, and remember what of it was on the host."""
        return data if self._on_host else mapped(data, self._up)

    def to_host(self, data: T) -> T:
        """Return ``data``, which is on the device, on the host.

        Tensors that are not known yet are copied together, with those that were announced, in one wait.
        """
        if self._on_host:
            return data
        every = {id(tensor): tensor for tensor in (*self._announced, *tensors(data))}.values()
        wanted = [tensor for tensor in every if not self.known(tensor)]
        self._announced = []
        for tensor, here in zip(wanted, read(wanted) if wanted else (), strict=True):
            self._known[tensor] = here
        return mapped(data, lambda tensor: self._known.get(tensor, tensor))

    def announce(self, data: object) -> None:
        """Copy the tensors in ``data`` with whatever is copied to the host next, because they will be needed, too."""
        if not self._on_host:
            self._announced += tensors(data)

    def known(self, data: object) -> bool:
        """Return whether `to_host` would return ``data`` without waiting."""
        return self._on_host or all(t in self._known or t.device.type == "cpu" for t in tensors(data))

    def take(self, data: T, rows: Tensor) -> T:
        """Return ``rows`` of the tensors in ``data``, and remember them if both are known."""
        taken = mapped(data, lambda tensor: tensor.index_select(0, rows))
        if not self._on_host and self.known((data, rows)):
            here = self._known[rows]
            for there, tensor in zip(tensors(taken), tensors(data), strict=True):
                self._known[there] = self._known[tensor].index_select(0, here)
        return taken

    @property
    def _on_host(self) -> bool:
        return self.device.type == "cpu"

    def _up(self, tensor: Tensor) -> Tensor:
        if tensor.device.type == self.device.type:
            return tensor
        there = upload(tensor, self.device)
        self._known[there] = tensor
        return there


def upload(tensor: Tensor, device: torch.device) -> Tensor:
    """Return a tensor of the host on ``device``; a GPU reads it from pinned memory, so the host does not wait."""
    if device.type == "cuda" and tensor.device.type == "cpu":
        tensor = tensor.pin_memory()
    return tensor.to(device, non_blocking=True)


def read(wanted: list[Tensor]) -> list[Tensor]:
    """Return tensors of one device on the host, copied as one; the host waits once."""
    # in bytes, the widest numbers first, so that every tensor begins at a multiple of their size
    order = sorted(range(len(wanted)), key=lambda i: -wanted[i].element_size())
    flat = [wanted[i].detach().contiguous().view(-1).view(torch.uint8) for i in order]
    packed = torch.cat(flat)
    pinned = packed.device.type == "cuda"
    here = torch.empty(packed.shape, dtype=torch.uint8, pin_memory=pinned).copy_(packed)
    found: dict[int, Tensor] = {}
    for i, part in zip(order, here.split([len(part) for part in flat]), strict=True):
        found[i] = part.view(wanted[i].dtype).view(wanted[i].shape)
    return [found[i] for i in range(len(wanted))]


def tensors(data: object) -> list[Tensor]:
    """Return the tensors in ``data``, in order."""
    return list(_tensors(data))


def _tensors(data: Any) -> Iterator[Tensor]:
    if isinstance(data, Tensor):
        yield data
    elif isinstance(data, tuple):
        for part in data:
            yield from _tensors(part)
    elif is_dataclass(data):
        for field in fields(data):
            yield from _tensors(getattr(data, field.name))


def mapped(data: T, change: Callable[[Tensor], Tensor]) -> T:
    """Return the same data with other tensors."""
    changed: T = _mapped(data, change)
    return changed


def _mapped(data: Any, change: Callable[[Tensor], Tensor]) -> Any:
    if isinstance(data, Tensor):
        return change(data)
    if isinstance(data, tuple):
        parts = [_mapped(part, change) for part in data]
        if all(part is before for part, before in zip(parts, data, strict=True)):
            return data
        return type(data)(*parts) if hasattr(data, "_fields") else tuple(parts)
    if is_dataclass(data) and not isinstance(data, type):
        values = {field.name: getattr(data, field.name) for field in fields(data) if field.init}
        new = {name: _mapped(value, change) for name, value in values.items()}
        changed = {name: value for name, value in new.items() if value is not values[name]}
        return replace(data, **changed) if changed else data
    return data
