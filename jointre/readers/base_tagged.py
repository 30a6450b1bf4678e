"""TaggedReader: the base of the readers of files with one word per line, its tag, and relations between last words."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.report import Report
from jointre.data.tags import PREFIXES, Scheme, lenient_spans, split_tag
from jointre.data.validate import count_blank
from jointre.errors import Fault
from jointre.place import Place, Where
from jointre.readers.base_corpus import CorpusReader
from jointre.readers.records import Record, whole


@dataclass(frozen=True)
class Break:
    """Tags of word ``index`` and the word before that do not fit; ``cut`` if one entity cuts off another."""

    index: int
    what: str
    cut: bool


def check_tag(tag: str, scheme: Scheme, where: Where) -> list[Fault]:
    """Return a fault if ``tag`` is neither O nor a prefix of the scheme with a type."""
    prefix, _, label = tag.partition("-")
    if tag == "O" or (len(prefix) == 1 and prefix in PREFIXES[scheme] and label.strip()):
        return []
    names = ", ".join(f"{prefix}-TYPE" for prefix in PREFIXES[scheme])
    return [Fault(f"{tag!r} is not a tag of the scheme {scheme}", where, f"its tags are {names} and O")]


def breaks(tags: Sequence[str], scheme: Scheme) -> list[Break]:
    """Return where the tags of a sentence violate the scheme; an empty list if they are well formed."""
    found, before, has_ends = [], "O", len(PREFIXES[scheme]) == 4
    for index, tag in enumerate([*tags, "O"]):
        (was, held), (kind, label) = split_tag(before), split_tag(tag)
        opened, inner = was in ("B", "I"), kind in ("I", "E")
        joined = opened and inner and held == label
        if inner != joined or (has_ends and opened != joined):
            what = f"{tag} follows {before}" if index < len(tags) else f"the sentence ends after {before}"
            what = what if index else f"{tag} comes first"
            found.append(Break(min(index, len(tags) - 1), what, opened and inner))
        before = tag
    return found


BROKEN = "tags that do not fit the tag before them, read by the lenient rule"
CUT = "sentences in which one entity overwrites another, left out"
INSIDE = "relations to a word inside an entity, moved to the entity"
LOOSE = "relations to a word outside all entities, left out"
ITSELF = "relations of an entity to itself, left out"
TWICE = "duplicate relations, kept once"


@dataclass(frozen=True)
class Link:
    """A relation between the entities that end at the words ``head`` and ``tail``; ``line`` is its line in the file."""

    line: int
    head: int
    tail: int
    label: str


@dataclass
class Sentence:
    """A sentence that begins at ``line`` of a file; ``lines`` and ``tags`` have one item per word."""

    path: str
    line: int
    id: str
    words: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    misplaced: bool = False

    def add(self, number: int, index: str, word: str, tag: str, report: Report) -> None:
        """Add the word of line ``number``; report the first word whose ``index`` is not its position."""
        if whole(index) != len(self.words) and not self.misplaced:
            self.misplaced = True
            what = f"the index of the word is {index!r}, not {len(self.words)}"
            remedy = "words count from 0 in each sentence; how a sentence begins: jointre docs data-formats#columns"
            report.faults.append(Fault(what, self.at(number), remedy))
        self.words.append(word)
        self.tags.append(tag)
        self.lines.append(number)

    def at(self, line: int) -> Place:
        """Return the place of a line."""
        return Place(self.path, line)


class TaggedReader(CorpusReader):
    """Reads a file with one word per line; a subclass groups the lines into sentences.

    Args:
        path: the file, also as ``.gz``; None if it is set later.
        types: a types file, or None.
        scheme: how the tags mark entities.
        repair: True repairs what does not fit and reports each line; False refuses it.
    """

    def __init__(self, path: str | None, types: str | None, scheme: Scheme, repair: bool) -> None:
        super().__init__(path, types)
        self.scheme: Scheme = scheme
        self.repair = repair

    @abstractmethod
    def sentences(self, path: Path, report: Report) -> Iterator[Sentence]:
        """Yield the sentences of a file; lines outside a sentence are faults."""

    def records_of(self, path: Path, report: Report) -> Iterator[Record]:
        """Yield the sentences; a file without any is a fault."""
        found = 0
        for sentence in self.sentences(path, report):
            found += 1
            where = sentence.at(sentence.line)
            yield Record(where, sentence.id or where.name(), sentence)
        if not found and not report.faults:
            report.faults.append(Fault("the file has no sentences", str(path)))

    def parse(self, record: Record, report: Report) -> Doc | None:
        """Return the document of a sentence."""
        sentence: Sentence = record.value
        before = len(report.faults)
        for line, tag in zip(sentence.lines, sentence.tags, strict=True):
            report.faults += check_tag(tag, self.scheme, sentence.at(line))
        self._check_links(sentence, report)
        if len(report.faults) > before:
            return None
        found = breaks(sentence.tags, self.scheme)
        if self.leaves_out(found):
            cut = next(broken.what for broken in found if broken.cut)
            report.repair(CUT, sentence.at(sentence.line), cut)
            return None
        for broken in found:
            at = sentence.at(sentence.lines[broken.index])
            report.repair_or_refuse(self.repair, BROKEN, at, broken.what, bare=True)
        entities = [Entity(*span) for span in lenient_spans(sentence.tags)]
        for entity in entities:
            report.use("entity", entity.label, sentence.at(sentence.lines[entity.start]))
        relations = self._relations(sentence, entities, report)
        count_blank(sentence.words, report, record.where)
        if len(report.faults) > before:
            return None
        return Doc(sentence.words, entities, relations, id=record.id, where=record.where)

    def leaves_out(self, found: list[Break]) -> bool:
        """Return whether a sentence with these breaks is left out of the corpus."""
        return False

    def _check_links(self, sentence: Sentence, report: Report) -> None:
        for link in sentence.links:
            where = sentence.at(link.line)
            for word in sorted({link.head, link.tail}):
                if word >= len(sentence.words):
                    what = f"the relation points to word {word}, the sentence has {len(sentence.words)}"
                    report.faults.append(Fault(what, where, "words count from 0"))
            if not link.label.strip():
                report.faults.append(Fault("the relation has an empty label", where))

    def _relations(self, sentence: Sentence, entities: list[Entity], report: Report) -> list[Relation]:
        relations: dict[Relation, None] = {}
        owner = {word: i for i, entity in enumerate(entities) for word in range(entity.start, entity.end)}
        for link in sentence.links:
            where = sentence.at(link.line)
            report.use("relation", link.label, where)
            ends = [owner.get(link.head), owner.get(link.tail)]
            for word, end in zip((link.head, link.tail), ends, strict=True):
                if end is None or entities[end].end != word + 1:
                    detail = f"{link.label} points to word {word} ({sentence.words[word]!r})"
                    kind = LOOSE if end is None else INSIDE
                    report.repair_or_refuse(self.repair, kind, where, detail, bare=True)
            head, tail = ends
            if head is None or tail is None:
                continue
            relation = Relation(head, tail, link.label)
            detail = f"{link.label} from {link.head} to {link.tail}"
            if head == tail:
                report.repair_or_refuse(self.repair, ITSELF, where, detail, bare=True)
            elif relation in relations:
                report.repair(TWICE, where, detail)
            else:
                relations[relation] = None
        return list(relations)
