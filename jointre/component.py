"""Component: the life cycle of every part of a model with parameters."""

import functools
import inspect
from abc import ABC
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_origin, get_type_hints

from torch import nn

from jointre.attribution import broken_contract, is_ours
from jointre.limits import Limited
from jointre.promises import broken_promise


class Component(Limited, nn.Module, ABC):
    """A part of a model, with three phases:

    * ``__init__`` takes only hyper-parameters: no widths, label counts, files or networks, so that a whole config
    resolves in
      milliseconds.
    * ``build`` makes the parameters, once, from widths that the previous stage returned, and returns its own widths.
    * ``forward`` only computes.

    A subclass that cannot use its inputs refuses them in ``build`` with a `jointre.errors.BuildError`.

    Attributes:
        notices: what ``build`` decided that the user should know; training shows these lines.
    """

    notices: Sequence[str] = ()

    def __init__(self) -> None:
        super().__init__()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "build" in vars(cls):
            cls.build = _keeping_promise(cls.build)  # type: ignore[attr-defined]

    def promised(self, returned: Any, *given: Any) -> Any:
        """Return the widths that results must have, from what ``build`` returned and was given."""
        return returned

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute, and check the result of a component that is not part of jointre against its contract."""
        kind = _promised(type(self))
        if kind is None:
            return super().__call__(*args, **kwargs)
        try:
            result = super().__call__(*args, **kwargs)
        except TypeError as error:
            raise _explained(type(self), "forward", error) from error
        what = broken_promise(self.__dict__.get("_promise"), result)
        if not isinstance(result, kind):
            what = f"forward returned a {type(result).__name__}, but a {kind.__name__} is expected"
        if what:
            raise broken_contract(type(self), what)
        return result


def _keeping_promise(build: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``build`` such that a component that is not part of jointre remembers what it promised."""

    @functools.wraps(build)
    def remember(self: Component, *args: Any, **kwargs: Any) -> Any:
        if is_ours(type(self)):
            return build(self, *args, **kwargs)
        try:
            result = build(self, *args, **kwargs)
        except TypeError as error:
            raise _explained(type(self), "build", error) from error
        self.__dict__["_promise"] = self.promised(result, *args)
        return result

    return remember


def _explained(cls: type, method: str, error: TypeError) -> Exception:
    """Return the error itself, or one that names the class if its method does not take the arguments of the contract.

    Such an error is raised where the method is called: here, or in torch.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    file = "" if trace is None else trace.tb_frame.f_code.co_filename
    if Path(file) not in (Path(__file__), Path(nn.modules.module.__file__)):
        return error
    return broken_contract(cls, f"{method} does not take the arguments of its contract: {error}")


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
