"""Breakdowns by what a sentence is like: its length, how much is in it."""

from abc import abstractmethod
from collections.abc import Sequence

from jointre.breakdowns.base import DocumentBreakdown
from jointre.breakdowns.bounds import Bounds
from jointre.data.doc import Doc
from jointre.registry import registry


class CountBreakdown(DocumentBreakdown):
    """Sentences by a number; a subclass says with ``title`` and `count` which."""

    def __init__(self, bounds: Sequence[int]) -> None:
        self._ranges = Bounds(bounds, type(self).__name__)

    @abstractmethod
    def count(self, gold: Doc) -> int:
        """The number that decides."""

    def buckets(self) -> Sequence[str]:
        """The ranges."""
        return self._ranges.names

    def bucket(self, gold: Doc) -> str:
        """The range of `count`."""
        return self._ranges.name(self.count(gold))


@registry.breakdowns("jointre.length.v1")
class Length(CountBreakdown):
    """Sentences by number of words; by default the buckets of SpERT (Figure 3).

    Args:
        bounds: the first length of each bucket but the first, in words, ascending.
    """

    title = "sentence length in words"

    def __init__(self, bounds: Sequence[int] = (20, 35, 51)) -> None:
        super().__init__(bounds)

    def count(self, gold: Doc) -> int:
        """Words."""
        return len(gold.words)


@registry.breakdowns("jointre.n_entities.v1")
class NEntities(CountBreakdown):
    """Sentences by number of gold entities.

    Args:
        bounds: the first number of each bucket but the first, ascending.
    """

    title = "gold entities in the sentence"

    def __init__(self, bounds: Sequence[int] = (2, 3, 4, 5, 7)) -> None:
        super().__init__(bounds)

    def count(self, gold: Doc) -> int:
        """Gold entities; one that stands there twice counts once."""
        return len(set(gold.entities))


@registry.breakdowns("jointre.n_relations.v1")
class NRelations(CountBreakdown):
    """Sentences by number of gold relations; by default 0, 1, 2, 3, 4 and more.

    Args:
        bounds: the first number of each bucket but the first, ascending.
    """

    title = "gold relations in the sentence"

    def __init__(self, bounds: Sequence[int] = (1, 2, 3, 4, 5)) -> None:
        super().__init__(bounds)

    def count(self, gold: Doc) -> int:
        """Gold relations; one that stands there twice counts once."""
        entities = gold.entities
        return len({(entities[r.head], entities[r.tail], r.label) for r in gold.relations})
