"""Checks of documents: what is wrong with one, and which types its labels lack."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.labels import Labels
from jointre.data.report import Report
from jointre.errors import Fault


def check_doc(doc: Doc, where: str) -> list[Fault]:
    """Everything that is wrong with a document, whatever it was read from."""
    return [
        *check_unicode([*doc.words, doc.text or ""], where),
        *check_offsets(doc, where),
        *check_entities(doc.entities, len(doc.words), where),
        *check_relations(doc.relations, len(doc.entities), where),
    ]


def check_unicode(texts: Iterable[str], where: str) -> list[Fault]:
    """A half of a surrogate pair (``"\\ud83d"`` alone in JSON) cannot be written as UTF-8."""
    try:
        "".join(texts).encode("utf-8")
    except UnicodeEncodeError:
        return [
            Fault(
                "a lone surrogate stands in the text", where, "write the whole character, not half its pair"
            )
        ]
    return []


def check_offsets(doc: Doc, where: str) -> list[Fault]:
    """The raw text and the character offsets of the words must belong to each other."""
    if (doc.text is None) != (doc.offsets is None):
        return [Fault("a document has both the text and the offsets of its words, or neither", where)]
    if doc.text is None or doc.offsets is None:
        return []
    if len(doc.offsets) != len(doc.words):
        return [Fault(f"{len(doc.words)} words, but {len(doc.offsets)} offsets", where)]
    faults = check_word_offsets(doc.offsets, len(doc.text), where)
    differs = [i for i, (a, b) in enumerate(doc.offsets) if doc.text[a:b] != doc.words[i]]
    if differs and not faults:
        faults.append(Fault(f"word {differs[0]} is not what the text has at its offsets", where))
    return faults


def check_word_offsets(offsets: Sequence[tuple[int, int]], size: int, where: str) -> list[Fault]:
    """Words must follow each other in the text (``size`` characters) without overlap."""
    end = 0
    for index, (start, stop) in enumerate(offsets):
        if not end <= start < stop <= size:
            remedy = f"words follow each other, none empty, within the {size} characters; ends are exclusive"
            return [Fault(f"word {index} cannot stand at {start} to {stop}", where, remedy)]
        end = stop
    return []


def check_entities(
    entities: Sequence[Entity | None], size: int, where: str, unit: str = "words"
) -> list[Fault]:
    """Spans outside the ``size`` units, empty spans, empty labels; None stands for one not to check."""
    faults = []
    for index, entity in enumerate(entities):
        if entity is None:
            continue
        name = f"entity {index} ({entity.label!r}, {entity.start} to {entity.end})"
        if entity.start < 0 or entity.end > size:
            remedy = f"offsets count {unit} from 0, and the end is exclusive"
            faults.append(Fault(f"{name} lies outside the {size} {unit}", where, remedy))
        elif entity.start >= entity.end:
            remedy = f"the end is exclusive: one of the {unit} at 3 is 3 to 4"
            faults.append(Fault(f"{name} is empty", where, remedy))
        if not entity.label.strip():
            faults.append(Fault(f"{name} has an empty label", where))
    return faults


def check_relations(relations: Sequence[Relation | None], n_entities: int, where: str) -> list[Fault]:
    """Relations to entities that do not exist, with themselves, or without a label."""
    faults = []
    for index, relation in enumerate(relations):
        if relation is None:
            continue
        name = f"relation {index} ({relation.label!r}, {relation.head} to {relation.tail})"
        missing = [end for end in (relation.head, relation.tail) if not 0 <= end < n_entities]
        if missing:
            remedy = "head and tail are positions in the document's list of entities, from 0"
            count = f"the document has {n_entities}"
            faults.append(Fault(f"{name}: there is no entity {missing[0]}, {count}", where, remedy))
        elif relation.head == relation.tail:
            faults.append(Fault(f"{name} relates an entity to itself", where, "remove it"))
        if not relation.label.strip():
            faults.append(Fault(f"{name} has an empty label", where))
    return faults


def merge_duplicates(doc: Doc, report: Report, where: str) -> Doc:
    """Keep equal entities (span and label) and equal relations once, and count what was merged.

    Of scores the first is kept. Two labels on one span stay two entities and are counted as a warning.
    """
    row: dict[tuple[int, int, str], int] = {}
    kept: list[Entity] = []
    new_index: list[int] = []
    for entity in doc.entities:
        key = (entity.start, entity.end, entity.label)
        if key not in row:
            row[key] = len(kept)
            kept.append(entity)
        new_index.append(row[key])
    relations: dict[tuple[int, int, str], Relation] = {}
    for r in doc.relations:
        moved = replace(r, head=new_index[r.head], tail=new_index[r.tail])
        relations.setdefault((moved.head, moved.tail, moved.label), moved)
    n_spans = len({(entity.start, entity.end) for entity in kept})
    report.count("duplicate entities, kept once", where, len(doc.entities) - len(kept))
    report.count("duplicate relations, kept once", where, len(doc.relations) - len(relations))
    report.count("spans with a second label", where, len(kept) - n_spans)
    return replace(doc, entities=kept, relations=list(relations.values()))


class TypeCount:
    """Counts the types that documents use, with the place of the first use."""

    def __init__(self) -> None:
        self._uses: dict[tuple[str, str], tuple[int, str]] = {}

    def add(self, doc: Doc, where: str) -> None:
        """Count the types of a document."""
        used = [("entity", e.label) for e in doc.entities] + [("relation", r.label) for r in doc.relations]
        for key in used:
            times, first = self._uses.get(key, (0, where))
            self._uses[key] = (times + 1, first)

    def faults(self, labels: Labels) -> list[Fault]:
        """One fault for each type that ``labels`` lack, at the place of its first use."""
        known = {"entity": labels.entities, "relation": labels.relations}
        faults = []
        for (kind, label), (times, where) in self._uses.items():
            if label not in known[kind]:
                often = f", used {times} times" if times > 1 else ""
                what = f"{kind} type {label!r} is not among the labels{often}"
                faults.append(Fault(what, where, suggest(label, known[kind])))
        return faults


def check_labels(docs: Iterable[Doc], labels: Labels, where: str) -> list[Fault]:
    """One fault for each type that the documents use and ``labels`` lack; ``where`` names the corpus."""
    types = TypeCount()
    for number, doc in enumerate(docs):
        types.add(doc, doc.id or f"{where}[{number}]")
    return types.faults(labels)


def suggest(name: str, known: Sequence[str]) -> str:
    """The nearest known name, else all of them."""
    folded = {other.casefold(): other for other in known}
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return f"did you mean {folded[near[0]]!r}?" if near else f"known: {', '.join(known) or 'none'}"
