"""Raw text for prediction: each line is a paragraph, each of its sentences a document."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.data.resplit import with_words
from jointre.data.segment import Offsets, doc_from_text, split_sentences
from jointre.data.strict_read import BOM, Malformed, decode, reading
from jointre.errors import DataError, Fault
from jointre.limits import InputPath
from jointre.place import Place
from jointre.readers.base import Reader
from jointre.registry import registry
from jointre.splitters.base import Splitter


@registry.readers("jointre.text.v1")
class TextReader(Reader):
    """Reads the sentences of a text file without annotation; empty lines are skipped.

    A document's ``text`` is the sentence and its ``id`` is ``file:line``; ``meta`` has the ``line`` (from
    1) and the character of that line at which the sentence begins (``start``, from 0).

    Args:
        path: a UTF-8 text file, also as ``.gz``; None if it is set later.
    """

    def __init__(self, path: InputPath | None) -> None:
        self.path = path
        self.notices: list[str] = []

    def __iter__(self) -> Iterator[Doc]:
        return self.docs()

    def docs(self, splitter: Splitter | None = None) -> Iterator[Doc]:
        """Yield the sentences, split by ``splitter`` or, if it is None, by the default rule."""
        if not self.path:
            raise DataError(
                "no path is given", [Fault("the reader has no path", remedy="set its path to a file")]
            )
        path = Path(self.path)
        report = Report()
        if sum(1 for _ in self.lines(report)) == 0 and not report.faults:
            report.faults.append(Fault("the file is empty", str(path)))
        report.raise_faults(f"{path} cannot be read as text")
        for number, line in self.lines(report):
            yield from sentences_of(line, number, path.name, splitter)

    def lines(self, report: Report) -> Iterator[tuple[int, str]]:
        """Yield number and text of each line that is not blank; see `paragraphs`."""
        assert self.path is not None
        with reading(Path(self.path)) as file:
            yield from paragraphs(file, self.path, report)


def paragraphs(
    lines: Iterable[bytes], name: str, report: Report, first: int = 1
) -> Iterator[tuple[int, str]]:
    """Yield number (from ``first``) and text of each non-blank line; report lines that are not UTF-8."""
    for number, raw in enumerate(lines, first):
        raw = raw.removeprefix(BOM) if number == 1 else raw
        try:
            line = decode(raw.rstrip(b"\r\n"))
        except Malformed as error:
            report.faults.append(Fault(error.what, Place(name, number), error.remedy))
            continue
        if line.strip():
            yield number, line


def sentences_of(paragraph: str, number: int, name: str, splitter: Splitter | None = None) -> Iterator[Doc]:
    """Yield the sentences of paragraph ``number`` of a text as documents, whose id is ``name:number``.

    A splitter of None stands for the default rule.
    """
    where = Place(name, number)
    for start, end in sentence_offsets(paragraph, splitter):
        meta = {"line": number, "start": start}
        doc = doc_from_text(paragraph[start:end], id=str(where), where=where, meta=meta)
        yield doc if splitter is None else with_words(doc, splitter.words)


def sentence_offsets(text: str, splitter: Splitter | None) -> Offsets:
    """Return the sentences of a text; a splitter of None stands for the default rule."""
    return split_sentences(text) if splitter is None else splitter.sentences(text)


def docs_from_texts(texts: Iterable[str], splitter: Splitter | None = None) -> Iterator[Doc]:
    """Yield the sentences of Python strings as `TextReader` does for lines; the n-th string is ``text:n``."""
    if isinstance(texts, str):
        raise DataError("one string where several texts are expected", [Fault("put it into a list: [text]")])
    for number, text in enumerate(texts, 1):
        if not isinstance(text, str):
            raise DataError(
                "a text is a string", [Fault(f"it is a {type(text).__name__}", Place("text", number))]
            )
        yield from sentences_of(text, number, "text", splitter)
