"""TACRED's JSON: a sentence with a subject, an object and their relation."""

from jointre.data.doc import Entity
from jointre.data.report import Report
from jointre.limits import InputPath
from jointre.readers.base_pairs import ENTITY, Pair, PairReader, relation_label
from jointre.readers.fields import Keys
from jointre.readers.head import Head
from jointre.readers.records import Record
from jointre.registry import registry

ENDS = ("subj", "obj")
SENTENCES = ("token", "tokens")
UNTYPED = f"entities without a type, read as {ENTITY!r}"
USED = {"id", "relation", *SENTENCES, *(f"{end}_{key}" for end in ENDS for key in ("start", "end", "type"))}


@registry.readers("jointre.tacred.v1")
class TacredReader(PairReader):
    """Reads records with ``token``, ``relation``, ``subj_start``, ``subj_end`` (inclusive), ``subj_type``, ``obj_*``.

    The words may also be under ``tokens``. The relation goes from subject to object; entities have the types of the
    file, or ``Entity`` without ``subj_type`` or ``obj_type``. The corpus needs a licence, so the reader was tested on
    records written in its format.

    Args:
        path: a JSON list or JSON Lines, either also as ``.gz``, or a folder of ``*.jsonl``.
        types: a types file, or None.
        merge: whether all records with the same sentence become one document.
        no_relation: the label for "no relation". Its pairs keep their entities.
        repair: True leaves out invalid records and reports each one; False refuses them.
    """

    layout = "JSON: token or tokens, relation, subj_start, subj_end, subj_type, obj_start, obj_end, obj_type"

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether a record has words and the ends of subject and object."""
        record = head.record
        if not isinstance(record, dict) or "entities" in record or not set(SENTENCES) & record.keys():
            return False
        return {f"{end}_{key}" for end in ENDS for key in ("start", "end")} <= record.keys()

    def __init__(
        self,
        path: InputPath | None,
        types: InputPath | None = None,
        merge: bool = False,
        no_relation: str = "no_relation",
        repair: bool = False,
    ) -> None:
        super().__init__(path, types, merge, no_relation, repair)

    def pair(self, keys: Keys, record: Record, report: Report) -> Pair:
        """Return the pair of a record."""
        given = [key for key in SENTENCES if key in keys.value] or ["token"]
        if len(given) > 1:
            keys.fault("a record has either 'token' or 'tokens'")
        words = keys.words(given[0])
        head, tail = (_entity(keys, end, len(words), report) for end in ENDS)
        meta = keys.rest(USED)
        name = keys.id(record.id)
        label = relation_label(keys)
        return Pair(record.where, name, None, tuple(words), head, tail, label, meta=meta)


def _entity(keys: Keys, end: str, size: int, report: Report) -> Entity:
    first, last = keys.whole(f"{end}_start"), keys.whole(f"{end}_end")
    label = keys.text(f"{end}_type") if f"{end}_type" in keys.value else ENTITY
    report.count(UNTYPED, keys.where, int(f"{end}_type" not in keys.value))
    inner = Keys(keys.value, keys.where, end, keys.faults)
    if size:
        inner.span(first, last + 1, size, "words")
    return Entity(first, last + 1, label)
