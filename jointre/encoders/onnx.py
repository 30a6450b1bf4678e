"""An encoder that was exported to ONNX."""

import shutil
from itertools import groupby
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from jointre.data.batch import Batch
from jointre.data.stages import Encoded, EncoderDims
from jointre.encoders.base import Encoder, Source
from jointre.encoders.onnx_file import INPUT, NETWORK, read_facts, read_network
from jointre.encoders.windows import encode_windows
from jointre.errors import BuildError, Fault, UsageError, first_line
from jointre.registry import registry


@registry.encoders("jointre.onnx.v1")
class ONNXEncoder(Encoder):
    """An encoder that `jointre export` has written. ONNX Runtime computes it on the CPU; it cannot be trained.

    Documents of equal length are computed at once, without padding. It uses as many threads as torch has when the model
    is loaded. It needs onnx and onnxruntime: ``pip install 'jointre[onnx]'``.

    Args:
        name: the folder of an exported encoder. In a model folder the encoder is in the folder itself, and this is the
            name of the original.
    """

    fills_padding = False

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def build(self, source: Source, inner_layers: bool = False, pooled: bool = False) -> EncoderDims:
        """Load the network; see `Encoder.build`."""
        self.folder = Path(self.name) if source.folder is None else source.folder / source.encoder
        self.facts = facts = read_facts(self.folder)
        lacking = [
            Fault(f"{what} is read, but the file does not return it", NETWORK, "export the model again")
            for what, asked, there in (
                ("every layer", inner_layers, facts.every_layer),
                ("the pooled output", pooled, facts.pooled),
            )
            if asked and not there
        ]
        if lacking:
            raise BuildError("the exported network cannot be used", lacking)
        self.pooled = pooled
        self.max_length = facts.max_length
        self.session = Session(read_network(self.folder, facts), facts.outputs)
        return EncoderDims(facts.hidden, facts.layers, facts.hidden if pooled else None)

    def forward(self, batch: Batch) -> Encoded:
        """Return hidden layers [B, T, D] on the device of the batch; zeros for padding.

        Raises:
            UsageError: the encoder is in training mode.
        """
        if self.training:
            remedy = "train the original model, and export that again"
            raise UsageError(
                "an exported model cannot be trained", [Fault("it has no weights to train", remedy=remedy)]
            )
        if batch.windows is not None:
            return encode_windows(batch.windows, self._run)
        return self._run(batch.ids, batch.mask, batch.padded)

    def _run(self, ids: Tensor, mask: Tensor, padded: bool) -> Encoded:
        """Compute rows of equal length at once: padding takes time, and a graph that knows no mask is faster."""
        device, ids = ids.device, ids.cpu()
        lengths = mask.cpu().sum(1) if padded else torch.full((len(ids),), ids.shape[1])
        order = lengths.argsort(stable=True).tolist()
        outputs: list[Tensor] = []
        for length, same in groupby(order, key=lengths.tolist().__getitem__):
            rows = list(same)
            found = self.session(ids[rows, :length])
            outputs = outputs or [torch.zeros(len(ids), *_rest(values, ids)) for values in found]
            for output, values in zip(outputs, found, strict=True):
                output[(rows, slice(length)) if values.dim() == 3 else rows] = values
        outputs = [output.to(device) for output in outputs]
        layers = outputs[:-1] if self.facts.pooled else outputs
        return Encoded(tuple(layers), outputs[-1] if self.pooled else None)

    def vocabulary_size(self) -> int | None:
        """See `Encoder.vocabulary_size`."""
        return self.facts.vocabulary

    def weights_sha256(self) -> str | None:
        """See `Encoder.weights_sha256`."""
        return self.facts.sha256

    def use_int8(self) -> None:
        """See `Encoder.use_int8`; the number format was chosen when the encoder was exported."""
        remedy = "use fp32 here, and the original model for int8, or export it again with --int8"
        raise BuildError("int8 is not supported", [Fault("the encoder was exported", remedy=remedy)])

    def save(self, folder: Path) -> None:
        """Copy the network, and write what is known of it."""
        shutil.copyfile(self.folder / NETWORK, folder / NETWORK)
        self.facts.save(folder)


class Session:
    """A network in ONNX Runtime; copies share it.

    Args:
        network: the bytes of the file.
        outputs: the names of its outputs.

    Raises:
        BuildError: the network cannot be run, or has other inputs or outputs.
    """

    def __init__(self, network: bytes, outputs: list[str]) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = torch.get_num_threads(), 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # it has an exception of its own for each reason
            fault = Fault(f"ONNX Runtime cannot run it: {first_line(error)}", NETWORK)
            raise BuildError("the exported network cannot be used", [fault]) from error
        names = [[part.name for part in parts] for parts in (session.get_inputs(), session.get_outputs())]
        if names != [[INPUT], outputs]:
            fault = Fault(f"has other inputs or outputs than {INPUT} and {', '.join(outputs)}", NETWORK)
            raise BuildError("the exported network cannot be used", [fault])
        self._session, self._outputs = session, outputs

    def __call__(self, ids: Tensor) -> list[Tensor]:
        """Return the outputs for pieces [B, T] int64 on the CPU."""
        return [torch.from_numpy(values) for values in self._session.run(self._outputs, {INPUT: ids.numpy()})]

    def __deepcopy__(self, memo: Any) -> "Session":
        return self


def _rest(values: Tensor, ids: Tensor) -> tuple[int, ...]:
    """Return the shape of an output without its rows: [T, D] for states, [D] for a pooled output."""
    return (ids.shape[1], values.shape[2]) if values.dim() == 3 else (values.shape[1],)
