"""Decoding with constraints on the types of a relation's arguments."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from jointre.data.labels import Labels, Triple
from jointre.data.stages import Prediction
from jointre.decoders.base import Decoder
from jointre.errors import BuildError, Fault
from jointre.nearest import did_you_mean
from jointre.registry import registry

PLACE = "model.decoder.triples"


@registry.decoders("jointre.type_triples.v1")
class TypeTriplesDecoder(Decoder):
    """Keeps relations whose head type, relation type and tail type are allowed together.

    A symmetric relation is allowed in both directions. No entity is left out, except an untyped span that was kept
    only for its relation.

    Args:
        triples: the allowed triples, each ``["Person", "Work_For", "Company"]``; null for those that occur in the
            training corpus, which the model folder contains.
        decoder: a decoder that is applied first, for instance ``jointre.flat.v1``; null for none.
    """

    def __init__(
        self, triples: list[tuple[str, str, str]] | None = None, decoder: Decoder | None = None
    ) -> None:
        self.triples = None if triples is None else [(head, label, tail) for head, label, tail in triples]
        self.decoder = decoder

    def build(self, labels: Labels) -> None:
        """Give each triple of types a number.

        Raises:
            BuildError: a triple has an unknown type, or there are no triples of a training corpus; with all faults.
        """
        if self.decoder is not None:
            self.decoder.build(labels)
        triples = labels.triples if self.triples is None else self.triples
        if triples is None:
            what = "the triples of the training corpus are unknown, because this model was made without them"
            fault = Fault(what, PLACE, "name the triples here, or train the model again")
            raise BuildError("components do not fit", [fault])
        if faults := list(_unknown(triples, labels)):
            raise BuildError("components do not fit", faults)
        both = [(tail, label, head) for head, label, tail in triples if label in labels.symmetric]
        entity = {name: number for number, name in enumerate(labels.entities, start=1)}
        relation = {name: number for number, name in enumerate(labels.relations)}
        rows = [(entity[head], relation[label], entity[tail]) for head, label, tail in {*triples, *both}]
        self.sizes = len(labels.relations), len(labels.entities) + 1
        self.allowed = self._numbers(*torch.tensor(sorted(rows), dtype=torch.int64).reshape(-1, 3).unbind(1))

    def __call__(self, found: Prediction) -> Prediction:
        """Return the relations with allowed types."""
        if self.decoder is not None:
            found = self.decoder(found)
        head, tail = found.entity_label[found.head], found.entity_label[found.tail]
        number = self._numbers(head, found.label, tail)
        return found.only(relations=torch.isin(number, self.allowed.to(number.device)))

    def _numbers(self, head: Tensor, label: Tensor, tail: Tensor) -> Tensor:
        """Return one number for each triple of classes."""
        n_relations, n_classes = self.sizes
        return (head * n_relations + label) * n_classes + tail


def _unknown(triples: Iterable[Triple], labels: Labels) -> Iterable[Fault]:
    """Report types that the model does not have, each once."""
    for kind, known, places in (("entity", labels.entities, (0, 2)), ("relation", labels.relations, (1,))):
        named = dict.fromkeys(triple[place] for triple in triples for place in places)
        for name in named:
            if name not in known:
                yield Fault(f"unknown {kind} type: {name!r}", PLACE, _choices(name, known))


def _choices(name: str, known: Sequence[str]) -> str:
    return did_you_mean(name, known) or f"known: {', '.join(known) or 'none'}"
