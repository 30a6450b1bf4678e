"""Everything that a pre-training run needs, built from its config: shards, model, objectives, stream, updater."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import islice
from typing import Any

from jointre import bf16
from jointre.config import Config, resolve
from jointre.config.schema import PretrainingSettings, SystemSettings
from jointre.counting import Counting, silent
from jointre.data.labels import Labels, load_types
from jointre.encoders.base import Source
from jointre.errors import BuildError, DataError, Fault, FaultList, UsageError
from jointre.models.base import Model
from jointre.models.joint import JointModel
from jointre.objectives.base import Material
from jointre.preflight import refuse
from jointre.pretraining.examples import Maker, Numbered, PretrainingBatch, replacements
from jointre.pretraining.scan_shards import Shards, scan_shards
from jointre.pretraining.shards import Choice, doc_of, split_off
from jointre.pretraining.stream import Stream
from jointre.pretraining.updater import Pretrained, PretrainingUpdater
from jointre.serialize import LIBRARIES, made_with
from jointre.splitters.base import Splitter
from jointre.system import prepare
from jointre.tokenizers.base import Tokenizer
from jointre.training.processes import ALONE, Processes
from jointre.training.run_record import changed, pretrained

INVALID = "invalid settings for pre-training"
PAIR = "pair"
"""A placeholder for relation types, so that the pair encoder is built."""
SECTIONS = ("tokenizer", "model", "pretraining")


def refuse_count(config: Config, processes: int) -> None:
    """Refuse a number of processes that cannot share the batches of an update.

    Raises:
        UsageError: the number of batches is not a multiple of it.
    """
    accumulate = config["pretraining.accumulate"]
    if accumulate % processes:
        what = f"{accumulate} batches per update cannot be shared by {processes} processes"
        fault = Fault(what, "[pretraining] accumulate", f"set a multiple of {processes}")
        raise UsageError(INVALID, [fault])


class PretrainingSetup:
    """A pre-training run before its first update.

    Everything that can be refused is refused before work begins: by the constructor if the config and the shards show
    it, by `build` if that takes the tokenizer and the model. ``notices`` are for the user.

    Args:
        config: filled.
        counting: counts the documents of the shards while they are scanned.
        processes: this process, and their number.

    Raises:
        RefusedError: the config, the data or the device is refused.
    """

    def __init__(self, config: Config, counting: Counting = silent, processes: Processes = ALONE) -> None:
        self.config = config
        self.processes = processes
        refuse(config, "pretrain")
        self.system: SystemSettings = resolve(config, "system")
        self.settings: PretrainingSettings = resolve(config, "pretraining")
        self.splitter: Splitter = resolve(config, "splitter")
        if not self.settings.objectives:
            fault = Fault("there is no objective", "[pretraining.objectives]", "keep at least one")
            raise UsageError(INVALID, [fault])
        self.device = prepare(self.system)
        with counting("scanning the shards") as after_doc:
            self.train, self.held_out = self._scan(after_doc)
        declared = self.settings.types
        types = load_types(declared).entities if declared else tuple(sorted(self.train.types))
        self.labels = Labels(types, (PAIR,))
        self.notices = [*self._found(), *bf16.notices(self.device, self.system.precision)]

    def _scan(self, after_doc: Callable[[], Any]) -> tuple[Shards, Shards]:
        settings, seed = self.settings, self.system.seed
        assert settings.shards is not None
        files, others = split_off(settings.shards, settings.held_out)
        faults = FaultList()
        looks = ((files, settings.share, settings.table), (others, 1.0, 0))
        found = (
            faults.attempt(
                scan_shards,
                paths,
                Choice(share, settings.min_entities),
                table,
                seed,
                settings.types,
                after_doc,
                self.splitter,
            )
            for paths, share, table in looks
        )
        train, held_out = (shards or Shards() for shards in found)
        if faults:
            raise DataError("the shards cannot be used", faults)
        for name, shards in (("shards", train), ("held_out", held_out)):
            if not shards.used:
                what = f"none of {shards.records} documents has {settings.min_entities} entities or more"
                remedy = "annotate other text, or set a smaller pretraining.min_entities"
                faults.append(Fault(what, f"pretraining.{name}", remedy))
        for label in sorted(held_out.types - train.types) if settings.types is None else ():
            what = f"entity type {label!r} occurs only in held-out documents"
            faults.append(Fault(what, "pretraining.held_out", "name all types: --paths.types FILE"))
        if faults:
            raise DataError("the shards cannot be used", faults)
        return train, held_out

    def _found(self) -> Iterator[str]:
        for name, shards in (("train", self.train), ("held out", self.held_out)):
            least = self.settings.min_entities
            line = f"{name}: {shards.used} of {shards.records} documents in {len(shards.shards)} files"
            yield f"{line}; {shards.few} have fewer than {least} entities"
            yield from shards.notices
        yield f"entity types: {', '.join(self.labels.entities)}"

    def made_of(self) -> dict[str, Any]:
        """Return everything that determines the result, for run.json: config, data, seed and software."""
        data = {
            name: {"documents": part.used, "sha256": part.sha256}
            for name, part in (("train", self.train), ("dev", self.held_out))
        }
        return {
            "config": self.config.name,
            "changed": changed(self.config),
            "seed": self.system.seed,
            "precision": self.system.precision,
            "processes": self.processes.count,
            "data": data,
            "pretrained": pretrained(self.config),
            **made_with(self.config, SECTIONS, (*LIBRARIES, "accelerate", "safetensors", "numpy")),
        }

    def build(self) -> None:
        """Make the tokenizer, the model, the objectives, the stream, the held-out batches and the updater."""
        settings = self.settings
        self.tokenizer: Tokenizer = resolve(self.config, "tokenizer")
        self.tokenizer.build(Source())
        self.model = _joint(resolve(self.config, "model"))
        self.model.decoder = None  # nothing is decoded, and it may name other types
        self.model.build(Source(tokenizer=self.tokenizer), self.labels)
        maker = self._maker()
        for objective in settings.objectives.values():
            objective.build(self.model)
        pretrained = Pretrained(self.model, settings.objectives).to(self.device)
        if self.system.compile:
            self.model.encoder.compile_network()
        stream = Stream(
            self.train.shards,
            maker,
            settings.batch_size,
            settings.buffer,
            self.system.seed,
            settings.workers,
            self.splitter,
        )
        self.held_out_batches = list(self._measured(maker))
        self.updater = PretrainingUpdater(pretrained, stream, settings, self.system, self.processes)

    def _maker(self) -> Maker:
        if self.tokenizer.mask_id is None:
            fault = Fault("its vocabulary has no mask", "[tokenizer]", "choose an encoder trained with masks")
            raise BuildError("the tokenizer cannot be used for pre-training", [fault])
        table = replacements(self.train.mentions, self.tokenizer)
        material = Material(self.labels.entities, self.tokenizer.mask_id, self.tokenizer.pad_id, table)
        longest = min(self.settings.max_pieces, self.model.encoder.max_length or self.settings.max_pieces)
        objectives = deepcopy(dict(self.settings.objectives))
        return Maker(self.tokenizer, objectives, material, longest, self.system.seed)

    def _measured(self, maker: Maker) -> Iterator[PretrainingBatch]:
        docs = islice(self._held_out_docs(), self.settings.eval_documents)
        while numbered := list(islice(docs, self.settings.batch_size)):
            yield maker(numbered, 0)

    def _held_out_docs(self) -> Iterator[Numbered]:
        for shard in self.held_out.shards:
            yield from ((number, doc_of(line, number, self.splitter)) for number, line in shard.lines())


def _joint(model: Model) -> JointModel:
    if not isinstance(model, JointModel):
        what = f"{type(model).__name__} is not a jointre.joint.v1"
        raise BuildError("the model cannot be pre-trained", [Fault(what, "[model]")])
    if model.rereader is not None:
        remedy = "leave it out; a config that starts from this model with [initialize] may have one"
        fault = Fault("no objective trains a rereader", "[model.rereader]", remedy)
        raise BuildError("the model cannot be pre-trained", [fault])
    return model
