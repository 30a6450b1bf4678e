"""Component: the life cycle that every part of a model with parameters follows."""

import functools
import inspect
from abc import ABC
from typing import Any, get_origin, get_type_hints

from torch import nn

from jointre.attribution import broken_contract, is_ours
from jointre.limits import Limited


class Component(Limited, nn.Module, ABC):
    """A part of a model. Three phases, each with one job:

    * ``__init__`` takes hyper-parameters only: no widths, label counts, files or network, so that a whole
      config resolves in milliseconds.
    * ``build`` makes the parameters, once, from widths that the upstream stage returned, and returns its own.
    * ``forward`` only computes.

    A child that cannot use something it is given refuses it in ``build`` with a `jointre.errors.BuildError`.
    """

    def __init__(self) -> None:
        super().__init__()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute; what a component that jointre does not ship returns is checked against its contract."""
        result = super().__call__(*args, **kwargs)
        promised = _promised(type(self))
        if promised is not None and not isinstance(result, promised):
            what = f"forward returned a {type(result).__name__}, but a {promised.__name__} is expected"
            raise broken_contract(type(self), what)
        return result


@functools.cache
def _promised(cls: type) -> type | None:
    """The class that the contract's ``forward`` returns; None for a component of jointre, which is not checked."""
    contract = next((base for base in cls.__mro__ if is_ours(base) and "forward" in vars(base)), None)
    if is_ours(cls) or contract is None:
        return None
    returned = get_type_hints(vars(contract)["forward"]).get("return", object)
    returned = get_origin(returned) or returned
    return returned if inspect.isclass(returned) else None
