"""Breakdown: the contract of everything that divides a corpus into buckets that are scored separately."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Literal

from jointre.data.doc import Doc, Relation
from jointre.limits import Limited
from jointre.metrics.base import Metric

Unit = Literal["documents", "relations"]
Part = tuple[str, Doc, Doc]
"""A bucket, and the parts of the gold and of the predicted document that belong to it."""


class Breakdown(Limited, ABC):
    """Divides pairs of documents into buckets; never sees tensors and keeps no state from pair to pair.

    Attributes:
        title: what is divided and how, in words.
        unit: "documents" if whole documents go into buckets; "relations" if single relations do. The latter does not
            apply to entities, so only metrics whose ``unit`` is relations are broken down by it.
    """

    title: str
    unit: Unit

    @abstractmethod
    def buckets(self) -> Sequence[str] | None:
        """Return the names of all buckets in order; None if they depend on the data (relation types)."""

    @abstractmethod
    def parts(self, gold: Doc, predicted: Doc) -> Iterable[Part]:
        """Return the parts of a pair of documents, each bucket at most once.

        Documents: both whole documents, in buckets that depend only on the gold document. Relations: both documents
        with only the relations of the bucket, and with all entities, so that indices stay valid; a relation belongs to
        the same bucket whether it is gold or predicted.
        """

    def measured(self, metric: Metric, buckets: Sequence[str]) -> dict[str, Metric]:
        """Return what each bucket computes for a metric of the config, with nothing scored yet: a copy of the metric.

        Buckets that have nothing to compute for it are left out: no bucket of relations has a metric over entities.
        """
        if self.unit == "relations" and metric.unit != self.unit:
            return {}
        copies = {bucket: deepcopy(metric) for bucket in buckets}
        for copy in copies.values():
            copy.reset(metric.given)
        return copies


class DocumentBreakdown(Breakdown):
    """Puts each document into the one bucket that `bucket` returns."""

    unit: Unit = "documents"

    @abstractmethod
    def bucket(self, gold: Doc) -> str:
        """Return the bucket of a gold document."""

    def parts(self, gold: Doc, predicted: Doc) -> Iterable[Part]:
        """Return the whole pair, once."""
        return [(self.bucket(gold), gold, predicted)]


class RelationBreakdown(Breakdown):
    """Puts each relation into the one bucket that `bucket` returns."""

    unit: Unit = "relations"

    @abstractmethod
    def bucket(self, relation: Relation, doc: Doc) -> str:
        """Return the bucket of a relation of ``doc``, gold or predicted."""

    def parts(self, gold: Doc, predicted: Doc) -> Iterable[Part]:
        """Return one part for each bucket in which either document has a relation."""
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
