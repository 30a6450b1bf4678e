"""Columns of the CoNLL shared tasks: one word per line with its tag in the last column, entities only."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from jointre.data.report import Report
from jointre.data.tags import Scheme, split_tag
from jointre.errors import Fault
from jointre.limits import InputPath
from jointre.place import Place
from jointre.readers import column
from jointre.readers.base_tagged import Sentence, TaggedReader
from jointre.readers.head import Head
from jointre.readers.records import lines_of
from jointre.registry import registry

ColumnScheme = Literal["BIO", "BIOES", "IOB1", "BILOU", "BIEOU"]
DOCUMENT = "-DOCSTART-"
TAG = re.compile(r"O|[BIESLU]-\S+")
MOST_COLUMNS = 9


@registry.readers("jointre.conll.v1")
class ConllReader(TaggedReader):
    """Reads two to nine columns per word, of which the first is the word and the last its tag; it has no relations.

    Tabs separate the columns, or blanks in a line without a tab. Blank lines and lines that begin with ``-DOCSTART-``
    separate sentences. A line that begins with ``#`` and is not a word with its tag is a comment. Malformed tags are
    decoded by the lenient rule.

    Args:
        path: the file, also as ``.gz``; None if it is set later.
        types: a types file, or None.
        scheme: "BIO", "BIOES", "BILOU", "BIEOU", or "IOB1", in which B only separates two entities of one type.
        repair: True repairs what does not fit, such as an entity that opens with I, and reports each line; False
            refuses it.
    """

    layout = "lines: a word in the first column, its tag in the last, with tabs or blanks"

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether the first lines have equally many columns and end in tags, at least one of an entity."""
        if column.ColumnReader.recognises(head):
            return False
        lines = [_columns(line) for line in head.lines if not line.startswith(DOCUMENT)]
        words = [columns for columns in lines if not _is_comment(columns, 0)]
        if len(words) < 2 or not 2 <= len(words[0]) <= MOST_COLUMNS:
            return False
        alike = all(len(columns) == len(words[0]) and TAG.fullmatch(columns[-1]) for columns in words)
        marked = any(columns[-1] != "O" for columns in words)
        return alike and (marked or len(words) < len(head.lines))

    def __init__(
        self,
        path: InputPath | None,
        types: InputPath | None = None,
        scheme: ColumnScheme = "BIO",
        repair: bool = True,
    ) -> None:
        tags: Scheme = "BIO" if scheme == "IOB1" else scheme
        super().__init__(path, types, tags, repair)
        self.has_bare_begins = scheme == "IOB1"

    def sentences(self, path: Path, report: Report) -> Iterator[Sentence]:
        """Yield the words between two blank lines as one sentence."""
        sentence, size = None, 0
        for number, line in lines_of(path, report):
            columns = _columns(line)
            if not line.strip() or line.startswith(DOCUMENT):
                if sentence:
                    yield self._ended(sentence)
                sentence = None
            elif _is_comment(columns, size):
                continue
            elif not 2 <= len(columns) <= MOST_COLUMNS or len(columns) != (size or len(columns)):
                report.faults.append(_wrong(columns, size, Place(str(path), number)))
            else:
                size = len(columns)
                sentence = sentence or Sentence(str(path), number, "")
                sentence.add(number, str(len(sentence.words)), columns[0], columns[-1], report)
        if sentence:
            yield self._ended(sentence)

    def _ended(self, sentence: Sentence) -> Sentence:
        if self.has_bare_begins:
            sentence.tags = with_begins(sentence.tags)
        return sentence


def with_begins(tags: Sequence[str]) -> list[str]:
    """Return IOB1 tags in BIO, where every entity begins with B."""
    found, before = [], ("O", "")
    for tag in tags:
        kind, label = split_tag(tag)
        opens = kind == "I" and tag.startswith("I") and (before[0] == "O" or before[1] != label)
        found.append(f"B-{label}" if opens else tag)
        before = kind, label
    return found


def _columns(line: str) -> list[str]:
    return [part.strip() for part in line.split("\t")] if "\t" in line.strip() else line.split()


def _is_comment(columns: Sequence[str], size: int) -> bool:
    """Return whether a line is a comment; ``size`` is the number of columns of the words, 0 if it is not known."""
    if not columns or not columns[0].startswith("#"):
        return False
    return not TAG.fullmatch(columns[-1]) or len(columns) != (size or len(columns)) or len(columns) == 1


def _wrong(columns: Sequence[str], size: int, where: Place) -> Fault:
    one = "1 column" if len(columns) == 1 else f"{len(columns)} columns"
    if size:
        return Fault(f"{one}, but the words before have {size}", where, "a blank line ends a sentence")
    return Fault(one, where, f"a word has 2 to {MOST_COLUMNS} columns: the word first, its tag last")
