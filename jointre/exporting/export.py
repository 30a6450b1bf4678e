"""Write a model folder whose encoder is in ONNX; the heads stay as they are."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jointre.config import resolve
from jointre.config.load import with_values
from jointre.config.tree import Origin
from jointre.context_encoders.base import SentenceContext
from jointre.data.atomic_write import private_folder
from jointre.encoders.base import EncoderReader, Source
from jointre.encoders.onnx import ONNXEncoder
from jointre.errors import Fault, UsageError
from jointre.exporting.differences import DifferenceError, Losses, Sameness
from jointre.models.base import Model
from jointre.pipeline import Pipeline
from jointre.rereaders.base import Rereader
from jointre.serialize import save_model

ENCODER = ("model", "encoder")
FUNCTION = "jointre.onnx.v1"
OF_THE_ORIGINAL = ("jointre", "libraries", "packages", "weights_sha256", "scores")
"""Keys of meta.json that are not true of an exported model."""
WRONG = 0.01
"""Difference of states, as a share of the largest state, that rounding in fp32 never causes."""


@dataclass(frozen=True)
class Exported:
    """An exported model that is not written yet.

    Args:
        pipeline: with the exported encoder.
        original: the pipeline that it was made from.
        int8: whether the encoder computes in int8.
    """

    pipeline: Pipeline
    original: Pipeline
    int8: bool

    def check(self, sameness: Sameness) -> None:
        """Refuse an encoder in fp32 whose states differ by more than rounding.

        Raises:
            DifferenceError: they do.
        """
        if not self.int8 and not sameness.difference <= WRONG * sameness.largest:
            fault = Fault(str(sameness), remedy="use the model as it is")
            raise DifferenceError("the exported encoder computes other states", [fault])

    def save(self, out: Path, sameness: Sameness, losses: Losses | None, scores: Mapping[str, Any]) -> None:
        """Write the model folder, with the comparison in its meta data; it is either complete or absent.

        Args:
            out: the folder, replaced if it exists.
            sameness: on some documents.
            losses: on an annotated corpus, or None.
            scores: all scores of the exported model, by corpus.
        """
        facts = {
            "backend": "onnx",
            "int8": self.int8,
            "onnxruntime": version("onnxruntime"),
            "original_weights_sha256": self.original.meta.get("weights_sha256"),
            "compared": asdict(sameness),
            **({"calibrated": losses.to_json()} if losses is not None else {}),
        }
        kept = {key: value for key, value in self.original.meta.items() if key not in OF_THE_ORIGINAL}
        made = self.pipeline
        meta = {**kept, **({"scores": scores} if scores else {}), "exported": facts}
        save_model(out, made.model, made.tokenizer, made.config, meta)


def refuse_unexportable(model: Model) -> None:
    """Refuse a model of which more than the states of the encoder is needed.

    Raises:
        UsageError: with every component that needs more.
    """
    faults = []
    if isinstance(model.encoder, ONNXEncoder):
        faults.append(Fault("it was exported already", remedy="export the original"))
    for key, part in model.named_modules():
        place = f"[model.{key}]"
        if isinstance(part, Rereader):
            what = f"{type(part).__name__} runs layers of the encoder once more"
            faults.append(Fault(what, place))
        elif isinstance(part, EncoderReader):
            what = f"{type(part).__name__} reads the text again, with markers in it"
            faults.append(Fault(what, place))
        elif isinstance(part, SentenceContext) and part.reads_padding:
            what = f"{type(part).__name__} attends to padding, which an exported encoder leaves out"
            faults.append(Fault(what, place))
    if faults:
        raise UsageError("the model cannot be exported", faults)


@contextmanager
def prepare(original: Pipeline, out: Path, int8: bool) -> Iterator[Exported]:
    """Export the encoder of a model into a folder next to ``out`` that exists as long as the block runs.

    Args:
        original: loaded on the CPU.
        out: where the model folder will be written.
        int8: whether the encoder is to compute in int8.

    Raises:
        UsageError: the model needs more than the states of its encoder.
        BuildError: a package is not installed, or the encoder cannot be exported.
    """
    refuse_unexportable(original.model)
    out.parent.mkdir(parents=True, exist_ok=True)
    with private_folder(out) as folder:
        place = folder / "encoder"
        place.mkdir()
        original.model.encoder.export_onnx(place, int8)
        block = {"@encoders": FUNCTION, "name": original.config["model.encoder"].get("name", "")}
        config = with_values(original.config, {ENCODER: block}, Origin("override", "jointre export"))
        model = resolve(config, "model")
        model.build(replace(Source(folder, weights=False), tokenizer=original.tokenizer), original.labels)
        state = original.model.state_dict()
        own = model.state_dict()
        model.load_state_dict({name: state[name] for name in own}, strict=True)
        yield Exported(Pipeline(model.eval(), original.tokenizer, config, original.meta), original, int8)
