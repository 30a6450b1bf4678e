"""The model to measure: a built-in config with one encoder, on a device."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch

from benchmarks.corpus import Corpus, read_corpus
from benchmarks.exact_encoders import ExactEncoders, exact_encoders
from benchmarks.options import Options
from jointre.config import Config, load_config, resolve
from jointre.encoders.base import Source
from jointre.models.base import Model
from jointre.predict import Predictor
from jointre.system import check_precision, keep_large_buffers, pick_device
from jointre.tokenizers.base import Tokenizer


@dataclass
class Subject:
    """A built model with its tokenizer, config and corpus."""

    options: Options
    config: Config
    corpus: Corpus
    model: Model
    tokenizer: Tokenizer
    device: torch.device

    @property
    def entity_head(self) -> Any:
        """SpERT's span classifier."""
        return self.model.entity_head

    @property
    def relation_head(self) -> Any:
        """SpERT's linear relation head."""
        return self.model.relation_head

    @cached_property
    def exact_encoders(self) -> ExactEncoders:
        """The encoders to compare with."""
        return exact_encoders(self.model.encoder, self.options)

    def predictor(self, batch_pieces: int) -> Predictor:
        """Return a predictor with the precision of the options."""
        return Predictor(self.model, self.tokenizer, batch_pieces, self.options.precision)


def make_subject(options: Options) -> Subject:
    """Read the corpus and build the model; its heads are still untrained (see `benchmarks.heads`)."""
    config = _config(options)
    device = _prepare(options)
    corpus = read_corpus(options.data, options.types)
    tokenizer: Tokenizer = resolve(config, "tokenizer")
    model: Model = resolve(config, "model")
    vocabulary = tokenizer.build(Source())
    random = options.encoder == "base"
    model.build(Source(weights=not random), corpus.labels)
    if random:  # the tokenizer of MiniLM is the one of BERT-base uncased
        network: Any = model.encoder.network
        network.resize_token_embeddings(vocabulary, mean_resizing=False)
    if options.compile:
        compile_encoder(model)
    return Subject(options, config, corpus, model.to(device).eval(), tokenizer, device)


def compile_encoder(model: Model) -> None:
    """Compile the encoder's network with ``torch.compile``, for inputs of any length."""
    network: Any = model.encoder.network
    encoder: Any = model.encoder
    encoder.network = torch.compile(network, dynamic=True)


def _prepare(options: Options) -> torch.device:
    """Set up the process as `jointre.load` does; the settings of training come later."""
    device = torch.device(pick_device(options.device))
    check_precision(options.precision, device)
    torch.manual_seed(0)
    if options.threads:
        torch.set_num_threads(options.threads)
    if options.keep_buffers:
        keep_large_buffers()
    return device


def _config(options: Options) -> Config:
    system: dict[str, Any] = {
        "system.device": options.device,
        "system.precision": options.precision,
        "system.threads": options.threads,
    }
    minilm = load_config(options.config, ["encoders/minilm"], system)
    if options.encoder == "minilm":
        return minilm
    if options.encoder == "base":
        return load_config(options.config, [], {**system, "tokenizer.name": minilm["model.encoder.name"]})
    return load_config(options.config, [], {**system, "model.encoder.name": options.encoder})
