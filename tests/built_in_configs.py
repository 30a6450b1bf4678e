"""Built-in configs over a tiny encoder, and which of them an overlay of ``ablations/`` is laid over."""

from dataclasses import replace

from jointre.config import load_config, resolve
from jointre.config.source import parse
from jointre.testing import toy_labels
from jointre.testing.overfit import built_model

BASES = {
    "enpar": "enpar/conll04",
    "pure": "pure/conll04",
    "plmarker": "plmarker/conll04",
    "sinet": "sinet/scierc",
    "giorgi": "giorgi/conll04",
    "jointre": "jointre/base",
    "redn": "redn/semeval",
}


def base_of(*overlays: str) -> str:
    """The base of overlays by the folder of the first that has one; ``spert/conll04`` otherwise."""
    folders = (str(name).split("/")[1] for name in overlays if str(name).startswith("ablations/"))
    return next((BASES[folder] for folder in folders if folder in BASES), "spert/conll04")


def over_encoder(folder, base, *overlays, overrides=()):
    """The built-in config ``base`` with overlays, names or whole texts, and the encoder in ``folder``."""
    texts = [parse(text, "overlay") if "\n" in text else text for text in overlays]
    return load_config(base, texts, {"model.encoder.name": str(folder), **dict(overrides)})


def parts_of_config(config):
    """Model and tokenizer of a config, not built."""
    return resolve(config, "model"), resolve(config, "tokenizer")


def built_over(config):
    """Model and tokenizer of a config, built for the toy labels from a fixed seed."""
    model, tokenizer = parts_of_config(config)
    return built_model(model, toy_labels(), tokenizer)


def single(doc):
    """The document with one relation type a pair: a softmax head finds no more."""
    first = {(relation.head, relation.tail): relation for relation in reversed(doc.relations)}
    return replace(doc, relations=[relation for relation in doc.relations if relation in first.values()])
