"""The classes that a relation head scores for a pair: relation types, with or without a direction."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, overload

import torch
from torch import Tensor

from jointre.data.labels import Labels

Order = Literal["both", "text", "mirrored"]


@dataclass(frozen=True)
class RelationClasses(Sequence[str]):
    """The columns of a relation head: a sequence of their names, which knows the types behind them.

    If a pair comes in ``both`` orders, its relations go from its head to its tail and a column is a type. If it comes
    in the order of the ``text`` alone, they go either way: ``type@>`` from the earlier entity to the later one,
    ``type@<`` from the later one to the earlier one; a type without direction has one column.

    In ``mirrored`` order, a pair comes in both orders with the columns of ``text``: from its head to its tail, or back.
    A relation then has a column in both, and they are decided together (PL-Marker, Section 3).
    """

    labels: Labels
    order: Order = "both"

    @cached_property
    def columns(self) -> tuple[tuple[int, bool], ...]:
        """The relation type of each column, by position in the labels, and whether head and tail are swapped."""
        types = enumerate(self.labels.relations)
        if self.order == "both":
            return tuple((number, False) for number, _ in types)
        ways = ((n, (False,) if name in self.labels.symmetric else (False, True)) for n, name in types)
        return tuple((number, swapped) for number, some in ways for swapped in some)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        twice = {number for number, swapped in self.columns if swapped}
        relations = self.labels.relations
        return tuple(
            f"{relations[n]}{'@<' if swapped else '@>'}" if n in twice else relations[n]
            for n, swapped in self.columns
        )

    @cached_property
    def _place(self) -> dict[tuple[int, bool], int]:
        return {column: place for place, column in enumerate(self.columns)}

    @cached_property
    def _table(self) -> Tensor:
        return torch.tensor(self.columns, dtype=torch.int64).reshape(-1, 2)

    def __len__(self) -> int:
        return len(self.columns)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...

    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        return self.names[place]

    def column(self, relation: int, swapped: bool) -> int | None:
        """Return the column of a relation type from head to tail, or ``swapped``; None if there is none."""
        if self.order != "both" and self.labels.relations[relation] in self.labels.symmetric:
            swapped = False
        return self._place.get((relation, swapped))

    @cached_property
    def mirror(self) -> tuple[int, ...]:
        """The column that each column becomes if head and tail of a pair are exchanged."""
        return tuple(self._place.get((n, not swapped), place) for (n, swapped), place in self._place.items())

    def directed(self, head: Tensor, tail: Tensor, column: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return head, tail and relation type, all [M], of the relations that ``column`` [M] predicts for pairs."""
        relation, swapped = self._table.to(column.device)[column].unbind(1)
        return torch.where(swapped > 0, tail, head), torch.where(swapped > 0, head, tail), relation
