"""Corpora of triples: WebNLG and NYT as they were published for joint extraction, and others in their forms."""

from typing import Literal, get_args

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.report import Report
from jointre.data.validate import merge_duplicates
from jointre.errors import Fault
from jointre.limits import InputPath
from jointre.readers.corpus import CorpusReader
from jointre.readers.keys import keys_of
from jointre.readers.pairs import ENTITY, told_none
from jointre.readers.records import Record
from jointre.readers.triple_forms import (
    WORD,
    Form,
    Span,
    Triple,
    Triples,
    fold,
    form_of,
    occurrences,
    read_triples,
)
from jointre.registry import registry

Occurrence = Literal["first", "apart"]
MISSING = "triples whose subject or object is not in the text, left out"
ITSELF = "triples from an entity to itself, left out"
FOLDED = "subjects and objects found only without accents and letter case"
OTHER_TEXT = "subjects and objects that are not what stands at their place, which counts"


@registry.readers("jointre.triples.v1")
class TriplesReader(CorpusReader):
    """Sentences with triples of strings; all entities have the label ``Entity``.

    ``spo``: ``tokens``, ``spo_list`` and, with the spans, ``spo_details`` (WebNLG). ``triple_list``: ``text`` and
    ``triple_list`` (the star corpora, whose entities are their last words). ``mentions``: ``sentText`` and
    ``relationMentions`` with ``em1Text``, ``em2Text``, ``label`` (NYT). Words of a text stand between blanks.

    Published spans are taken as they are. Other strings are searched at all places of the text, as whole words; if they
    stand nowhere, once more without accents and letter case. ``meta["triples"]`` has all triples as published, also
    those that are left out.

    Args:
        path: a JSON list or JSON Lines, either also as ``.gz``, or a folder of ``*.jsonl``.
        types: a types file, or None.
        form: "spo", "triple_list" or "mentions"; None: by the keys of each record.
        occurrence: "first": an entity is the first place of its string. "apart": if subject and object share a word
            there, the first two places that do not, where there are any.
        no_relation: the label that says that no relation holds.
        repair: True leaves out triples that cannot be held, and tells every place; False refuses them.
    """

    def __init__(
        self,
        path: InputPath | None,
        types: InputPath | None = None,
        form: Form | None = None,
        occurrence: Occurrence = "first",
        no_relation: str = "None",
        repair: bool = True,
    ) -> None:
        for name, value, known in (
            ("form", form, (*get_args(Form), None)),
            ("occurrence", occurrence, get_args(Occurrence)),
        ):
            if value not in known:
                raise ValueError(f"{name} is {value!r}; it is one of {', '.join(map(str, known))}")
        super().__init__(path, types)
        self.form: Form | None = form
        self.occurrence: Occurrence = occurrence
        self.no_relation = no_relation
        self.repair = repair

    def parse(self, record: Record, report: Report) -> Doc | None:
        """The document of a sentence."""
        keys = keys_of(record, report)
        if keys is None:
            return None
        form = self.form or form_of(keys.value)
        if form is None:
            remedy = "give tokens and spo_list, text and triple_list, or sentText and relationMentions"
            report.faults.append(Fault("the record has no triples in a known form", record.where, remedy))
            return None
        found = read_triples(keys, form)
        if keys.faults:
            report.faults.extend(keys.faults)
            return None
        return self._document(found, record, report)

    def _document(self, found: Triples, record: Record, report: Report) -> Doc:
        entities: list[Entity] = []
        relations: list[Relation] = []
        for triple in found.triples:
            spans = self._spans(triple, found.words, record.where, report)
            if spans is None:
                continue
            ends = [Entity(*span, ENTITY) for span in spans]
            entities += [entity for entity in dict.fromkeys(ends) if entity not in entities]
            for entity in ends:
                report.use("entity", entity.label, record.where)
            if triple.relation == self.no_relation:
                what = f"triples with the label {self.no_relation!r}, entities kept, no relation"
                report.count(what, record.where)
                continue
            told_none(triple.relation, record.where, report)
            report.use("relation", triple.relation, record.where)
            if ends[0] == ends[1]:
                self._odd(ITSELF, record.where, _shown(triple), report)
                continue
            relations.append(Relation(entities.index(ends[0]), entities.index(ends[1]), triple.relation))
        blank = sum(not word.strip() for word in found.words)
        report.count("words without a visible character", record.where, blank)
        report.count("records with 'entityMentions', not used", record.where, "entityMentions" in found.meta)
        meta = {**found.meta, "triples": [[t.subject, t.relation, t.object] for t in found.triples]}
        doc = Doc(found.words, entities, relations, found.text, found.offsets, record.id, meta, record.where)
        return merge_duplicates(doc, report, record.where)

    def _spans(
        self, triple: Triple, words: list[str], where: str, report: Report
    ) -> tuple[Span, Span] | None:
        """Where subject and object stand; None if one of them does not."""
        arguments = (triple.subject, triple.object)
        if triple.spans is None:
            places = [self._places(argument, words, where, report) for argument in arguments]
            if not all(places):
                self._odd(MISSING, where, _shown(triple), report)
                return None
        else:
            for argument, (start, end) in zip(arguments, triple.spans, strict=True):
                if words[start:end] != WORD.findall(argument):
                    self._odd(OTHER_TEXT, where, f"{argument!r} at {start} to {end}", report)
            places = [
                [span, *occurrences(words, argument)]
                for argument, span in zip(arguments, triple.spans, strict=True)
            ]
        first = (places[0][0], places[1][0])
        if self.occurrence == "first" or not _shared(*first):
            return first
        apart = ((a, b) for a in places[0] for b in places[1] if not _shared(a, b))
        return next(apart, first)

    def _places(self, argument: str, words: list[str], where: str, report: Report) -> list[Span]:
        found = occurrences(words, argument)
        if not found:
            found = occurrences([fold(word) for word in words], fold(argument))
            if found:
                start, end = found[0]
                detail = f"{argument!r} as {' '.join(words[start:end])!r}"
                self._odd(FOLDED, where, detail, report)
        return found

    def _odd(self, what: str, where: str, detail: str, report: Report) -> None:
        """Something to leave out or to let pass, or to refuse."""
        if self.repair:
            report.repair(what, where, detail)
        else:
            what = what.split(", ")[0]
            report.faults.append(Fault(f"{what}: {detail}", where, "correct it, or set repair = true"))


def _shown(triple: Triple) -> str:
    return f"{triple.relation} from {triple.subject!r} to {triple.object!r}"


def _shared(a: Span, b: Span) -> bool:
    return a[0] < b[1] and b[0] < a[1]
