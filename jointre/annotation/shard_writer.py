"""Making a shard: from a range of raw lines to the file of its annotated documents."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from jointre.annotation.format import Counts
from jointre.annotation.settings import LabelMap, Settings
from jointre.annotation.source import Advance, Task
from jointre.data.doc import Doc
from jointre.data.raw_text import doc_from_text
from jointre.data.report import Report
from jointre.data.segments import by_sentence
from jointre.data.write import to_line
from jointre.jobs.run import Made
from jointre.readers.text import doc_of_line, paragraphs
from jointre.taggers.base import Tagger

CHARACTERS = 100
"""Maximum number of characters per word, on average; longer text is not language, and costs too much memory."""


@dataclass(frozen=True)
class ShardMaker:
    """Makes shards of a text.

    Args:
        tagger: finds the entities.
        settings: which documents are made and kept.
    """

    tagger: Tagger
    settings: Settings

    def __call__(self, task: Task, advance: Advance) -> Made:
        """Return the file of a task's shard, or no file if no document was kept, and its counts.

        Raises:
            DataError: the text has changed since it was checked.
        """
        counts, data = Counts(), BytesIO()
        with gzip.GzipFile("", "wb", 6, data, mtime=0) as file:
            for doc in self._kept(self._texts(task, counts, advance), counts):
                file.write(f"{to_line(doc)}\n".encode())
        return Made(data.getvalue() if counts.documents else None, counts.to_json())

    def _kept(self, texts: Iterator[Doc], counts: Counts) -> Iterator[Doc]:
        labels = LabelMap.parse(self.settings.labels, self.tagger.labels)
        for tagged in self.tagger.tag(texts):
            doc = None if tagged is None else labels.apply(tagged)
            if tagged is not None:
                counts.not_kept.update(e.label for e in tagged.entities if labels.name(e.label) is None)
            if reason := self._reason(doc):
                counts.left_out[reason] += 1
            elif doc is not None:
                counts.documents += 1
                counts.words += len(doc.words)
                counts.entities += len(doc.entities)
                counts.labels.update(entity.label for entity in doc.entities)
                yield doc

    def _reason(self, doc: Doc | None) -> str:
        """Return why a document is left out; an empty text if it is kept."""
        if doc is None:
            return "too long for the tagger"
        if len(doc.words) > self.settings.max_words:
            return "too long"
        if len(doc.entities) >= self.settings.min_entities:
            return ""
        return "too few entities" if doc.entities else "no entities"

    def _texts(self, task: Task, counts: Counts, advance: Advance) -> Iterator[Doc]:
        """Yield the texts for the tagger; those that are certainly too long are only counted."""
        report = Report()
        for stretch in task.stretches:
            counts.lines += len(stretch.lines)
            counts.blank += len(stretch.lines)
            last = stretch.first - 1
            for number, line in paragraphs(stretch.lines, stretch.name, report, stretch.first):
                counts.blank -= 1
                for doc in self._split(line, number, stretch.name):
                    counts.texts += 1
                    if self._far_too_long(doc.text or ""):
                        counts.left_out["too long"] += 1
                    else:
                        yield doc
                advance(number - last)
                last = number
            advance(stretch.first + len(stretch.lines) - 1 - last)
        report.raise_faults("the text has changed since it was checked")

    def _split(self, line: str, number: int, name: str) -> Iterator[Doc]:
        """Yield a line as one document, or its sentences, which are named ``file:line:column``."""
        if self.settings.sentences:
            for doc in by_sentence(doc_of_line(line, number, name)):
                doc.id += f":{doc.meta['start'] + 1}"
                yield doc
        else:
            yield doc_from_text(line.strip(), id=f"{name}:{number}", meta={"line": number})

    def _far_too_long(self, text: str) -> bool:
        most = self.settings.max_words
        return len(text) > CHARACTERS * most or len(text.split()) > most
