"""Breakdowns by how the triples of a sentence overlap, and by their number."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence

from jointre.breakdowns.base import Breakdown, Part, Unit
from jointre.data.doc import Doc
from jointre.data.triples import (
    COUNT_CLASSES,
    NO_RELATION,
    OVERLAP_CLASSES,
    Identity,
    Repeated,
    Triple,
    count_classes,
    overlap_classes,
    triples_of,
)
from jointre.registry import registry


class TripleBreakdown(Breakdown):
    """Divides sentences by their gold triples, each into several buckets or none; a subclass defines `classes`."""

    unit: Unit = "documents"

    def __init__(
        self,
        identity: Identity = "mention",
        repeated: Repeated = "keep",
        no_relation: Sequence[str] = NO_RELATION,
    ) -> None:
        self.identity, self.repeated, self.no_relation = identity, repeated, tuple(no_relation)

    @abstractmethod
    def classes(self, triples: Sequence[Triple]) -> Iterable[str]:
        """Return the buckets of a sentence."""

    def parts(self, gold: Doc, predicted: Doc) -> Iterable[Part]:
        """Return the whole pair, once for each class of its gold triples."""
        triples = triples_of(gold, self.identity, self.repeated, self.no_relation)
        return [(name, gold, predicted) for name in self.classes(triples)]


@registry.breakdowns("jointre.overlap.v1")
class Overlap(TripleBreakdown):
    """Sentences by the arguments that gold triples share: none (Normal), an ordered pair (EPO), a single argument
    (SEO).

    A sentence can be both EPO and SEO; one without triples is Normal.

    Args:
        identity: which arguments are the same. "mention", as in REDN: those with the same words in the same place and
            the same type. "surface", as in papers on NYT and WebNLG: those with the same string; all published triples
            are counted, if the reader keeps them.
        repeated: "keep" counts a repeated triple twice, which makes its sentence EPO; "drop" counts it once.
        no_relation: labels of relations that are left out.
    """

    title = "overlap of the gold triples; a sentence can be both EPO and SEO"

    def buckets(self) -> Sequence[str]:
        """Return the three classes."""
        return OVERLAP_CLASSES

    def classes(self, triples: Sequence[Triple]) -> Iterable[str]:
        """Return the classes that apply."""
        return overlap_classes(triples)


@registry.breakdowns("jointre.n_triples.v1")
class NTriples(TripleBreakdown):
    """Sentences with one (Single), two (Double), and three or more gold triples (Multiple); without triples in none.

    Args:
        identity: "mention" counts the relations of the document; "surface" counts the published triples, if the reader
            keeps them, and if repeated triples are dropped, triples with the same strings are counted once.
        repeated: "keep" counts a repeated triple twice; "drop" counts it once.
        no_relation: labels of relations that are left out.
    """

    title = "gold triples in the sentence"

    def buckets(self) -> Sequence[str]:
        """Return the three classes."""
        return COUNT_CLASSES

    def classes(self, triples: Sequence[Triple]) -> Iterable[str]:
        """Return at most one class."""
        return count_classes(triples)
