"""Raw text for prediction: each line is a document."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from jointre.data.doc import Doc
from jointre.data.raw_text import doc_from_text, split_sentences
from jointre.data.report import Report
from jointre.data.resplit import with_words
from jointre.data.segments import sentences_of_words
from jointre.data.strict_read import BOM, Malformed, decode, reading
from jointre.data.validate import check_doc
from jointre.errors import DataError, Fault
from jointre.limits import InputPath
from jointre.place import Place, Where
from jointre.readers.base import Reader
from jointre.registry import registry
from jointre.splitters.base import Splitter


@registry.readers("jointre.text.v1")
class TextReader(Reader):
    """Reads the lines of a text file without annotation as documents; blank lines are skipped.

    A document's ``text`` is the line and its ``id`` is ``file:line``; ``meta`` has the ``line`` (from 1).

    Args:
        path: a UTF-8 text file, also as ``.gz``; None if it is set later.
    """

    def __init__(self, path: InputPath | None) -> None:
        self.path = path
        self.notices: list[str] = []

    def __iter__(self) -> Iterator[Doc]:
        return self.docs()

    def docs(self, splitter: Splitter | None = None) -> Iterator[Doc]:
        """Yield the documents, with the words and sentences of ``splitter`` or, if it is None, of the default rule."""
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
            yield doc_of_line(line, number, path.name, splitter)

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


def doc_of_line(text: str, number: int, name: str, splitter: Splitter | None = None) -> Doc:
    """Return line ``number`` of a text as a document, whose id is ``name:number``.

    A splitter of None stands for the default rule.
    """
    where = Place(name, number)
    doc = doc_from_text(text, id=str(where), where=where, meta={"line": number})
    doc = with_words(doc, None if splitter is None else splitter.words)
    sentences = split_sentences(text) if splitter is None else splitter.sentences(text)
    return replace(doc, sentences=sentences_of_words(doc, sentences))


def docs_from_texts(
    texts: Iterable[str | Sequence[str] | Doc], splitter: Splitter | None = None
) -> Iterator[Doc]:
    """Yield Python strings, lists of words and documents as documents; the n-th is ``text:n`` unless it has a name.

    Raises:
        DataError: an item is none of these, or a document is faulty.
    """
    if isinstance(texts, str | Doc):
        what = f"one {'string' if isinstance(texts, str) else 'document'} where several texts are expected"
        raise DataError(what, [Fault("put it into a list: [text]")])
    if isinstance(texts, Mapping):
        raise DataError("a dictionary is not a text", [Fault("make a document of it: `Doc.from_dict`")])
    for number, text in enumerate(texts, 1):
        where = Place("text", number)
        if isinstance(text, Doc):
            yield _checked(text if text.id else replace(text, id=str(where)), where)
        elif isinstance(text, str):
            yield doc_of_line(text, number, "text", splitter)
        elif isinstance(text, Sequence) and text and all(isinstance(word, str) for word in text):
            yield _checked(Doc(list(text), id=str(where), where=where), where)
        else:
            what = f"it is {'empty' if text == [] else f'a {type(text).__name__}'}"
            raise DataError("a text is a string, a list of words or a document", [Fault(what, where)])


def _checked(doc: Doc, where: Where) -> Doc:
    if faults := check_doc(doc, where):
        raise DataError("the document cannot be used", faults)
    return doc
