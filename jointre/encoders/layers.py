"""The list of layers of a transformers network, whatever its architecture: initialise, freeze or checkpoint it."""

from itertools import takewhile
from typing import Any

from torch import nn

from jointre.errors import BuildError, Fault


def layer_stack(network: nn.Module) -> nn.ModuleList:
    """Return the layers of a network, lowest first.

    Raises:
        BuildError: the network has no single list of layers (XLM splits its layers over several lists).
    """
    lists = [part for part in network.modules() if isinstance(part, nn.ModuleList) and _has_parameters(part)]
    inner = {id(part) for outer in lists for part in outer.modules() if part is not outer}
    stacks = [part for part in lists if id(part) not in inner]
    if len(stacks) != 1:
        what = f"{type(network).__name__} has {len(stacks)} lists of layers, not one"
        remedy = 'use reinit = "none" or "all" and freeze = true or false, or another encoder'
        raise BuildError("the layers of the encoder cannot be found", [Fault(what, remedy=remedy)])
    return stacks[0]


def parameters_by_depth(network: nn.Module) -> list[list[nn.Parameter]]:
    """Return the parameters before the layers (the embeddings), then those of each layer, lowest first.

    Raises:
        BuildError: see `layer_stack`.
    """
    stack = layer_stack(network)
    inside = {id(parameter) for parameter in stack.parameters()}
    before = takewhile(lambda parameter: id(parameter) not in inside, network.parameters())
    return [list(before), *(list(layer.parameters()) for layer in stack)]


def copy_layers(network: nn.Module, fresh: nn.Module) -> None:
    """Give the layers of ``network`` the weights of ``fresh``; embeddings and everything outside the layers stay."""
    layer_stack(network).load_state_dict(layer_stack(fresh).state_dict())


def freeze_lowest(network: nn.Module, layers: int) -> None:
    """Freeze the ``layers`` lowest layers and everything before them: the embeddings.

    Raises:
        BuildError: the network has fewer layers.
    """
    stack = layer_stack(network)
    if layers > len(stack):
        what = f"freeze = {layers}, but {type(network).__name__} has {len(stack)} layers with weights of their own"
        raise BuildError("too many layers to freeze", [Fault(what, remedy="give a smaller number, or true")])
    free = {id(parameter) for layer in stack[layers:] for parameter in layer.parameters()}
    for parameter in network.parameters():  # in the order of the data flow
        if id(parameter) in free:
            return
        parameter.requires_grad_(False)


def checkpoint_layers(network: Any) -> None:
    """Make a transformers network compute its layers again in the backward pass.

    Raises:
        BuildError: its architecture does not support this.
    """
    if not network.supports_gradient_checkpointing:
        what = f"{type(network).__name__} has no gradient checkpointing"
        remedy = "set gradient_checkpointing = false"
        raise BuildError("gradient checkpointing is not supported", [Fault(what, remedy=remedy)])
    name = "activation_checkpointing_enable"  # its name since transformers 5.2x
    enable = getattr(network, name, None) or network.gradient_checkpointing_enable
    enable({"use_reentrant": False})
    network.config.use_cache = False  # a decoder's cache; transformers warns if both are on
    if getattr(network, "_require_grads_hook", None) is not None:
        network.disable_input_require_grads()  # frozen embeddings stay frozen


def _has_parameters(part: nn.Module) -> bool:
    return next(part.parameters(), None) is not None
