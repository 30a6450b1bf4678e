"""The format of multi-head selection (Bekoulis et al. 2018): one word per line with its tag and its relations."""

import re
from collections.abc import Iterator
from pathlib import Path

from jointre.data.report import Report
from jointre.errors import Fault
from jointre.limits import InputPath
from jointre.place import Place
from jointre.readers.base_tagged import Link, Sentence, TaggedReader
from jointre.readers.head import Head
from jointre.readers.records import lines_of, whole
from jointre.registry import registry

DOC = "#doc"
FIRST_WORD = re.compile(r"0\t[^\t]*\t(O|[BI]-[^\t]+)\t\[[^\t]*\]\t\[[^\t]*\]")
NONE = "N"  # the label of a word without relations; it points to itself
LABELS = re.compile(r"""\[\s*(?:(?:'[^']*'|"[^"]*")\s*(?:,\s*(?=['"])|(?=\])))*\]""")
HEADS = re.compile(r"\[\s*(?:[0-9]+\s*(?:,\s*(?=[0-9])|(?=\])))*\]")


@registry.readers("jointre.multihead.v1")
class MultiheadReader(TaggedReader):
    """Reads ``#doc ID``, then a line per word: index, word, BIO tag, relation labels, words of tails.

    A relation is written on the line of the last word of its head and points to the last word of its tail. The
    document's ``id`` is the ID.

    Args:
        path: the file, also as ``.gz``; None if it is set later.
        types: a types file, or None.
        repair: True repairs what does not fit, such as an entity that opens with I, and reports each line; False
            refuses it.
    """

    layout = "lines: #doc ID, then 5 columns with tabs per word (index, word, tag, relation labels, words)"

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether a line ``#doc ID`` comes first, and a word with its tag, labels and heads second."""
        if len(head.lines) < 2 or not head.lines[0].startswith(f"{DOC} "):
            return False
        return FIRST_WORD.match(head.lines[1]) is not None

    def __init__(self, path: InputPath | None, types: InputPath | None = None, repair: bool = True) -> None:
        super().__init__(path, types, "BIO", repair)

    def sentences(self, path: Path, report: Report) -> Iterator[Sentence]:
        """Yield the words between two lines ``#doc ID`` as one sentence."""
        sentence = None
        for number, line in lines_of(path, report):
            columns = line.split("\t")
            if line.split(maxsplit=1)[:1] == [DOC]:
                if sentence:
                    yield sentence
                sentence = Sentence(str(path), number, line.strip().removeprefix(DOC).strip())
            elif line.strip() and len(columns) == 5 and sentence:
                _add(sentence, number, columns, report)
            elif line.strip():
                what = "a word before any line '#doc ID'" if len(columns) == 5 else f"{len(columns)} columns"
                remedy = "tab-separated: INDEX, WORD, TAG, ['LABEL', ...], [INDEX, ...]"
                report.faults.append(Fault(what, Place(str(path), number), remedy))
        if sentence:
            yield sentence


def _add(sentence: Sentence, number: int, columns: list[str], report: Report) -> None:
    index, word, tag, labels, heads = columns
    place = len(sentence.words)
    sentence.add(number, index, word, tag, report)
    names = [quoted[1:-1] for quoted in re.findall(r"""'[^']*'|"[^"]*\"""", labels)]
    ends = [whole(end) for end in re.findall("[0-9]+", heads)]
    if not LABELS.fullmatch(labels) or not HEADS.fullmatch(heads) or len(names) != len(ends) or None in ends:
        what = f"{labels} and {heads} are not as many labels and words"
        remedy = f"write ['LABEL', ...] and [INDEX, ...]; a word without relations has ['{NONE}'] and its own index"
        report.faults.append(Fault(what, sentence.at(number), remedy))
        return
    for name, end in zip(names, ends, strict=True):
        if name != NONE and end is not None:
            sentence.links.append(Link(number, place, end, name))
