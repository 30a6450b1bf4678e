"""The splitter that uses the tokenizer of spaCy."""

import sys
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from jointre.data.raw_text import Offsets, trim
from jointre.errors import BuildError, Fault
from jointre.registry import registry
from jointre.splitters.base import Splitter

if TYPE_CHECKING:
    from spacy.language import Language

PLACE = "[splitter]"


@registry.splitters("jointre.spacy_words.v1")
class SpacyWords(Splitter):
    """Splits text with the tokenizer of a spaCy language or of an installed spaCy pipeline.

    A language finds sentences by punctuation; a pipeline by its parser or its sentence recognizer, if it has one. It
    needs spaCy: ``pip install 'jointre[spacy]'``.

    Args:
        language: code of a language, for instance "de"; None if ``pipeline`` is given.
        pipeline: name of an installed pipeline, for instance "en_core_web_sm"; None if ``language`` is given. A model
            that was trained with a pipeline needs the same pipeline for prediction.
        split_records: false reads each text of an annotated corpus as one sentence.

    Raises:
        BuildError: spaCy, the language or the pipeline is not installed.
    """

    example = {"language": "de"}  # its defaults alone name neither

    def __init__(
        self, language: str | None = None, pipeline: str | None = None, split_records: bool = True
    ) -> None:
        if (language is None) == (pipeline is None):
            raise ValueError("it takes either a language or a pipeline")
        self.language, self.pipeline, self.split_records = language, pipeline, split_records
        if find_spec("spacy") is None:
            raise _refused("spaCy is not installed", "pip install 'jointre[spacy]'")
        self._nlp = _load(language, pipeline)

    def words(self, text: str) -> Offsets:
        """See `Splitter.words`; spaCy's tokens of white space are left out."""
        return [
            span
            for token in self._nlp.make_doc(text)
            if (span := trim(text, token.idx, token.idx + len(token)))[0] < span[1]
        ]

    def sentences(self, text: str) -> Offsets:
        """See `Splitter.sentences`."""
        found = (trim(text, span.start_char, span.end_char) for span in self._nlp(text).sents)
        return [(start, end) for start, end in found if start < end]


@cache
def _load(language: str | None, pipeline: str | None) -> "Language":
    """Return the pipeline, which all splitters with these arguments share: loading one takes a second."""
    import spacy

    try:
        if pipeline is None:
            nlp = spacy.blank(language or "")
        elif spacy.util.is_package(pipeline):
            nlp = spacy.load(pipeline)
        else:
            raise _refused(
                f"the spaCy pipeline {pipeline!r} is not installed",
                f"python -m spacy download {pipeline}",
            )
    except (ImportError, OSError, ValueError) as error:
        what = f"spaCy cannot load {pipeline or language!r}: {str(error).splitlines()[0]}"
        raise _refused(what, "choose a language or a pipeline of spaCy, and install what it needs") from error
    finders = [name for name in nlp.pipe_names if "token.is_sent_start" in nlp.get_pipe_meta(name).assigns]
    needed = {"tok2vec", "transformer", *finders}
    for name in [name for name in nlp.pipe_names if name not in needed]:
        nlp.disable_pipe(name)
    if not finders:
        nlp.add_pipe("sentencizer")
    nlp.max_length = sys.maxsize
    return nlp


def _refused(what: str, remedy: str) -> BuildError:
    return BuildError("the splitter cannot be used", [Fault(what, PLACE, remedy)])
