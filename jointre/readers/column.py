"""The column format of Giorgi et al.: a word a line with a tag, then the relations of the sentence."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

from jointre.data.report import Report
from jointre.data.tags import Scheme
from jointre.errors import Fault
from jointre.limits import InputPath
from jointre.readers.base_tagged import Break, Link, Sentence, TaggedReader
from jointre.readers.records import lines_of, whole
from jointre.registry import registry

Overlapping = Literal["keep", "drop_sentence"]


@registry.readers("jointre.column.v1")
class ColumnReader(TaggedReader):
    """Nine tab-separated columns per word, then three per relation (docs/data-formats.md#columns).

    A word has the sentence's number, its tag, its index and in column 6 itself; a relation the last word of its head,
    the last word of its tail, and its label. Blank lines stand between. Tags that are not well formed are decoded by
    the lenient rule. A relation to a word that ends no entity goes to the entity around that word, else it is left out.

    Args:
        path: the file, also as ``.gz``; None for a path that is still to be set.
        types: a types file, or None.
        scheme: "BIOES", "BIO", "BILOU" or "BIEOU".
        repair: True sets right what does not fit, and tells every line; False refuses it.
        overlapping: "drop_sentence" leaves sentences out in which one entity overwrites the tags of another.
    """

    def __init__(
        self,
        path: InputPath | None,
        types: InputPath | None = None,
        scheme: Scheme = "BIOES",
        repair: bool = True,
        overlapping: Overlapping = "keep",
    ) -> None:
        super().__init__(path, types, scheme, repair)
        if overlapping not in get_args(Overlapping):
            known = ", ".join(get_args(Overlapping))
            raise ValueError(f"overlapping is {overlapping!r}; it is one of {known}")
        self.overlapping = overlapping

    def leaves_out(self, found: list[Break]) -> bool:
        """Whether the rest of an overwritten entity is among the breaks, and such sentences are not wanted."""
        return self.overlapping == "drop_sentence" and any(broken.cut for broken in found)

    def sentences(self, path: Path, report: Report) -> Iterator[Sentence]:
        """A sentence is the words between two blank lines with all relations that follow."""
        sentence, ended = None, True
        for number, line in lines_of(path, report):
            columns = line.split("\t")
            if not line.strip():
                ended = True
            elif len(columns) == 9:
                if sentence is None or ended:
                    if sentence:
                        yield sentence
                    sentence, ended = Sentence(str(path), number, columns[0].strip()), False
                sentence.add(number, columns[2], columns[5], columns[1], report)
            elif len(columns) == 3 and sentence:
                _link(sentence, number, columns, report)
                ended = True
            else:
                what = "a relation before any sentence" if len(columns) == 3 else f"{len(columns)} columns"
                remedy = "with tabs between, a word has 9 columns and a relation 3"
                report.faults.append(Fault(what, f"{path}:{number}", remedy))
        if sentence:
            yield sentence


def _link(sentence: Sentence, number: int, columns: list[str], report: Report) -> None:
    head, tail = whole(columns[0]), whole(columns[1])
    if head is None or tail is None:
        what = f"{columns[0]!r} and {columns[1]!r} are not the indices of two words"
        report.faults.append(
            Fault(what, sentence.at(number), "a relation is HEAD, TAIL, LABEL; words count from 0")
        )
    else:
        sentence.links.append(Link(number, head, tail, columns[2]))
