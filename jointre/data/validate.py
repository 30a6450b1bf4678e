"""Check documents, and the types they use."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.labels import Labels
from jointre.data.report import Report
from jointre.data.segments import divide
from jointre.errors import Fault
from jointre.place import Place, Where

EMPTY = " is empty"
"""The end of the fault of an empty entity."""

WORDLESS = "documents without words"
INVISIBLE = "words without a visible character"


def check_doc(doc: Doc, where: Where) -> list[Fault]:
    """Return all faults of a document, whatever its source."""
    return [
        *check_unicode([*doc.words, doc.text or ""], where),
        *check_offsets(doc, where),
        *check_entities(doc.entities, len(doc.words), where),
        *check_relations(doc.relations, len(doc.entities), where),
        *_check_division(doc, where),
    ]


def _check_division(doc: Doc, where: Where) -> list[Fault]:
    """Return a fault unless the sentences, if they are known, are all words, each once and in order."""
    size = len(doc.words)
    if doc.sentences is None or divide(doc.sentences, size):
        return []
    what = f"the sentences {doc.sentences} are not all of the {size} words, each once and in order"
    return [Fault(what, where)]


def check_unicode(texts: Iterable[str], where: Where) -> list[Fault]:
    """Return a fault for half of a surrogate pair (only ``"\\ud83d"`` in JSON), which UTF-8 cannot represent."""
    try:
        "".join(texts).encode("utf-8")
    except UnicodeEncodeError:
        return [
            Fault("the text contains a lone surrogate", where, "write the whole character, not half its pair")
        ]
    return []


def check_offsets(doc: Doc, where: Where) -> list[Fault]:
    """Return faults if the raw text and the character offsets of the words do not match."""
    if (doc.text is None) != (doc.offsets is None):
        return [Fault("a document has both the text and the offsets of its words, or neither", where)]
    if doc.text is None or doc.offsets is None:
        return []
    if len(doc.offsets) != len(doc.words):
        return [Fault(f"{len(doc.words)} words, but {len(doc.offsets)} offsets", where)]
    faults = check_word_offsets(doc.offsets, len(doc.text), where)
    differs = [i for i, (a, b) in enumerate(doc.offsets) if doc.text[a:b] != doc.words[i]]
    if differs and not faults:
        faults.append(Fault.of_item("word", differs[0], " differs from the text at its offsets", where))
    return faults


def check_word_offsets(offsets: Sequence[tuple[int, int]], size: int, where: Where) -> list[Fault]:
    """Return a fault unless the words follow each other in the text of ``size`` characters without overlap."""
    end = 0
    for index, (start, stop) in enumerate(offsets):
        if not end <= start < stop <= size:
            remedy = f"words follow each other, none empty, within the {size} characters; ends are exclusive"
            return [Fault.of_item("word", index, f" cannot be at {start} to {stop}", where, remedy)]
        end = stop
    return []


def check_sentences(spans: Sequence[tuple[int, int]], size: int, doc: Doc, where: Where) -> list[Fault]:
    """Return a fault unless every word begins in one of the sentences, which follow each other without overlap.

    ``spans`` count the ``size`` characters of the document's text, or its words if it has none.
    """
    unit = "words" if doc.text is None else "characters"
    end = 0
    for index, (start, stop) in enumerate(spans):
        if not end <= start < stop <= size:
            remedy = f"sentences follow each other, none empty, within the {size} {unit}; ends are exclusive"
            return [Fault.of_item("sentence", index, f" cannot be at {start} to {stop}", where, remedy)]
        end = stop
    starts = range(len(doc.words)) if doc.offsets is None else [start for start, _ in doc.offsets]
    first = [start for start, _ in spans]
    for word, at in zip(doc.words, starts, strict=True):
        row = bisect_right(first, at) - 1
        if row < 0 or at >= spans[row][1]:
            remedy = "give all sentences, or leave them out"
            return [Fault(f"the word {word!r} at {at} is in none of the sentences", where, remedy)]
    return []


def check_entities(
    entities: Sequence[Entity | None], size: int, where: Where, unit: str = "words"
) -> list[Fault]:
    """Return faults of spans outside the ``size`` units, empty spans and empty labels; None is not checked."""
    faults = []
    for index, entity in enumerate(entities):
        if entity is None:
            continue
        if 0 <= entity.start < entity.end <= size and entity.label.strip():
            continue
        what = f" ({entity.label!r}, {entity.start} to {entity.end})"
        if entity.start < 0 or entity.end > size:
            remedy = f"offsets count {unit} from 0, and the end is exclusive"
            faults.append(
                Fault.of_item("entity", index, f"{what} is outside the {size} {unit}", where, remedy)
            )
        elif entity.start >= entity.end:
            remedy = f"the end is exclusive: one of the {unit} at 3 is 3 to 4"
            faults.append(Fault.of_item("entity", index, f"{what}{EMPTY}", where, remedy))
        if not entity.label.strip():
            faults.append(Fault.of_item("entity", index, f"{what} has an empty label", where))
    return faults


def check_relations(relations: Sequence[Relation | None], n_entities: int, where: Where) -> list[Fault]:
    """Return faults of relations to missing entities, of an entity to itself, or without a label."""
    faults = []
    for index, relation in enumerate(relations):
        if relation is None:
            continue
        head, tail = relation.head, relation.tail
        if 0 <= head < n_entities and 0 <= tail < n_entities and head != tail and relation.label.strip():
            continue
        what = f" ({relation.label!r}, {head} to {tail})"
        missing = [end for end in (head, tail) if not 0 <= end < n_entities]
        if missing:
            remedy = "head and tail are positions in the document's list of entities, from 0"
            says = f"{what}: there is no entity {missing[0]}, the document has {n_entities}"
            faults.append(Fault.of_item("relation", index, says, where, remedy))
        elif head == tail:
            faults.append(
                Fault.of_item("relation", index, f"{what} relates an entity to itself", where, "remove it")
            )
        if not relation.label.strip():
            faults.append(Fault.of_item("relation", index, f"{what} has an empty label", where))
    return faults


def merge_duplicates(doc: Doc, report: Report, where: Where) -> Doc:
    """Return the document with equal entities (span and label) and equal relations merged, and count them.

    The first score is kept. Two labels on one span remain two entities and are counted as a warning.
    """
    row: dict[tuple[object, ...], int] = {}
    kept: list[Entity] = []
    new_index: list[int] = []
    for entity in doc.entities:
        key = (entity.start, entity.end, entity.label, entity.chars)
        if key not in row:
            row[key] = len(kept)
            kept.append(entity)
        new_index.append(row[key])
    relations: dict[tuple[int, int, str], Relation] = {}
    for r in doc.relations:
        moved = r
        if len(kept) < len(new_index):
            moved = replace(r, head=new_index[r.head], tail=new_index[r.tail])
        relations.setdefault((moved.head, moved.tail, moved.label), moved)
    n_spans = len({(*entity.extent, entity.chars) for entity in kept})
    report.count("duplicate entities, kept once", where, len(doc.entities) - len(kept))
    report.count("duplicate relations, kept once", where, len(doc.relations) - len(relations))
    report.count("spans with a second label", where, len(kept) - n_spans)
    if len(kept) == len(doc.entities) and len(relations) == len(doc.relations):
        return doc
    return replace(doc, entities=kept, relations=list(relations.values()))


def count_blank(words: Sequence[str], report: Report, where: Where) -> None:
    """Count words without a visible character, or that there are no words."""
    report.count(INVISIBLE, where, sum(not word.strip() for word in words))
    report.count(WORDLESS, where, int(not words))


def place_of(doc: Doc, corpus: str, number: int) -> Place:
    """Return the place of document ``number`` of a corpus by its id, which names the file and record by default."""
    where = Place.of(doc.where)
    if doc.id and doc.id == where.name():
        return replace(where.brief(), line=where.line if where.record is None else None)
    return Place(doc.id) if doc.id else Place(corpus, record=number)


def check_labels(docs: Iterable[Doc], labels: Labels, where: str) -> list[Fault]:
    """Return one fault for each type that the documents use and ``labels`` lack; ``where`` names the corpus."""
    report, entities, relations = Report(), set(labels.entities), set(labels.relations)
    for number, doc in enumerate(docs):
        unknown = [("entity", entity.label) for entity in doc.entities if entity.label not in entities]
        unknown += [("relation", item.label) for item in doc.relations if item.label not in relations]
        for kind, label in unknown:
            report.use(kind, label, place_of(doc, where, number))
    return report.unknown_types(labels)
