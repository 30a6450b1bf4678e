"""Write the format of multi-head selection."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.registry import registry
from jointre.writers.base_tagged import TaggedWriter
from jointre.writers.fit import Level, own_id, where

NONE = "N"  # the label of a word without relations


@registry.writers("jointre.multihead.v1")
class MultiheadWriter(TaggedWriter):
    """Writes ``#doc ID``, then a line per word: index, word, BIO tag, relation labels, words of tails.

    Args:
        level: "sentence" writes a block per sentence; "document" writes one per document.
    """

    reader = "jointre.multihead.v1"
    ending = ".txt"

    def __init__(self, level: Level = "sentence") -> None:
        super().__init__("BIO", level)

    def fit_relations(self, doc: Doc, report: Report) -> Doc:
        """Return the sentence without relations whose name means none."""
        relations = [relation for relation in doc.relations if relation.label != NONE]
        lost = len(doc.relations) - len(relations)
        report.leave_out("relations", f"named {NONE!r}, which means none in the format", where(doc), lost)
        return replace(doc, relations=relations)

    def label(self, text: str) -> str:
        """Return a type in which at most one kind of quotation marks occurs."""
        found = super().label(text)
        return found.replace('"', "'") if "'" in found else found

    def pieces(self, docs: Iterable[Doc]) -> Iterator[str]:
        """Yield the lines of each sentence."""
        for number, doc in enumerate(docs):
            yield f"#doc {own_id(doc) or number}\n"
            for index, (word, tag) in enumerate(zip(doc.words, self.tags(doc), strict=True)):
                links = [r for r in doc.relations if doc.entities[r.head].end == index + 1]
                labels = ", ".join(_quoted(r.label) for r in links) or _quoted(NONE)
                heads = ", ".join(str(doc.entities[r.tail].end - 1) for r in links) or str(index)
                yield f"{index}\t{word}\t{tag}\t[{labels}]\t[{heads}]\n"


def _quoted(label: str) -> str:
    return f'"{label}"' if "'" in label else f"'{label}'"
