"""A copy of the highest layers of a transformers network, which reads states instead of pieces."""

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from jointre.data.batch import Batch
from jointre.data.stages import Encoded
from jointre.encoders.attention_mask import attention_mask
from jointre.encoders.base import UpperLayers
from jointre.encoders.layers import layer_stack
from jointre.encoders.windows import encode_windows
from jointre.errors import BuildError, Fault

PIECES = 4


class HFUpperLayers(UpperLayers):
    """The network itself, without its embeddings, its lower layers and its pooler.

    So whatever an architecture does around its layers, such as MPNet's position bias or ModernBERT's last norm, is done
    by its own code. Whether this works is tried, not looked up: the copy must compute the network's own states. On the
    meta device, which has no states, it is not tried.

    Args:
        network: built; it is left unchanged.
        count: number of layers to copy.

    Raises:
        BuildError: the network has fewer layers, or the copy computes other states.
    """

    def __init__(self, network: Any, count: int) -> None:
        super().__init__()
        self.network = _upper_part(network, count).requires_grad_(True)
        if not next(network.parameters()).is_meta and not self._agrees(network, count):
            raise _cannot_be_run(network)

    def forward(self, states: Tensor, batch: Batch) -> Tensor:
        """See `UpperLayers.forward`."""
        if batch.windows is None:
            return self._run(states, batch.mask, batch.padded).layers[0]
        return encode_windows(batch.windows, self._run, states).layers[0]

    def depths(self) -> list[list[nn.Parameter]]:
        """See `UpperLayers.depths`."""
        return [list(layer.parameters()) for layer in layer_stack(self.network)]

    def _run(self, states: Tensor, mask: Tensor, padded: bool) -> Encoded:
        seen = attention_mask(self.network, mask, padded)
        output = self.network(inputs_embeds=states, attention_mask=seen)
        return Encoded((output.last_hidden_state,))

    @torch.no_grad()
    def _agrees(self, network: Any, count: int) -> bool:
        """Return whether the copy computes the last states of a short text from those below its layers."""
        training = network.training
        network.eval()
        self.network.eval()
        try:
            ids = torch.arange(PIECES).unsqueeze(0) % network.config.vocab_size
            mask = torch.ones_like(ids)
            layers = network(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states
            again = self._run(layers[-1 - count], mask.bool(), padded=True).layers[0]
            return torch.allclose(again, layers[-1], rtol=1e-4, atol=1e-5, equal_nan=True)
        except Exception:  # the code of an architecture can raise anything
            return False
        finally:
            network.train(training)
            self.network.train(training)


class _GivenStates(nn.Module):
    """Stands where a network computes its embeddings: returns the states that the network received instead."""

    def forward(self, *values: Any, **named: Any) -> Tensor:
        """Return the only argument that is a tensor with three dimensions."""
        given = (value for value in (*values, *named.values()) if torch.is_tensor(value) and value.dim() == 3)
        return next(given)


def _upper_part(network: Any, count: int) -> Any:
    """Return a copy of the network with its ``count`` highest layers; nothing below them is copied."""
    try:
        stack = layer_stack(network)
    except BuildError as error:
        raise _cannot_be_run(network) from error
    if count > len(stack):
        what = f"layers = {count}, but {type(network).__name__} has {len(stack)} layers with weights of their own"
        raise BuildError(
            "components do not fit", [Fault(what, remedy="[model.rereader] give a smaller number")]
        )
    copied: dict[int, Any] = {id(stack): nn.ModuleList(deepcopy(layer) for layer in stack[-count:])}
    for child in network.children():  # in the order of the data flow
        if any(part is stack for part in child.modules()):
            break
        copied[id(child)] = _GivenStates()
    upper = deepcopy(network, copied)
    if getattr(upper, "pooler", None) is not None:
        upper.pooler = None
    return upper


def _cannot_be_run(network: Any) -> BuildError:
    what = f"the upper layers of a {type(network).__name__} cannot be run by themselves"
    remedy = "use another encoder, or leave [model.rereader] out"
    return BuildError("components do not fit", [Fault(what, remedy=remedy)])
