"""Write the columns of the CoNLL tasks: a word and its tag per line."""

import re
from collections.abc import Iterable, Iterator

from jointre.data.doc import Doc
from jointre.data.tags import Scheme
from jointre.registry import registry
from jointre.writers.base_tagged import TaggedWriter
from jointre.writers.fit import Level, rewritten

BLANKS = re.compile(r"[\s\0]+")
SEPARATOR = re.compile("^-(?=DOCSTART-)")  # a line that begins with it ends a sentence


@registry.writers("jointre.conll.v1")
class ConllWriter(TaggedWriter):
    """Writes a word, a tab and its tag per line, and a blank line after each sentence; the format has no relations.

    Args:
        scheme: "BIO", "BIOES", "BILOU" or "BIEOU".
        level: "sentence" writes a block per sentence; "document" writes one per document.
    """

    reader = "jointre.conll.v1"
    endings = (".conll", ".bio", ".iob")
    ending = ".conll"
    has_relations = False
    has_ids = False

    def __init__(self, scheme: Scheme = "BIO", level: Level = "sentence") -> None:
        super().__init__(scheme, level)
        self.reader = f"{self.reader}:scheme={scheme}"

    def word(self, text: str) -> str:
        """Return a word without blanks that does not end a sentence."""
        return SEPARATOR.sub("_", rewritten(text, BLANKS))

    def label(self, text: str) -> str:
        """Return a type without blanks."""
        return rewritten(text, BLANKS)

    def pieces(self, docs: Iterable[Doc]) -> Iterator[str]:
        """Yield the lines of each sentence."""
        for doc in docs:
            rows = zip(doc.words, self.tags(doc), strict=True)
            yield "".join(f"{word}\t{tag}\n" for word, tag in rows) + "\n"
