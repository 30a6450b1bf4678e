"""Inclusive ends of entities: convert them, and find corpora that seem to have them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Literal

from jointre.data.doc import Doc, Entity
from jointre.data.report import Report
from jointre.data.validate import EMPTY
from jointre.readers.records import Record

Ends = Literal["exclusive", "inclusive"]
MOST = 0.8  # of the entities; of so many, ends that lack one character of a word are no accident
FEWEST = 2  # entities from which a corpus is judged


def exclusive(record: Record) -> Record:
    """Return a record whose entities have inclusive ends with exclusive ends."""
    value = record.value
    if not isinstance(value, dict) or not isinstance(value.get("entities"), list):
        return record
    return replace(record, value={**value, "entities": [_moved(item) for item in value["entities"]]})


def _moved(item: Any) -> Any:
    if isinstance(item, dict) and type(item.get("end")) is int:
        return {**item, "end": item["end"] + 1}
    return item


def ask_about_ends(docs: Iterable[Doc], report: Report, reader: str = "jointre.jsonl.v1") -> Iterator[Doc]:
    """Yield documents; at the end, report that most ends of entities seem to be inclusive.

    Entities that are empty, as those of one word or character are then, are faults; their remedy names the argument.
    """
    remedy = f"--reader {reader}:ends=inclusive"
    total = short = 0
    first = None
    for doc in docs:
        total += len(doc.entities)
        found = sum(_is_short(doc, entity) for entity in doc.entities)
        first = first or (doc.where if found else None)
        short += found
        yield doc
    if total >= FEWEST and short >= MOST * total:
        what = f"entities that lack the last character of a word; are the ends inclusive? then {remedy}"
        report.count(what, first or "", short)
    for number, fault in enumerate(report.faults):
        if fault.what.startswith("entity ") and fault.what.endswith(EMPTY):
            advice = f"{fault.remedy}; if all ends are inclusive: {remedy}"
            report.faults[number] = replace(fault, remedy=advice)


def _is_short(doc: Doc, entity: Entity) -> bool:
    """Return whether an entity would begin and end at words if its end were inclusive."""
    if entity.chars is None or doc.offsets is None:
        return False
    start, end = entity.chars
    return start == doc.offsets[entity.start][0] and end + 1 == doc.offsets[entity.end - 1][1]
