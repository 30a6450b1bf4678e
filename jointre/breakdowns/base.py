"""Breakdown: the contract of everything that divides a corpus into buckets to be scored apart."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from jointre.data.doc import Doc, Relation
from jointre.limits import Limited

Unit = Literal["documents", "relations"]
Part = tuple[str, Doc, Doc]
"""A bucket, and what of the gold and of the predicted document belongs to it."""


class Breakdown(Limited, ABC):
    """Divides pairs of documents into buckets; never sees tensors, keeps nothing from pair to pair.

    Attributes:
        title: what is broken down and how, for humans.
        unit: "documents" if whole documents go into buckets; "relations" if single relations do. The latter says
            nothing of entities, so only metrics whose ``unit`` is relations are broken down by it.
    """

    title: str
    unit: Unit

    @abstractmethod
    def buckets(self) -> Sequence[str] | None:
        """The names of all buckets in order; None if they are found in the data (relation types)."""

    @abstractmethod
    def parts(self, gold: Doc, predicted: Doc) -> Iterable[Part]:
        """The parts of a pair of documents, each bucket at most once.

        Documents: both whole documents, in buckets that the gold document alone decides. Relations: both
        documents with the relations of the bucket only, and with all entities, so that indices stay valid; a
        relation goes into the same bucket whether it is gold or predicted.
        """


class DocumentBreakdown(Breakdown):
    """Each document in one bucket: say with `bucket` in which."""

    unit: Unit = "documents"

    @abstractmethod
    def bucket(self, gold: Doc) -> str:
        """The bucket of a gold document."""

    def parts(self, gold: Doc, predicted: Doc) -> Iterable[Part]:
        """The whole pair, once."""
        return [(self.bucket(gold), gold, predicted)]


class RelationBreakdown(Breakdown):
    """Each relation in one bucket: say with `bucket` in which."""

    unit: Unit = "relations"

    @abstractmethod
    def bucket(self, relation: Relation, doc: Doc) -> str:
        """The bucket of a relation of ``doc``, gold or predicted."""

    def parts(self, gold: Doc, predicted: Doc) -> Iterable[Part]:
        """A part a bucket in which either document has a relation."""
        wanted, found = self._by_bucket(gold), self._by_bucket(predicted)
        for name in sorted(wanted.keys() | found.keys()):
            yield (
                name,
                replace(gold, relations=wanted.get(name, [])),
                replace(predicted, relations=found.get(name, [])),
            )

    def _by_bucket(self, doc: Doc) -> dict[str, list[Relation]]:
        result: dict[str, list[Relation]] = {}
        for relation in doc.relations:
            result.setdefault(self.bucket(relation, doc), []).append(relation)
        return result
