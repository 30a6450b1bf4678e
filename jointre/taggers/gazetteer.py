"""The tagger that finds the names of a list."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from jointre.data.atomic_write import file_sha256
from jointre.data.doc import Doc, Entity
from jointre.data.raw_text import split_words
from jointre.data.report import Report
from jointre.errors import Fault
from jointre.place import Place
from jointre.readers.records import lines_of
from jointre.registry import registry
from jointre.taggers.base import Tagger, TaggerSpec

Words = tuple[str, ...]
FORM = "write NAME, one tab, LABEL"


@registry.taggers("jointre.gazetteer.v1")
class Gazetteer(Tagger):
    """Finds the names in a file, one ``NAME<TAB>LABEL`` per line, as sequences of whole words.

    From left to right, the longest name that begins at a word is taken, and the search continues after it. The space
    between the words of a name does not matter.

    Raises:
        DataError: a line does not have this form, its name has no words, or an earlier line gives the name another
            label; with all faults.
    """

    example = "a list of names: gazetteer:names.tsv"
    ignores_case = True

    def __init__(self, spec: TaggerSpec) -> None:
        self.ignore_case = spec.ignore_case
        path, report = Path(spec.name), Report()
        names = self._read(path, report)
        if not names and not report.faults:
            report.faults.append(Fault("the file has no names", str(path), FORM))
        report.raise_faults(f"{path} cannot be used as a list of names")
        self.names = names
        self.longest: dict[str, int] = {}
        for words in names:
            self.longest[words[0]] = max(len(words), self.longest.get(words[0], 0))
        self.labels = tuple(sorted(set(names.values())))
        self.identity = {"sha256": file_sha256(path), "ignore_case": spec.ignore_case}

    def tag(self, docs: Iterable[Doc]) -> Iterator[Doc | None]:
        """Yield the documents with their entities; see `Tagger.tag`. No document is too long."""
        for doc in docs:
            yield replace(doc, entities=list(self._found(self._folded(doc.words))), relations=[])

    def _found(self, words: Words) -> Iterator[Entity]:
        start = 0
        while start < len(words):
            for length in range(self.longest.get(words[start], 0), 0, -1):
                label = self.names.get(words[start : start + length])
                if label is not None and start + length <= len(words):
                    yield Entity(start, start + length, label)
                    start += length - 1
                    break
            start += 1

    def _folded(self, words: Iterable[str]) -> Words:
        return tuple(word.casefold() for word in words) if self.ignore_case else tuple(words)

    def _read(self, path: Path, report: Report) -> dict[Words, str]:
        names: dict[Words, str] = {}
        first: dict[Words, int] = {}
        for number, line in lines_of(path, report):
            if not line.strip():
                continue
            surface, *labels = line.split("\t")
            words = self._folded(surface[start:end] for start, end in split_words(surface))
            what = _wrong(words, labels) or _contrary(names.get(words), first.get(words), labels[0].strip())
            if what:
                report.faults.append(Fault(what, Place(str(path), number), FORM))
            else:
                names[words] = labels[0].strip()
                first.setdefault(words, number)
        return names


def _wrong(words: Words, labels: list[str]) -> str:
    if len(labels) != 1:
        return f"the line has {len(labels)} tabs, not one"
    return "the name is empty" if not words else "the label is empty" if not labels[0].strip() else ""


def _contrary(before: str | None, line: int | None, label: str) -> str:
    return f"{label!r} here, but {before!r} in line {line}" if before not in (None, label) else ""
