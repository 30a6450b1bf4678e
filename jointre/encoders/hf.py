"""Any encoder that transformers can load."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from jointre.data.batch import Batch
from jointre.data.stages import Encoded, EncoderDims
from jointre.encoders.attention_mask import attention_mask
from jointre.encoders.base import Encoder, Source
from jointre.encoders.hf_config import read_config
from jointre.encoders.hub_configs import KNOWN
from jointre.encoders.layers import checkpoint_layers, copy_layers, freeze_lowest, parameters_by_depth
from jointre.encoders.levitate import can_levitate, levitate
from jointre.encoders.locate import locate
from jointre.encoders.onnx_export import export_network
from jointre.encoders.onnx_file import ExportedFacts
from jointre.encoders.packing import can_pack, first_position, run_packed
from jointre.encoders.upper import HFUpperLayers
from jointre.encoders.windows import encode_windows
from jointre.errors import BuildError, Fault, RefusedError, first_line
from jointre.limits import PositiveInt, PretrainedName
from jointre.nn.int8 import use_int8
from jointre.registry import registry


@registry.encoders("jointre.hf.v1")
class HFEncoder(Encoder):
    """A pretrained transformers encoder.

    Args:
        name: hub id, local folder, or ``pkg:PACKAGE/PATH`` for weights that an installed package ships.
        freeze: whether the parameters are not trained (``freeze_transformer`` in SpERT's code); a number freezes
            the embeddings and that many of the lowest layers.
        all_layers: whether to return every hidden layer even if no view maker reads inner layers.
        reinit: what starts from the architecture's own random initialisation instead of the pretrained weights
            (SpERT, Table 2): ``none``; ``layers``, so that only the embeddings are pretrained; or ``all``, so that
            only vocabulary and architecture are.
        gradient_checkpointing: whether to compute layers again in the backward pass instead of keeping their
            results: less memory, more time, the same gradients.
        packed: whether a CPU computes the documents of a batch without padding, which is faster and differs by
            rounding only. ``auto``: if the architecture supports it, and layers are not computed again in the backward
            pass. In training, dropout then draws other numbers.
    """

    def __init__(
        self,
        name: PretrainedName,
        freeze: bool | PositiveInt = False,
        all_layers: bool = False,
        reinit: Literal["none", "layers", "all"] = "none",
        gradient_checkpointing: bool = False,
        packed: Literal["auto", "never"] = "auto",
    ) -> None:
        super().__init__()
        self.name = name
        self.freeze = freeze
        self.all_layers = all_layers
        self.reinit = reinit
        self.gradient_checkpointing = gradient_checkpointing
        self.packed = packed
        self.fills_padding = packed == "never"

    def build(self, source: Source, inner_layers: bool = False, pooled: bool = False) -> EncoderDims:
        """Load the network from ``name``, or make it from the config of a jointre model folder."""
        self.every_layer, self.pooled = self.all_layers or inner_layers, pooled
        self.network = _load(self.name, source, self.reinit, pooled)
        if self.freeze is True:
            self.network.requires_grad_(False)
        elif self.freeze:
            freeze_lowest(self.network, self.freeze)
        if self.gradient_checkpointing:
            checkpoint_layers(self.network)
        config = self.network.config
        self.max_length = _max_length(self.network)
        self.levitates = can_levitate(self.network)
        self.pools = pooled and getattr(self.network, "pooler", None) is not None
        width = config.hidden_size if self.pools else None
        return EncoderDims(config.hidden_size, config.num_hidden_layers, width)

    def forward(self, batch: Batch) -> Encoded:
        """Return hidden layers [B, T, D]; ``layers`` contains only the last one unless all are read."""
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.freeze is not True):
            if batch.windows is not None:
                return encode_windows(batch.windows, self._run)
            return self._run(batch.ids, batch.mask, batch.padded)

    def _run(self, ids: Tensor, mask: Tensor, padded: bool) -> Encoded:
        if padded and ids.device.type == "cpu" and self._packs:
            return run_packed(self.network, ids, mask, self.every_layer, self.pooled)
        output = self.network(
            input_ids=ids,
            attention_mask=attention_mask(self.network, mask, padded),
            output_hidden_states=self.every_layer,
        )
        layers = tuple(output.hidden_states) if self.every_layer else (output.last_hidden_state,)
        return Encoded(layers, output.get("pooler_output") if self.pooled else None)

    @cached_property
    def _packs(self) -> bool:
        """Whether batches are computed without padding, once the weights are there."""
        return self.packed == "auto" and not self.gradient_checkpointing and can_pack(self.network)

    def levitate(
        self, encoded: Encoded, batch: Batch, ids: Tensor, at: Tensor, doc: Tensor, pieces: int
    ) -> Tensor:
        """See `Encoder.levitate`."""
        if (
            batch.windows is not None
        ):  # the position of a piece is that in the window which its state comes from
            at = batch.windows.source[doc.unsqueeze(1), at] % batch.windows.ids.shape[1]
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.freeze is not True):
            own = batch.to_host(doc)
            return levitate(self.network, encoded.layers, batch.mask, ids, at, own, pieces)

    def attention(self, batch: Batch) -> Tensor | None:
        """See `Encoder.attention`. Fused kernels do not show their weights, so the network computes without them."""
        mask = batch.mask.long() if batch.padded else None
        with self._with_kernel("eager"):
            found = self.network(input_ids=batch.ids, attention_mask=mask, output_attentions=True).attentions
        return torch.stack(found) if found else None

    @contextmanager
    def _with_kernel(self, name: str) -> Iterator[None]:
        """Use another attention kernel for a while."""
        before = self.network.config._attn_implementation
        _use_kernel(self.network, name)
        try:
            yield
        finally:
            _use_kernel(self.network, before)

    def word_embeddings(self) -> Tensor | None:
        """See `Encoder.word_embeddings`."""
        weight: Tensor = self.network.get_input_embeddings().weight
        return weight

    def make_room(self, pieces: int) -> None:
        """See `Encoder.make_room`; new embeddings have the architecture's own initialisation."""
        if pieces > len(self.network.get_input_embeddings().weight):
            self.network.resize_token_embeddings(pieces, mean_resizing=False)

    def compile_network(self) -> None:
        """Compile the network for batches of any shape, padding included."""
        self._packs = False
        self.network.compile(dynamic=True)

    def use_int8(self) -> None:
        """See `Encoder.use_int8`; whether padding is left out was decided in fp32, where it can be compared."""
        self._packs = self._packs
        use_int8(self.network)

    def export_onnx(self, folder: Path, int8: bool = False) -> None:
        """See `Encoder.export_onnx`; unfused attention gives the smallest graph."""
        config = self.network.config
        facts = ExportedFacts(
            hidden=config.hidden_size,
            layers=config.num_hidden_layers,
            every_layer=self.every_layer,
            pooled=self.pools,
            max_length=self.max_length,
            vocabulary=len(self.network.get_input_embeddings().weight),
            int8=int8,
            sha256="",
        )
        with self._with_kernel("eager"):
            export_network(self.network, folder, facts)

    def depths(self) -> list[list[nn.Parameter]]:
        """See `Encoder.depths`."""
        return parameters_by_depth(self.network)

    def upper_layers(self, count: int) -> HFUpperLayers:
        """See `Encoder.upper_layers`."""
        return HFUpperLayers(self.network, count)

    def save(self, folder: Path) -> None:
        """Write ``config.json``."""
        self.network.config.save_pretrained(folder)


def _use_kernel(network: Any, name: str) -> None:
    """Choose the attention kernel of a network; older releases of transformers have no method for it."""
    if hasattr(network, "set_attn_implementation"):
        network.set_attn_implementation(name)
    else:
        network.config._attn_implementation = name


def _max_length(network: nn.Module) -> int | None:
    """Return the number of rows of the position table, without those that RoBERTa-like models reserve for padding."""
    limit = getattr(network.config, "max_position_embeddings", None)
    return int(limit) - first_position(network) if limit and limit > 0 else None


def _load(name: str, source: Source, reinit: str, pooled: bool) -> Any:
    from transformers import AutoModel

    try:
        config = _config(name, source)
        options = _options(AutoModel, config, pooled)
        if not source.weights or source.folder is not None or reinit == "all":
            return AutoModel.from_config(config, trust_remote_code=False, **options)
        with _quiet():
            network, report = AutoModel.from_pretrained(
                locate(name),
                config=config,
                trust_remote_code=False,
                weights_only=True,
                output_loading_info=True,
                **options,
            )
    except RefusedError:
        raise
    except Exception as error:  # transformers raises anything for an odd config or file
        raise BuildError(f"encoder {name!r} cannot be loaded", [_reason(error, source)]) from error
    if report["missing_keys"]:
        faults = [Fault(f"no weights for {key}") for key in sorted(report["missing_keys"])]
        raise BuildError(f"the weights of encoder {name!r} are incomplete", faults)
    if reinit == "layers":
        copy_layers(network, AutoModel.from_config(config, trust_remote_code=False, **options))
    return network


def _config(name: str, source: Source) -> Any:
    """Return the config of the model folder, of a known encoder, or of the one that is named."""
    if source.folder is not None:
        return read_config(str(source.folder / source.encoder))
    where = locate(name)
    if where in KNOWN and not source.weights:
        from transformers import AutoConfig

        return AutoConfig.for_model(**KNOWN[where])
    return read_config(where)


def _reason(error: Exception, source: Source) -> Fault:
    if source.folder is not None:
        return Fault(f"no network can be built from it: {first_line(error)}", f"{source.encoder}/config.json")
    remedy = (
        "give a hub id, a local folder, or pkg:PACKAGE/PATH; offline, the model must be in the hub's cache"
    )
    return Fault(first_line(error), remedy=remedy)


def _options(auto: Any, config: Any, pooled: bool) -> dict[str, Any]:
    """Return the options for building the network: without a pooling layer, if the architecture allows that and none is
    read.
    """
    network = auto._model_mapping[type(config)]
    network = network[0] if isinstance(network, list | tuple) else network
    takes_pooling = "add_pooling_layer" in inspect.signature(network.__init__).parameters
    options: dict[str, Any] = {"dtype": torch.float32}
    return {**options, "add_pooling_layer": pooled} if takes_pooling else options


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers' own progress bar and load report off the terminal; jointre reports missing weights itself."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
