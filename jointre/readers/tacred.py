"""TACRED's JSON: a sentence with a subject, an object and their relation."""

from jointre.data.doc import Entity
from jointre.data.report import Report
from jointre.limits import InputPath
from jointre.readers.base_pairs import Pair, PairReader, relation_label
from jointre.readers.fields import Keys
from jointre.readers.head import Head
from jointre.readers.records import Record
from jointre.registry import registry

ENDS = ("subj", "obj")
USED = {"id", "token", "relation", *(f"{end}_{key}" for end in ENDS for key in ("start", "end", "type"))}


@registry.readers("jointre.tacred.v1")
class TacredReader(PairReader):
    """Reads records with ``token``, ``relation``, ``subj_start``, ``subj_end`` (inclusive), ``subj_type``, ``obj_*``.

    The relation goes from subject to object; entities have the types of the file. The corpus needs a licence, so the
    reader was tested on records written in its format.

    Args:
        path: a JSON list or JSON Lines, either also as ``.gz``, or a folder of ``*.jsonl``.
        types: a types file, or None.
        merge: whether all records with the same sentence become one document.
        no_relation: the label for "no relation". Its pairs keep their entities.
        repair: True leaves out invalid records and reports each one; False refuses them.
    """

    layout = "JSON: token, relation, subj_start, subj_end, subj_type, obj_start, obj_end, obj_type"

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether a record has ``token`` and the ends of subject and object."""
        record = head.record
        needed = {"token", *(f"{end}_{key}" for end in ENDS for key in ("start", "end"))}
        return isinstance(record, dict) and "entities" not in record and needed <= record.keys()

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
        words = keys.words("token")
        head, tail = (_entity(keys, end, len(words)) for end in ENDS)
        meta = keys.rest(USED)
        name = keys.id(record.id)
        label = relation_label(keys)
        return Pair(record.where, name, None, tuple(words), head, tail, label, meta=meta)


def _entity(keys: Keys, end: str, size: int) -> Entity:
    first, last, label = keys.whole(f"{end}_start"), keys.whole(f"{end}_end"), keys.text(f"{end}_type")
    inner = Keys(keys.value, keys.where, end, keys.faults)
    if size:
        inner.span(first, last + 1, size, "words")
    return Entity(first, last + 1, label)
