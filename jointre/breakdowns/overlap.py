"""Breakdowns by how the triples of a sentence overlap, and by how many there are."""

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
    """Sentences by their gold triples, in several buckets or in none; a subclass says with `classes` in which."""

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
        """The buckets of a sentence."""

    def parts(self, gold: Doc, predicted: Doc) -> Iterable[Part]:
        """The whole pair, once a class of its gold triples."""
        triples = triples_of(gold, self.identity, self.repeated, self.no_relation)
        return [(name, gold, predicted) for name in self.classes(triples)]


@registry.breakdowns("jointre.overlap.v1")
class Overlap(TripleBreakdown):
    """Sentences by the arguments that gold triples share: none (Normal), an ordered pair (EPO), a single one (SEO).

    A sentence can be both EPO and SEO; one without triples is Normal.

    Args:
        identity: which arguments are the same. "mention", as REDN: those with the same words in the same place and
            the same type. "surface", as papers on NYT and WebNLG: those whose words read the same; with all triples as
            published, where the reader keeps them.
        repeated: "keep" counts a triple that stands there twice as two, which makes it EPO; "drop" counts it once.
        no_relation: labels of relations that are left out.
    """

    title = "overlap of the gold triples; a sentence can be both EPO and SEO"

    def buckets(self) -> Sequence[str]:
        """The three classes."""
        return OVERLAP_CLASSES

    def classes(self, triples: Sequence[Triple]) -> Iterable[str]:
        """Those that hold."""
        return overlap_classes(triples)


@registry.breakdowns("jointre.n_triples.v1")
class NTriples(TripleBreakdown):
    """Sentences with one (Single), two (Double), and three or more gold triples (Multiple); one without is in none.

    Args:
        identity: "mention" counts the relations of the document; "surface" the triples as published, where the reader
            keeps them, and where repeated ones are dropped, those that read the same once.
        repeated: "keep" counts a triple that stands there twice as two; "drop" counts it once.
        no_relation: labels of relations that are left out.
    """

    title = "gold triples in the sentence"

    def buckets(self) -> Sequence[str]:
        """The three classes."""
        return COUNT_CLASSES

    def classes(self, triples: Sequence[Triple]) -> Iterable[str]:
        """At most one."""
        return count_classes(triples)
