"""ENPAR's JSON: one sentence per line, with mentions by word offsets and relations between the ids of mentions."""

from typing import Any

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.readers.fields import Keys, keys_of, kind
from jointre.readers.head import Head
from jointre.readers.quotes import Quotes, of_words
from jointre.readers.records import Record
from jointre.readers.spert_json import SpertJsonReader
from jointre.registry import registry

ENDS = ("em1Id", "em2Id")
PIECES = {"wordpieceSentText", "wordpieceTokensIndex"}
USED = {"sentText", "entityMentions", "relationMentions", *PIECES}
NONE = "None"
OTHER_TEXT = "mentions whose text differs from the words at their offset, which is used"


@registry.readers("jointre.enpar_json.v1")
class EnparJsonReader(SpertJsonReader):
    """Reads lines with ``sentText``, ``entityMentions`` and ``relationMentions`` (docs/data-formats.md#enpars-json).

    Single blanks separate the words of ``sentText``. A mention has ``emId``, ``offset`` (``[start, end)`` in words) and
    ``label``. A relation goes from ``em1Id`` to ``em2Id``; the label ``None`` means no relation. Word pieces in the
    file are not used. A document's id is ``articleId:sentId``, or the one of the two that is given. Lines of ENPAR's
    tagged text for pre-training, whose mentions have no ids, are read as well.

    Args:
        path: JSON Lines or a JSON list, either also as ``.gz``, or a folder of ``*.jsonl``.
        types: a types file, or None.
        overlapping: as in `SpertJsonReader`. The published code leaves out sentences with overlapping mentions
            (``drop_sentence``).
        repeated: as in `SpertJsonReader`.
    """

    layout = (
        "JSON: sentText, entityMentions with emId, offset, label, relationMentions with em1Id, em2Id, label"
    )
    gold_keys = {"entityMentions": dict, "relationMentions": dict}

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether a record has ``sentText`` and mentions with an ``offset``, or word pieces."""
        record = head.record
        return isinstance(record, dict) and "entities" not in record and has_places(record)

    def parse(self, record: Record, report: Report) -> Doc | None:
        """Return the document of a sentence, or None if it is invalid or left out of the corpus."""
        keys = keys_of(record, report)
        if keys is None:
            return None
        sentence = _as_spert(keys, report)
        if keys.faults:
            report.faults.extend(keys.faults)
            return None
        return super().parse(Record(record.where, record.id, sentence), report)


def has_places(record: dict[str, Any]) -> bool:
    """Return whether a record has offsets of its mentions, unlike triples in the form ``mentions``."""
    mentions = record.get("entityMentions")
    placed = isinstance(mentions, list) and any(isinstance(row, dict) and "offset" in row for row in mentions)
    return "sentText" in record and (placed or bool(PIECES & record.keys()))


def _as_spert(keys: Keys, report: Report) -> dict[str, Any]:
    """Return a record in SpERT's format; it is only used if ``keys`` has no faults."""
    words = keys.text("sentText").rstrip("\r\n").split(" ")
    mentions = keys.rows("entityMentions", "entityMention")
    quotes = of_words(words)
    entities = [_entity(mention, quotes, report) for mention in mentions]
    numbers = _numbers(mentions)
    relations = []
    for relation in keys.rows("relationMentions", "relationMention"):
        head, tail = (_end(relation, end, numbers) for end in ENDS)
        label = relation.text("label")
        if label == NONE:
            report.count(f"relations with the label {NONE!r}, which mean no relation", keys.where)
        else:
            relations.append({"head": head, "tail": tail, "type": label})
    report.count(
        "records with word pieces of their own, not used", keys.where, int(bool(PIECES & keys.value.keys()))
    )
    meta = keys.rest(USED)
    return {"id": _name(keys), "tokens": words, "entities": entities, "relations": relations, "_meta": meta}


def _entity(mention: Keys, quotes: Quotes, report: Report) -> dict[str, Any]:
    offset, label, text = mention.value.get("offset"), mention.text("label"), mention.value.get("text")
    if not isinstance(offset, list) or len(offset) != 2 or not all(type(number) is int for number in offset):
        mention.fault("'offset' is not [start, end]", "two whole numbers in words, the end exclusive")
        return {}
    start, end = offset
    mention.span(start, end, len(quotes.units), "words")
    other = isinstance(text, str) and not mention.faults and not quotes.agree(start, end, text)
    report.count(OTHER_TEXT, mention.where, int(other))
    return {"start": start, "end": end, "type": label}


def _numbers(mentions: list[Keys]) -> dict[str | int, int]:
    """Return the position of each mention by its id."""
    numbers: dict[str | int, int] = {}
    for number, mention in enumerate(mentions):
        name = mention.value.get("emId")
        if name is None:
            continue
        if not isinstance(name, str | int):
            mention.fault(f"'emId' is {kind(name)}, not a string")
        elif name in numbers:
            mention.fault(f"'emId' {name!r} is also the id of mention {numbers[name]}")
        else:
            numbers[name] = number
    return numbers


def _end(relation: Keys, key: str, numbers: dict[str | int, int]) -> int:
    name = relation.value.get(key)
    if isinstance(name, str | int) and name in numbers:
        return numbers[name]
    relation.fault(f"{key!r} is {name!r}, which is not the 'emId' of a mention")
    return 0


def _name(keys: Keys) -> str | None:
    names = [name for key in ("articleId", "sentId") if (name := keys.value.get(key)) is not None]
    if not all(type(name) in (str, int) for name in names):
        keys.fault("'articleId' and 'sentId' are strings or whole numbers")
    return ":".join(map(str, names)) or None
