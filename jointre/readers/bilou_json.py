"""SpERT's JSON with tags instead of entities, as published by TablERT."""

import re
from dataclasses import replace
from typing import Any

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.data.tags import Scheme, lenient_spans
from jointre.errors import Fault
from jointre.limits import InputPath
from jointre.place import Place
from jointre.readers.base_corpus import CorpusReader
from jointre.readers.base_tagged import BROKEN, breaks, check_tag
from jointre.readers.fields import kind
from jointre.readers.head import Head
from jointre.readers.parse_record import parse_record
from jointre.readers.records import Record
from jointre.readers.spert_json import FORM
from jointre.registry import registry

TAG = re.compile(r"O|[BIESLU]-.+")


@registry.readers("jointre.bilou_json.v1")
class BilouJsonReader(CorpusReader):
    """Reads sentences with ``tokens``, ``tags`` (one per token) and ``relations`` (``type, head, tail``).

    Relations number the entities of the tags from left to right. Malformed tags are decoded by the lenient rule, but
    refused in a sentence with relations, because it is unknown which entities were counted.

    Args:
        path: a JSON list, or one sentence per line, either also as ``.gz``; or a folder of ``*.jsonl``.
        types: SpERT's types file (or the ``labels.json`` form), whose order is the class order; or None.
        scheme: "BILOU", "BIOES", "BIO" or "BIEOU".
        repair: False refuses malformed tags in every sentence.
    """

    layout = "JSON: tokens, tags such as B-TYPE, relations with head, tail, type"
    gold_keys = {"tags": str, "relations": dict}

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether a record has ``tags`` that mark entities, and no ``entities``."""
        tags = head.record.get("tags") if isinstance(head.record, dict) else None
        if not isinstance(tags, list) or "entities" in head.record:
            return False
        return bool(tags) and all(isinstance(tag, str) and TAG.fullmatch(tag) for tag in tags)

    def __init__(
        self,
        path: InputPath | None,
        types: InputPath | None = None,
        scheme: Scheme = "BILOU",
        repair: bool = True,
    ) -> None:
        super().__init__(path, types)
        self.scheme: Scheme = scheme
        self.repair = repair

    def parse(self, record: Record, report: Report) -> Doc | None:
        """Return the document of a sentence."""
        if not isinstance(record.value, dict):
            return parse_record(record, FORM, report)
        fault = _misfit(record.value, record.where)
        if fault is not None:
            report.faults.append(fault)
            return None
        rest = {key: item for key, item in record.value.items() if key != "tags"}
        entities = self._entities(record.value["tags"], bool(rest.get("relations")), record.where, report)
        if entities is None:
            return None
        return parse_record(Record(record.where, record.id, {**rest, "entities": entities}), FORM, report)

    def _entities(
        self, tags: list[str], related: bool, where: Place, report: Report
    ) -> list[dict[str, Any]] | None:
        """Return the entities of the tags in SpERT's format, or None if the tags are refused."""
        faults: list[Fault] = []
        for index, tag in enumerate(tags):
            faults += check_tag(tag, self.scheme, replace(where, item=f"word {index}"))
        for broken in [] if faults else breaks(tags, self.scheme):
            detail = f"{broken.what} (word {broken.index})"
            if self.repair and not related:
                report.repair(BROKEN, where, detail)
                continue
            remedy = "correct the tags; the relations count the entities" if related else "correct the tags"
            faults.append(Fault(detail, where, remedy))
        report.faults.extend(faults)
        if faults:
            return None
        return [{"type": label, "start": start, "end": end} for start, end, label in lenient_spans(tags)]


def _misfit(value: dict[str, Any], where: Place) -> Fault | None:
    """Return what is wrong with the tags of a sentence as a whole."""
    tags, tokens = value.get("tags"), value.get("tokens")
    if "tags" not in value or "entities" in value:
        remedy = "read a file with 'entities' with jointre.spert_json.v1"
        return Fault("a sentence has 'tags' and no 'entities'", where, remedy)
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        return Fault("'tags' is not a list of strings", where, "give one tag per token")
    if not isinstance(tokens, list) or len(tokens) != len(tags):
        number = len(tokens) if isinstance(tokens, list) else kind(tokens)
        return Fault(f"{len(tags)} tags for 'tokens', which is {number}", where, "give one tag per token")
    return None
