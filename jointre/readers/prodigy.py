"""Prodigy's JSONL: a text with its tokens, spans over them, and relations between spans."""

from typing import Any

from jointre.data.doc import Doc
from jointre.data.raw_text import Offsets
from jointre.data.report import Report
from jointre.data.validate import check_word_offsets
from jointre.limits import InputPath
from jointre.readers.base_corpus import CorpusReader
from jointre.readers.base_tagged import LOOSE
from jointre.readers.fields import Keys, keys_of
from jointre.readers.head import Head
from jointre.readers.linked import Linked
from jointre.readers.records import Record
from jointre.registry import registry

USED = ("text", "tokens", "spans", "relations", "answer")
NOT_ACCEPTED = 'records that were not accepted ("answer"), left out'
ANSWERED = {"answer", "_task_hash", "_input_hash"}  # keys of Prodigy alone
Span = tuple[int, int]


@registry.readers("jointre.prodigy.v1")
class ProdigyReader(CorpusReader):
    """Reads records with ``text``, ``tokens``, ``spans`` and ``relations``, the output of Prodigy's ``db-out``.

    A span has ``start`` and ``end`` in characters, the end exclusive, and a ``label``. The words of a document are its
    tokens, without those that are blank; without tokens, the splitter of the config or the model finds the words. A
    relation has a ``label``, and ``head_span`` and ``child_span``, or only the tokens ``head`` and ``child``, each of
    which stands for the span around it. Records whose ``answer`` is "reject" or "ignore" are left out and counted.

    Args:
        path: JSON Lines or a JSON list, either also as ``.gz``, or a folder of ``*.jsonl``.
        types: a types file, or None.
        repair: True leaves out relations to tokens outside all spans, and reports each; False refuses them.
    """

    layout = "JSON: text, tokens with start, end, id, spans with start, end, label, relations with head, child, label"
    gold_keys = {"spans": dict, "relations": dict}

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether a record has ``text``, ``spans`` or ``relations``, and tokens as objects or an answer."""
        return is_prodigy(head.record)

    def __init__(self, path: InputPath | None, types: InputPath | None = None, repair: bool = False) -> None:
        super().__init__(path, types)
        self.repair = repair

    def parse(self, record: Record, report: Report) -> Doc | None:
        """Return the document of a record, or None if it is invalid or was not accepted."""
        keys = keys_of(record, report)
        if keys is None:
            return None
        if keys.value.get("answer", "accept") in ("reject", "ignore"):
            report.count(NOT_ACCEPTED, record.where)
            return None
        linked = Linked(keys, keys.string("text"), report)
        tokens = [_span(row) for row in keys.rows("tokens", "token")]
        words = [(start, end) for start, end in tokens if linked.text[start:end].strip()]
        if not keys.faults:
            keys.faults += check_word_offsets(words, len(linked.text), record.where)
        for row in keys.rows("spans", "span", nullable=True):
            if row.is_object:
                start, end = _span(row)
                linked.add(row, _free((start, end), linked), start, end, row.text("label"))
                linked.quotes(row, start, end, row.value.get("text"))
        for row in keys.rows("relations", "relation", nullable=True):
            if row.is_object:
                self._relate(row, tokens, linked)
        return linked.doc(keys.id(record.id), keys.rest({"id", *USED}), words or None)

    def _relate(self, row: Keys, tokens: Offsets, linked: Linked) -> None:
        label = row.text("label")
        ends = [_end(row, key, tokens, linked) for key in ("head", "child")]
        if None in ends and not row.faults:
            where = linked.keys.where
            detail = f"relation {row.number} ({label!r}) points to a token that is not in a span"
            linked.report.repair_or_refuse(self.repair, LOOSE, where, detail, bare=True)
        head, tail = ends
        if head is not None and tail is not None:
            linked.relate(row, head, tail, label)


def is_prodigy(record: Any) -> bool:
    """Return whether a record has a text, spans or relations, and tokens that are objects or an answer."""
    if not isinstance(record, dict) or "text" not in record or not {"spans", "relations"} & record.keys():
        return False
    tokens = record.get("tokens")
    if "tokens" not in record:
        return not ANSWERED.isdisjoint(record)
    return isinstance(tokens, list) and bool(tokens) and isinstance(tokens[0], dict) and "start" in tokens[0]


def _span(row: Keys) -> Span:
    return (row.whole("start"), row.whole("end")) if row.is_object else (0, 0)


def _free(span: Span, linked: Linked) -> Span | None:
    """Return the name of a span; None for a second label on it, to which no relation can point."""
    return None if span in linked.rows else span


def _end(row: Keys, key: str, tokens: Offsets, linked: Linked) -> Span | None:
    """Return the span that a relation points to, or None if there is none around its token."""
    if isinstance(row.value.get(f"{key}_span"), dict):
        span = _span(row.below(f"{key}_span"))
    else:
        number = row.whole(key)
        if not 0 <= number < len(tokens):
            row.fault(f"{key!r} is {number}, but there are {len(tokens)} tokens", "tokens count from 0")
            return None
        span = tokens[number]
    if span in linked.rows:
        return span
    around = [other for other in linked.rows if isinstance(other, tuple) and _holds(other, span)]
    return min(around, key=lambda other: other[1] - other[0], default=None)


def _holds(outer: Span, inner: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]
