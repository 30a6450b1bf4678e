"""Corpora of triples: WebNLG and NYT as published for joint extraction, and others in the same formats."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.raw_text import place, split_words
from jointre.data.report import Report
from jointre.data.validate import count_blank, merge_duplicates
from jointre.errors import Fault
from jointre.limits import InputPath
from jointre.place import Place
from jointre.readers.base_corpus import CorpusReader
from jointre.readers.base_pairs import count_none
from jointre.readers.enpar_json import has_places
from jointre.readers.fields import keys_of
from jointre.readers.head import Head
from jointre.readers.name_search import WORD, NameSearch, Span
from jointre.readers.quotes import shown
from jointre.readers.records import Record
from jointre.readers.triple_forms import Form, Triple, Triples, form_of, is_tokenized, read_triples
from jointre.registry import registry

Occurrence = Literal["first", "apart"]
MISSING = "triples whose subject or object is not in the text, left out"
INSIDE = "subjects and objects found inside a word, widened to it"
ITSELF = "triples from an entity to itself, left out"
FOLDED = "subjects and objects found only without accents and letter case"
WORD_RULE = "jointre docs data-formats#words-of-a-raw-text"
SHOWN = 5  # lost triples that a refusal of a file names
OTHER_TEXT = "subjects and objects that differ from the text at their position, which is used"


@registry.readers("jointre.triples.v1")
class TriplesReader(CorpusReader):
    """Reads sentences with triples of strings; entities without a type have the label ``Entity``.

    ``spo``: ``tokens`` or ``text``, ``spo_list`` and, with the spans, ``spo_details`` (WebNLG, DuIE). ``triple_list``:
    ``text`` and ``triple_list`` (the star corpora, whose entities are their last words). ``mentions``: ``sentText`` and
    ``relationMentions`` with ``em1Text``, ``em2Text``, ``label`` (NYT). ``relation_list``: ``text``, ``relation_list``
    and, with types, ``entity_list`` (TPLinker). A triple is a list of three strings or, except in ``mentions``, an
    object with ``subject``, ``predicate``, ``object`` and, if known, their types (``subject_type``, ``object_type``)
    and characters (``subj_char_span``, ``obj_char_span``). An object of several slots is a relation for each: the
    predicate for ``@value``, and ``PREDICATE.SLOT`` for the others. Words of a text stand between blanks.

    Published spans are used as they are. Other strings are searched at all places of the text, as whole words; then
    without accents and letter case; then in the words of `jointre.data.raw_text.split_words`, which separates
    punctuation. A word is only split if such a string begins or ends in it, so a corpus whose names are all whole words
    keeps its words. ``meta["triples"]`` has all published triples, including those left out. A file that would lose
    more than half of its triples is refused.

    Args:
        path: a JSON list or JSON Lines, either also as ``.gz``, or a folder of ``*.jsonl``.
        types: a types file, or None.
        form: "spo", "triple_list", "mentions" or "relation_list"; None to decide by the keys of each record.
        occurrence: "first" puts an entity at the first place of its string. "apart" uses the first two places that do
            not share a word, if subject and object would share one and there are such places.
        no_relation: the label for "no relation".
        repair: True leaves out triples that cannot be represented and reports each place; False refuses them.
    """

    layout = (
        "JSON: tokens or text, spo_list; or text, triple_list; or text, relation_list with subject, predicate, object; "
        "or sentText, relationMentions with em1Text, label, em2Text"
    )
    gold_keys = {
        "spo_list": (list, dict),
        "spo_details": list,
        "triple_list": (list, dict),
        "relationMentions": dict,
        "relation_list": (list, dict),
        "entity_list": dict,
    }

    def __init__(
        self,
        path: InputPath | None,
        types: InputPath | None = None,
        form: Form | None = None,
        occurrence: Occurrence = "first",
        no_relation: str = "None",
        repair: bool = True,
    ) -> None:
        super().__init__(path, types)
        self.form: Form | None = form
        self.occurrence: Occurrence = occurrence
        self.no_relation = no_relation
        self.repair = repair

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether a record has triples in one of the forms, and says neither entities nor where they are."""
        record = head.record
        if (
            not isinstance(record, dict)
            or "entities" in record
            or form_of(record) is None
            or has_places(record)
        ):
            return False
        return record.get("entityMentions") != [] or bool(
            record.get("relationMentions")
        )  # else it may be ENPAR's

    def parse(self, record: Record, report: Report) -> Doc | None:
        """Return the document of a sentence."""
        keys = keys_of(record, report)
        if keys is None:
            return None
        form = self.form or form_of(keys.value)
        if form is None:
            remedy = (
                "give tokens or text and spo_list, text and triple_list or relation_list, "
                "or sentText and relationMentions"
            )
            report.faults.append(Fault("the record has no triples in a known form", record.where, remedy))
            return None
        found = read_triples(keys, form, report)
        name = keys.id(record.id)
        if keys.faults:
            report.faults.extend(keys.faults)
            return None
        return self._document(found, replace(record, id=name), report)

    def _documents(self, report: Report) -> Iterator[Doc]:
        """Yield the documents; report a file that lacks the names of most of its triples in its texts."""
        triples = Counter[str]()
        for doc in super()._documents(report):
            triples[Place.of(doc.where).file] += len(doc.meta["triples"])
            yield doc
        report.faults += _mostly_lost(report, triples)

    def _document(self, found: Triples, record: Record, report: Report) -> Doc:
        where = record.where
        search = NameSearch(found.text, found.offsets)
        placed = [
            (triple, ends)
            for triple in found.triples
            if (ends := self._ends(triple, search, where, report)) is not None
        ]
        typed = [(triple, _typed(triple, ends, found.types)) for triple, ends in placed]
        every = [
            *(end for _, ends in typed for end in ends),
            *(Entity(*s, t) for s, t in found.types.items()),
        ]
        for entity in every:
            report.use("entity", entity.label, where)
        row = {entity: index for index, entity in enumerate(dict.fromkeys(every))}
        relations = [
            Relation(row[head], row[tail], triple.relation)
            for triple, (head, tail) in typed
            if self._relates(triple, head == tail, where, report)
        ]
        offsets, split = found.offsets, False
        if not found.tokenized and not is_tokenized(found.text):
            offsets, split = split_words(found.text), True
        entities = place(list(row), [entity.extent for entity in row], offsets, where)
        words = [found.text[start:end] for start, end in offsets]
        count_blank(words, report, where)
        report.count("records with 'entityMentions', not used", where, "entityMentions" in found.meta)
        meta = {**found.meta, "triples": [[t.subject, t.relation, t.object] for t in found.triples]}
        sentence = [(0, len(words))]
        doc = Doc(words, entities, relations, found.text, offsets, record.id, meta, where, split, sentence)
        if found.tokenized:
            report.count(INSIDE, where, sum(entity.chars is not None for entity in entities))
            entities = [replace(entity, chars=None) for entity in entities]
            doc = replace(doc, entities=entities, text=None, offsets=None, sentences=None)
        return merge_duplicates(doc, report, where)

    def _relates(self, triple: Triple, itself: bool, where: Place, report: Report) -> bool:
        """Return whether a triple whose ends are placed is a relation between two entities."""
        if triple.relation == self.no_relation:
            what = f"triples with the label {self.no_relation!r}, entities kept, no relation"
            report.count(what, where)
            return False
        count_none(triple.relation, where, report)
        report.use("relation", triple.relation, where)
        if itself:
            report.repair_or_refuse(self.repair, ITSELF, where, _shown(triple))
        return not itself

    def _ends(
        self, triple: Triple, search: NameSearch, where: Place, report: Report
    ) -> tuple[Span, Span] | None:
        """Return the character offsets of subject and object, or None if one of them is not in the text."""
        names = (triple.subject, triple.object)
        if triple.spans is None:
            places = self._searched(names, search, where, report)
        else:
            places = self._published(names, triple.spans, search, where, report)
        lost = [name for name, found in zip(names, places, strict=True) if not found]
        if lost:
            how = "is only there inside a word" if lost[0].strip() in search.text else "is not there"
            report.repair_or_refuse(self.repair, MISSING, where, f"{_shown(triple)}: {lost[0]!r} {how}")
            return None
        first = (places[0][0], places[1][0])
        if self.occurrence == "first" or not _shared(*first):
            return first
        apart = ((a, b) for a in places[0] for b in places[1] if not _shared(a, b))
        return next(apart, first)

    def _published(
        self,
        names: tuple[str, str],
        spans: tuple[Span, Span],
        search: NameSearch,
        where: Place,
        report: Report,
    ) -> list[list[Span]]:
        """Return the published place of each name, followed by all others."""
        places = []
        for name, (start, end) in zip(names, spans, strict=True):
            there = search.text[start:end]
            if WORD.findall(there) != WORD.findall(name):
                detail = f"{name!r} at {start} to {end}, which is {shown(there)}"
                report.repair_or_refuse(self.repair, OTHER_TEXT, where, detail)
            places.append([(start, end), *search.as_words(name)])
        return places

    def _searched(
        self, names: tuple[str, str], search: NameSearch, where: Place, report: Report
    ) -> list[list[Span]]:
        """Return the places of each name as words of the sentence or, if one has none, by the rule for raw text."""
        found = [search.by_words(name) for name in names]
        if not all(one.places for one in found):
            found = [one.extended(search.by_rule(name)) for one, name in zip(found, names, strict=True)]
        for name, one in zip(names, found, strict=True):
            if one.folded and one.places:
                start, end = one.places[0]
                report.repair_or_refuse(self.repair, FOLDED, where, f"{name!r} as {search.text[start:end]!r}")
        return [one.places for one in found]


def _typed(triple: Triple, ends: tuple[Span, Span], types: Mapping[Span, str]) -> tuple[Entity, Entity]:
    """Return the entities of a triple, in characters, with the types of the sentence or else those of the triple."""
    head, tail = (Entity(*span, types.get(span, t)) for span, t in zip(ends, triple.types, strict=True))
    return head, tail


def _shown(triple: Triple) -> str:
    return f"{triple.relation} from {triple.subject!r} to {triple.object!r}"


def _mostly_lost(report: Report, triples: Counter[str]) -> list[Fault]:
    """Return faults for each file whose texts lack more than half of its ``triples``, and the first of those."""
    lost: dict[str, list[Fault]] = {}
    for repair in report.repairs:
        if repair.what.startswith(MISSING):
            lost.setdefault(repair.place.file, []).append(repair)
    faults = []
    for file, found in lost.items():
        if 2 * len(found) > triples[file]:
            what = f"{len(found)} of {triples[file]} triples have a subject or object that is not in the text"
            remedy = f"give names as they stand in the text, as whole words ({WORD_RULE}); the first follow"
            faults.append(Fault(what, file, remedy))
            faults += [Fault(one.what.removeprefix(f"{MISSING}: "), one.place) for one in found[:SHOWN]]
    return faults


def _shared(a: Span, b: Span) -> bool:
    return a[0] < b[1] and b[0] < a[1]
