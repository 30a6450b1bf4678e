"""The column format of Giorgi et al.: one word per line with its tag, then the relations of the sentence."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from jointre.data.report import Report
from jointre.data.tags import Scheme
from jointre.errors import Fault
from jointre.limits import InputPath
from jointre.place import Place
from jointre.readers.base_tagged import Break, Link, Sentence, TaggedReader
from jointre.readers.head import Head
from jointre.readers.records import lines_of, whole
from jointre.registry import registry

Overlapping = Literal["keep", "drop_sentence"]
FIRST_LINE = re.compile(
    r"[^\t]*\t(O|[BIESLU]-[^\t]+)\t0(\t[^\t]*){6}"
)  # the first word of the first sentence


@registry.readers("jointre.column.v1")
class ColumnReader(TaggedReader):
    """Reads nine tab-separated columns per word, then three per relation (docs/data-formats.md#columns).

    Columns 1, 2, 3 and 6 of a word are the number of its sentence, its tag, its index and the word itself. A relation
    has the last word of its head, the last word of its tail, and its label. Blank lines separate words from relations.
    Malformed tags are decoded by the lenient rule. A relation to a word inside an entity goes to that entity; one to a
    word outside all entities is left out.

    Args:
        path: the file, also as ``.gz``; None if it is set later.
        types: a types file, or None.
        scheme: "BIOES", "BIO", "BILOU" or "BIEOU".
        repair: True repairs what does not fit and reports each line; False refuses it.
        overlapping: "drop_sentence" leaves out sentences in which one entity overwrites the tags of another.
    """

    layout = "lines: 9 columns with tabs per word (number, tag, index, ..., word in column 6), 3 columns per relation"

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether the first line has nine columns, with a tag and the index 0."""
        return bool(head.lines) and FIRST_LINE.fullmatch(head.lines[0]) is not None

    def __init__(
        self,
        path: InputPath | None,
        types: InputPath | None = None,
        scheme: Scheme = "BIOES",
        repair: bool = True,
        overlapping: Overlapping = "keep",
    ) -> None:
        super().__init__(path, types, scheme, repair)
        self.overlapping = overlapping

    def leaves_out(self, found: list[Break]) -> bool:
        """Return whether an entity was overwritten and such sentences are left out."""
        return self.overlapping == "drop_sentence" and any(broken.cut for broken in found)

    def sentences(self, path: Path, report: Report) -> Iterator[Sentence]:
        """Yield the words between two blank lines with all relations that follow, as one sentence."""
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
                remedy = "a word has 9 tab-separated columns, a relation 3"
                report.faults.append(Fault(what, Place(str(path), number), remedy))
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
