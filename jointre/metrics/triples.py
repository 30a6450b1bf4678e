"""jointre.triples.v1: triples of strings, whole or by their last words."""

import unicodedata
from collections.abc import Sequence, Set
from typing import Literal

from jointre.data.doc import Doc
from jointre.data.triples import NO_RELATION, published
from jointre.metrics.counts import Item
from jointre.metrics.items import arguments
from jointre.metrics.matching import MatchingMetric
from jointre.registry import registry

Match = Literal["exact", "partial"]
Unlocated = Literal["missed", "left_out"]
RULES: dict[str, tuple[str, str]] = {
    "exact": ("triples", "triples: relation type and the words of both arguments, wherever they stand"),
    "partial": (
        "triples_partial",
        "triples, partial match: relation type and the last word of both arguments",
    ),
}


@registry.metrics("jointre.triples.v1")
class TriplesMetric(MatchingMetric):
    """Triples of strings, as sets per sentence, by which NYT and WebNLG are scored.

    These corpora annotate which strings are related, not their positions. So an argument is its words, joined by
    blanks, wherever they occur in the sentence; letter case counts, entity types do not.

    Args:
        match: "exact" compares whole arguments; "partial" compares their last words, for the star form of the corpora,
            whose arguments are only last words. Scores are called ``triples_...`` and ``triples_partial_...``.
        unlocated: what happens to gold triples that could not become relations, because their words are not in the
            text or both arguments are one entity (`published`). "missed": they count in recall, as in the papers.
        no_relation: labels that mean "no relation".
    """

    unit = "relations"

    def __init__(
        self,
        match: Match = "exact",
        unlocated: Unlocated = "missed",
        no_relation: Sequence[str] = NO_RELATION,
    ) -> None:
        self.match, self.unlocated, self.no_relation = match, unlocated, tuple(no_relation)
        self.prefix, self.rule = RULES[match]
        super().__init__()

    @property
    def protocol(self) -> str:  # type: ignore[override]
        """What counts as correct, in words."""
        left_out = "; gold that is not in the text left out" if self.unlocated == "left_out" else ""
        return f"{super().protocol}{left_out}"

    def items(self, doc: Doc) -> Set[Item]:
        """Return ``(type, head, tail)`` of the relations, with the arguments as text."""
        found = (
            (relation.label, [doc.words[entity.start : entity.end] for entity in arguments(doc, relation)])
            for relation in doc.relations
        )
        return {self._item(label, *words) for label, words in found if label not in self.no_relation}

    def sides(self, gold: Doc, predicted: Doc) -> tuple[Set[Item], Set[Item]]:
        """Return all items of the prediction, and those of gold with its published triples that have no relation."""
        wanted = self.items(gold)
        if self.unlocated == "missed":
            located = {_plain(item) for item in wanted}
            triples = (t for t in published(gold) or () if t.label not in self.no_relation)
            items = (self._item(t.label, t.head.split(), t.tail.split()) for t in triples)
            wanted = wanted | {item for item in items if _plain(item) not in located}
        return wanted, self.items(predicted)

    def _item(self, label: str, *arguments: Sequence[str]) -> Item:
        return label, *(" ".join(words if self.match == "exact" else words[-1:]) for words in arguments)


def _plain(item: Item) -> Item:
    """Return an item without accents and letter case, which a text may have lost."""
    label, *texts = item
    parts = (unicodedata.normalize("NFKD", str(text).replace("_", " ")).casefold() for text in texts)
    return label, *("".join(char for char in part if not unicodedata.combining(char)) for part in parts)
