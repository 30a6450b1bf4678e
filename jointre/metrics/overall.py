"""jointre.overall.v1: one score for entities and relations together."""

from typing import Literal

from jointre.data.doc import Doc
from jointre.metrics.base import Metric
from jointre.metrics.entities import EntityMetric
from jointre.metrics.matching import MatchingMetric
from jointre.metrics.relations import BoundaryMetric, LastWordMetric, StrictMetric
from jointre.registry import registry

RELATIONS: dict[str, type[MatchingMetric]] = {
    "strict": StrictMetric,
    "boundaries": BoundaryMetric,
    "last_word": LastWordMetric,
}


@registry.metrics("jointre.overall.v1")
class OverallMetric(Metric):
    """The mean of the F1 of entities and the F1 of relations, Giorgi et al.'s "overall" (Giorgi et al., Table 1).

    Args:
        relations: protocol of the relations.
    """

    def __init__(self, relations: Literal["strict", "boundaries", "last_word"] = "strict") -> None:
        self.relations = relations
        self.parts: tuple[MatchingMetric, ...] = (EntityMetric(), RELATIONS[relations]())

    @property
    def protocol(self) -> str:  # type: ignore[override]
        """What counts as correct, in words."""
        given = "; gold entities" if self.given else ""
        return f"overall: mean of the F1 of entities and of relations ({self.relations}){given}"

    def update(self, gold: Doc, predicted: Doc) -> None:
        """Add one pair of documents with the same words."""
        for part in self.parts:
            part.update(gold, predicted)

    def compute(self) -> dict[str, float]:
        """Return ``overall_micro_f`` and ``overall_macro_f``."""
        scores = [{name[len(part.prefix) :]: f for name, f in part.compute().items()} for part in self.parts]
        return {f"overall{key}": sum(part[key] for part in scores) / 2 for key in ("_micro_f", "_macro_f")}

    def reset(self, given: bool = False) -> None:
        """See `Metric.reset`."""
        super().reset(given)
        for part in self.parts:
            part.reset(given)
