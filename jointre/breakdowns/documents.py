"""Breakdowns by the length of a sentence, and by how many annotations it has."""

from abc import abstractmethod
from collections.abc import Sequence

from jointre.breakdowns.base import DocumentBreakdown
from jointre.breakdowns.bounds import Bounds
from jointre.data.doc import Doc
from jointre.registry import registry


class CountBreakdown(DocumentBreakdown):
    """Divides sentences by a number; a subclass defines ``title`` and `count`."""

    def __init__(self, bounds: Sequence[int]) -> None:
        self._ranges = Bounds(bounds, type(self).__name__)

    @abstractmethod
    def count(self, gold: Doc) -> int:
        """Return the number that decides."""

    def buckets(self) -> Sequence[str]:
        """Return the ranges."""
        return self._ranges.names

    def bucket(self, gold: Doc) -> str:
        """Return the range of `count`."""
        return self._ranges.name(self.count(gold))


@registry.breakdowns("jointre.length.v1")
class Length(CountBreakdown):
    """Sentences by number of words; by default in the four buckets of SpERT (SpERT, Figure 3).

    Args:
        bounds: the first length of each bucket except the first bucket, in words, ascending.
    """

    title = "sentence length in words"

    def __init__(self, bounds: Sequence[int] = (20, 35, 51)) -> None:
        super().__init__(bounds)

    def count(self, gold: Doc) -> int:
        """Return the number of words."""
        return len(gold.words)


@registry.breakdowns("jointre.n_entities.v1")
class NEntities(CountBreakdown):
    """Sentences by number of gold entities.

    Args:
        bounds: the first number of each bucket except the first bucket, ascending.
    """

    title = "gold entities in the sentence"

    def __init__(self, bounds: Sequence[int] = (2, 3, 4, 5, 7)) -> None:
        super().__init__(bounds)

    def count(self, gold: Doc) -> int:
        """Return the number of gold entities; one that is annotated twice counts once."""
        return len(set(gold.entities))


@registry.breakdowns("jointre.n_relations.v1")
class NRelations(CountBreakdown):
    """Sentences by number of gold relations; by default 0, 1, 2, 3, 4, and more.

    Args:
        bounds: the first number of each bucket except the first bucket, ascending.
    """

    title = "gold relations in the sentence"

    def __init__(self, bounds: Sequence[int] = (1, 2, 3, 4, 5)) -> None:
        super().__init__(bounds)

    def count(self, gold: Doc) -> int:
        """Return the number of gold relations; one that is annotated twice counts once."""
        entities = gold.entities
        return len({(entities[r.head], entities[r.tail], r.label) for r in gold.relations})
