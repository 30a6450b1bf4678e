"""spaCy's DocBin: documents with entities, span groups and the relations of spaCy's tutorial on relations."""

from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jointre.data.doc import Doc
from jointre.data.raw_text import trim
from jointre.data.report import Report
from jointre.data.segments import sentences_of_words
from jointre.errors import Fault
from jointre.limits import InputPath
from jointre.place import Place
from jointre.readers.base_corpus import CorpusReader
from jointre.readers.base_tagged import LOOSE
from jointre.readers.fields import Keys
from jointre.readers.head import Head
from jointre.readers.linked import Linked
from jointre.readers.records import Record
from jointre.registry import registry

if TYPE_CHECKING:
    from spacy.tokens import Doc as SpacyDoc

ENDING = ".spacy"
HOLDS = 0.5  # from which the value of a label says that two entities have the relation
Span = tuple[int, int]


@registry.readers("jointre.spacy_docbin.v1")
class SpacyDocbinReader(CorpusReader):
    """Reads the documents of a file that spaCy's ``DocBin.to_disk`` or ``spacy convert`` wrote.

    Entities are those of ``doc.ents`` and of all span groups (``doc.spans``). Relations are those of spaCy's tutorial
    on relations: ``doc._.rel`` has for the first tokens of two entities, ``(head, tail)``, the value of each label, of
    which a relation has at least 0.5; they are in the file if it was written with ``store_user_data=True``. The words
    are spaCy's tokens, without those that are blank, and the sentences are spaCy's, if it marked any. It needs spaCy:
    ``pip install 'jointre[spacy]'``.

    Args:
        path: a file with the ending ``.spacy``; None if it is set later.
        types: a types file, or None.
        group: the span group to read instead of ``doc.ents`` and all groups, or None.
        extension: the name of the extension attribute with the relations.
        repair: True leaves out relations to tokens that do not begin an entity, and reports each; False refuses them.
    """

    layout = "binary: a file of spaCy with the ending .spacy"

    def __init__(
        self,
        path: InputPath | None,
        types: InputPath | None = None,
        group: str | None = None,
        extension: str = "rel",
        repair: bool = False,
    ) -> None:
        super().__init__(path, types)
        self.group = group
        self.extension = extension
        self.repair = repair

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether the name of the file ends in ``.spacy``."""
        return head.record is None and head.path.suffix == ENDING

    def records_of(self, path: Path, report: Report) -> Iterator[Record]:
        """Yield the documents of spaCy."""
        if find_spec("spacy") is None:
            remedy = "pip install 'jointre[spacy]'"
            report.faults.append(Fault("to read it, spaCy must be installed", str(path), remedy))
            return
        from spacy.tokens import DocBin
        from spacy.vocab import Vocab

        try:
            found = DocBin().from_disk(path)
            for number, doc in enumerate(found.get_docs(Vocab())):
                where = Place(str(path), record=number)
                yield Record(where, where.name(), doc)
        except OSError:
            raise
        except (
            Exception
        ) as error:  # of zlib, msgpack or spaCy, for a file that is damaged or is something else
            remedy = "write it with spaCy's DocBin.to_disk"
            report.faults.append(Fault(f"it is not a DocBin of spaCy: {error}", str(path), remedy))

    def parse(self, record: Record, report: Report) -> Doc | None:
        """Return the document of a document of spaCy."""
        doc: SpacyDoc = record.value
        linked = Linked(Keys({}, record.where), doc.text, report)
        by_token = self._add_entities(doc, linked)
        self._add_relations(doc, by_token, linked)
        spans = [trim(doc.text, token.idx, token.idx + len(token)) for token in doc]
        words = [(start, end) for start, end in spans if start < end]
        report.count("documents with categories, which are not used", record.where, int(bool(doc.cats)))
        made = linked.doc(record.id, {}, words)
        if made is None or not doc.has_annotation("SENT_START"):
            return made
        sentences = [(span.start_char, span.end_char) for span in doc.sents]
        return replace(made, sentences=sentences_of_words(made, sentences))

    def _add_entities(self, doc: "SpacyDoc", linked: Linked) -> dict[int, Span]:
        """Add the entities; return the characters of the first one that begins at each token."""
        groups: list[Any] = [doc.ents, *doc.spans.values()]
        if self.group is not None:
            groups = [doc.spans[self.group]] if self.group in doc.spans else []
            linked.report.count(
                f"documents without the span group {self.group!r}", linked.keys.where, 1 - len(groups)
            )
        by_token: dict[int, Span] = {}
        for number, span in enumerate(span for group in groups for span in group):
            item = Keys({}, linked.keys.where, "span", linked.keys.faults, number)
            place = (span.start_char, span.end_char)
            if not span.label_.strip():
                item.fault(f"{span.text!r} has no label")
            linked.add(item, None if place in linked.rows else place, *place, span.label_)
            by_token.setdefault(span.start, place)
        return by_token

    def _add_relations(self, doc: "SpacyDoc", by_token: dict[int, Span], linked: Linked) -> None:
        relations = doc.user_data.get(("._.", self.extension, None, None)) or {}
        item = Keys({}, linked.keys.where, f"_.{self.extension}", linked.keys.faults)
        if not isinstance(relations, dict) or not all(_is_row(*row) for row in relations.items()):
            item.fault(
                "it does not have the values of labels by (head, tail)", "write it as spaCy's tutorial does"
            )
            return
        for (head, tail), labels in relations.items():
            held = [label for label, value in labels.items() if value >= HOLDS]
            if not held:
                continue
            ends = [by_token.get(token) for token in (head, tail)]
            if ends[0] is None or ends[1] is None:
                detail = f"{', '.join(held)} from token {head} to token {tail}"
                linked.report.repair_or_refuse(self.repair, LOOSE, linked.keys.where, detail)
                continue
            for label in held:
                linked.relate(item, ends[0], ends[1], label)


def _is_row(tokens: Any, labels: Any) -> bool:
    pair = isinstance(tokens, tuple) and [type(token) for token in tokens] == [int, int]
    return pair and isinstance(labels, dict) and all(isinstance(v, int | float) for v in labels.values())
