"""Component: the life cycle of every part of a model with parameters."""

import functools
import inspect
from abc import ABC
from typing import Any, get_origin, get_type_hints

from torch import nn

from jointre.attribution import broken_contract, is_ours
from jointre.limits import Limited


class Component(Limited, nn.Module, ABC):
    """A part of a model, with three phases:

    * ``__init__`` takes only hyper-parameters: no widths, label counts, files or networks, so that a whole config
    resolves in
      milliseconds.
    * ``build`` makes the parameters, once, from widths that the previous stage returned, and returns its own widths.
    * ``forward`` only computes.

    A subclass that cannot use its inputs refuses them in ``build`` with a `jointre.errors.BuildError`.
    """

    def __init__(self) -> None:
        super().__init__()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute, and check the result of a component that is not part of jointre against its contract."""
        result = super().__call__(*args, **kwargs)
        promised = _promised(type(self))
        if promised is not None and not isinstance(result, promised):
            what = f"forward returned a {type(result).__name__}, but a {promised.__name__} is expected"
            raise broken_contract(type(self), what)
        return result


@functools.cache
def _promised(cls: type) -> type | None:
    """Return the class that the contract's ``forward`` returns; None for jointre's own components, which are not
    checked.
    """
    contract = next((base for base in cls.__mro__ if is_ours(base) and "forward" in vars(base)), None)
    if is_ours(cls) or contract is None:
        return None
    returned = get_type_hints(vars(contract)["forward"]).get("return", object)
    returned = get_origin(returned) or returned
    return returned if inspect.isclass(returned) else None
