"""SemEval-2010 Task 8: sentences with two marked nominals and one directed relation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.raw_text import doc_from_text
from jointre.data.report import Report
from jointre.data.validate import merge_duplicates
from jointre.errors import DataError, Fault
from jointre.limits import InputPath
from jointre.place import Place
from jointre.readers.base_corpus import CorpusReader
from jointre.readers.base_pairs import ENTITY
from jointre.readers.fields import settle
from jointre.readers.head import Head
from jointre.readers.records import Record, lines_of
from jointre.registry import registry

OTHER = "Other"  # the label of pairs without one of the nine relations
SENTENCE = re.compile(r"([0-9]{1,9})\t(.*)")
LABEL = re.compile(r"(?!Other\()(\S[^()]*)\((e1,e2|e2,e1)\)")
START = re.compile(r'[0-9]+\t"')
MARK = re.compile(r"</?e[12]>")
COMMENT = "Comment:"
FORM = 'NUMBER, tab, "sentence with <e1>...</e1> and <e2>...</e2>"; RELATION(e1,e2), RELATION(e2,e1) or Other; Comment:'


@dataclass
class Block:
    """A sentence that begins at ``line`` of a file, with the line of its label."""

    line: int
    number: str
    sentence: str
    label: str = ""
    label_line: int = 0
    comment: str | None = None


@registry.readers("jointre.semeval2010.v1")
class SemEval2010Reader(CorpusReader):
    """Reads blocks of a numbered sentence in quotes, its label and a comment, as the organisers published them.

    The markers are removed, and the text is split into words by the splitter of the config or the model.
    The entities are e1 and e2, both with the label ``Entity``. ``Cause-Effect(e2,e1)`` is the relation ``Cause-Effect``
    from e2 to e1; ``Other`` means no relation. The number is the document's ``id``; ``meta`` has it as ``number`` and
    the label as ``relation`` (see `answer`). A file without any labels (``TEST_FILE_CLEAN.TXT``) has no relations.

    Args:
        path: the file, also as ``.gz``; None if it is set later.
        types: a types file, or None.
        repair: True leaves out sentences with invalid markers or labels and reports each line; False refuses them.
        merge: whether equal sentences become one document with the entities and relations of all, as in REDN's
            published code; its number is that of the first.
        directed_labels: whether the 19 labels are the relation types, all from e1 to e2: ``Cause-Effect(e2,e1)`` as it
            is written, and ``Other`` (REDN's form).
    """

    layout = (
        "lines: 2 columns with tabs (a number, a sentence in quotes with <e1> and <e2>); a label; Comment:"
    )

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether the first line is a number, a tab and a quoted sentence with two marked nominals."""
        return bool(head.lines) and _is_marked(head.lines[0])

    def __init__(
        self,
        path: InputPath | None,
        types: InputPath | None = None,
        repair: bool = False,
        merge: bool = False,
        directed_labels: bool = False,
    ) -> None:
        super().__init__(path, types)
        self.repair = repair
        self.merge = merge
        self.directed_labels = directed_labels

    def records_of(self, path: Path, report: Report) -> Iterator[Record]:
        """Yield the sentences, each a list of the blocks that are read as one document.

        A file without any block is reported, and blocks without a label if others have one.
        """
        blocks = list(_blocks(path, report))
        if not blocks and not report.faults:
            report.faults.append(Fault("the file has no sentences", str(path), FORM))
        labelled = any(block.label for block in blocks)
        sentences: dict[str, list[Block]] = {}
        for block in blocks:
            where = Place(str(path), block.line)
            if labelled and not block.label:
                settle([Fault("the sentence has no label", where, FORM)], self.repair, report)
                continue
            if not block.label:
                report.count("sentences without a label, read without a relation", where)
            key = MARK.sub("", block.sentence).strip() if self.merge else str(block.line)
            report.count("sentences that occur again, merged", where, int(key in sentences))
            sentences.setdefault(key, []).append(block)
        for same in sentences.values():
            yield Record(Place(str(path), same[0].line), same[0].number, same)

    def parse(self, record: Record, report: Report) -> Doc | None:
        """Return the document of a sentence."""
        first: Block = record.value[0]
        meta = {"number": int(first.number)} | ({"relation": first.label} if first.label else {})
        if first.comment:
            meta["comment"] = first.comment
        text, rows, relations, faults = "", dict[Entity, int](), list[Relation](), list[Fault]()
        for block in record.value:
            where = replace(record.where, line=block.line)
            text, spans, wrong = _unmarked(block.sentence, where)
            label, swapped = self._label(block.label)
            if label is None:
                what = f"{block.label!r} is neither {OTHER} nor a relation with its direction"
                place = replace(where, line=block.label_line)
                wrong.append(Fault(what, place, "write it as Cause-Effect(e1,e2) or Cause-Effect(e2,e1)"))
            faults += wrong
            pair = [rows.setdefault(Entity(*span, ENTITY), len(rows)) for span in spans]
            if label and len(pair) == 2:
                relations.append(Relation(pair[swapped], pair[not swapped], label))
        doc = None
        try:
            doc = None if faults else doc_from_text(text, rows, relations, where=record.where, report=report)
        except DataError as error:
            faults += error.faults
        settle(faults, self.repair, report)
        if doc is None:
            return None
        for kind, name in (("entity", ENTITY), *(("relation", r.label) for r in relations)):
            report.use(kind, name, record.where)
        sentence = [(0, len(doc.words))]
        doc = replace(doc, id=record.id, meta=meta, where=record.where, sentences=sentence)
        return doc if len(record.value) == 1 else merge_duplicates(doc, report, record.where)

    def _label(self, label: str) -> tuple[str | None, bool]:
        """Return the relation of a label as `_direction` does; with ``directed_labels``, a valid label as it is."""
        relation, swapped = _direction(label)
        return (label, False) if self.directed_labels and relation is not None else (relation, swapped)


def answer(doc: Doc) -> str:
    """Return the line for the official scorer: number, tab, relation with direction; ``Other`` without a relation.

    e1 is the entity that begins first. Of several relations, the one with the highest score is used.
    """
    number = doc.meta.get("number", doc.id)
    if not doc.relations:
        return f"{number}\t{OTHER}"
    best = max(doc.relations, key=lambda relation: relation.score or 0.0)
    forward = doc.entities[best.head].start < doc.entities[best.tail].start
    return f"{number}\t{best.label}({'e1,e2' if forward else 'e2,e1'})"


def _blocks(path: Path, report: Report) -> Iterator[Block]:
    block = None
    for number, line in lines_of(path, report):
        found = SENTENCE.fullmatch(line)
        if not line.strip():
            continue
        if found:
            if block:
                yield block
            block = Block(number, found[1], found[2])
        elif block and line.startswith(COMMENT) and block.comment is None:
            block.comment = line.removeprefix(COMMENT).strip()
        elif block and not block.label and block.comment is None:
            block.label, block.label_line = line.strip(), number
        else:
            what = "a line before the first sentence" if block is None else "a line too many for its sentence"
            report.faults.append(Fault(what, Place(str(path), number), FORM))
    if block:
        yield block


def _is_marked(line: str) -> bool:
    start, line = START.match(line), line.rstrip()
    at = start.end() if start else -1
    for mark, least in (
        ("<e1>", 0),
        ("</e1>", 1),
        ("<e2>", 0),
        ("</e2>", 1),
    ):  # a pattern with `.*` would backtrack
        at = line.find(mark, at + least) if at >= 0 else -1
        at += len(mark) if at >= 0 else 0
    return at >= 0 and line.endswith('"', at)


def _unmarked(sentence: str, where: Place) -> tuple[str, list[tuple[int, int]], list[Fault]]:
    """Return the text without quotes and markers, the character offsets of e1 and e2, and the faults."""
    faults = []
    quoted = re.fullmatch(r'\s*"(.*)"\s*', sentence)
    if not quoted:
        faults.append(Fault("the sentence is not in double quotes", where, FORM))
    marked = quoted[1] if quoted else sentence
    marks = MARK.findall(marked)
    if marks != ["<e1>", "</e1>", "<e2>", "</e2>"]:
        what = f"the marks are {' '.join(marks) or 'missing'}, not <e1> </e1> <e2> </e2>"
        return marked, [], [*faults, Fault(what, where, "mark two nominals, one behind the other")]
    at, text = [], ""
    for piece in MARK.split(marked):
        text += piece
        at.append(len(text))
    return text, [(at[0], at[1]), (at[2], at[3])], faults


def _direction(label: str) -> tuple[str | None, bool]:
    """Return the relation ("" for none, None for an invalid label) and whether it goes from e2 to e1."""
    if label in ("", OTHER):
        return "", False
    found = LABEL.fullmatch(label)
    return (found[1].strip(), found[2] == "e2,e1") if found else (None, False)
