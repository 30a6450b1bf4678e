"""OpenNRE's JSON: a sentence, two entities and their relation per line."""

from jointre.data.doc import Entity
from jointre.data.report import Report
from jointre.place import Place
from jointre.readers.base_pairs import ENTITY, OTHER_NAME, Pair, PairReader, is_named, relation_label
from jointre.readers.fields import Keys
from jointre.readers.head import Head
from jointre.readers.records import Record
from jointre.registry import registry

USED = {"token", "text", "h", "t", "relation"}


@registry.readers("jointre.opennre.v1")
class OpenNREReader(PairReader):
    """Reads lines with ``token`` or ``text``, ``h`` and ``t`` (``name``, ``pos``, optional ``id``) and ``relation``.

    ``pos`` is ``[start, end)`` in words of ``token`` or in characters of ``text``, which is split into words by
    the splitter of the config or the model. All entities have the label ``Entity``. The relation goes from ``h`` to
    ``t`` (docs/data-formats.md#opennres-json). ``meta["entity_ids"]`` has the ids of the entities, if there are any.

    Args:
        path: JSON Lines or a JSON list, either also as ``.gz``, or a folder of ``*.jsonl``.
        types: a types file, or None.
        merge: whether all lines with the same sentence become one document, in which entities with one span are one.
        no_relation: the label for "no relation". Its pairs keep their entities.
        repair: True leaves out invalid lines and reports each one; False refuses them.
    """

    layout = "JSON: token or text, h and t with name and pos, relation"

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether a record has ``token`` or ``text``, and ``h`` and ``t`` with their ``pos``."""
        record = head.record
        if not isinstance(record, dict) or "entities" in record or not {"token", "text"} & record.keys():
            return False
        return all(isinstance(record.get(end), dict) and "pos" in record[end] for end in ("h", "t"))

    def pair(self, keys: Keys, record: Record, report: Report) -> Pair:
        """Return the pair of a line."""
        value, text, words = keys.value, None, list[str]()
        if ("token" in value) == ("text" in value):
            keys.fault("a record has either 'token' or 'text'")
        elif "token" in value:
            words = keys.words("token")
        else:
            text = keys.text("text")
        entities, names = [], {}
        for key in ("h", "t"):
            entity = _entity(keys.below(key), text, words, record.where, report)
            entities.append(entity)
            if isinstance(value.get(key), dict) and value[key].get("id") is not None:
                names[entity] = value[key]["id"]
        meta = keys.rest(USED | {"id"})
        name = keys.id(record.id)
        head, tail = entities
        label = relation_label(keys)
        return Pair(record.where, name, text, tuple(words), head, tail, label, names=names, meta=meta)


def _entity(keys: Keys, text: str | None, words: list[str], where: Place, report: Report) -> Entity:
    if not keys.is_object:
        return Entity(0, 0, ENTITY)
    pos = keys.value.get("pos")
    if not isinstance(pos, list) or len(pos) != 2 or not all(type(number) is int for number in pos):
        keys.fault("'pos' is not [start, end]", "two whole numbers, the end exclusive")
        return Entity(0, 0, ENTITY)
    start, end = pos
    unit = "words" if text is None else "characters"
    keys.span(start, end, len(words if text is None else text), unit)
    if keys.faults:
        return Entity(0, 0, ENTITY)
    there = " ".join(words[start:end]) if text is None else text[start:end]
    if text is not None and not there.strip():
        keys.fault(f"{start} to {end} contains only blanks", "correct its offsets")
    elif text is not None and there.strip() != there:
        report.count("entities with blanks at an end, trimmed", where)
        start, end = start + len(there) - len(there.lstrip()), end - len(there) + len(there.rstrip())
    report.count(OTHER_NAME, where, int(not is_named(keys.value.get("name"), there)))
    return Entity(start, end, ENTITY)
