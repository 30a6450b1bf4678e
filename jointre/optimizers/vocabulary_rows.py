"""Update only those rows of a vocabulary's embeddings that have occurred in training, with the result of all rows."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.adamw import adamw

LARGE = 10_000
"""Number of rows from which a table of embeddings counts as a vocabulary."""

State = dict[str, Any]


def give_row_gradients(model: nn.Module) -> bool:
    """Give the vocabularies of a model sparse gradients, of the rows in a batch; return whether it has any vocabulary.

    This is done only on a CPU, where a gradient of mostly zeros takes a noticeable part of an update; on a GPU, finding
    the rows makes the host wait. Networks that are compiled keep dense gradients, and so do tables that two modules
    share.
    """
    parts = list(model.modules())
    if any(part._compiled_call_impl is not None for part in parts):
        return False
    uses = Counter(id(own) for part in parts for own in part.parameters(recurse=False))
    tables = [part for part in parts if isinstance(part, nn.Embedding) and _is_vocabulary(part)]
    tables = [table for table in tables if uses[id(table.weight)] == 1]
    for table in tables:
        table.sparse = True
    return bool(tables)


def _is_vocabulary(table: nn.Embedding) -> bool:
    weight = table.weight
    return weight.requires_grad and weight.device.type == "cpu" and len(weight) >= LARGE


class VocabularyRows(Optimizer):
    """Lets an Adam keep moments only for rows of a vocabulary that have occurred; a base class, before the Adam.

    The result is that of dense gradients. A row that has never occurred has moments of zero, so only weight decay
    changes it. Memory and time of an update then depend on the pieces that occur in a corpus, not on the vocabulary.

    The state of such a table has ``rows`` [R] int64, the numbers of the rows in the order in which they occurred, and
    moments [C, D] of these rows, with C - R rows of zeros as reserve.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._places: dict[Tensor, Tensor] = {}

    def rate_and_decay(self, group: Mapping[str, Any]) -> tuple[float, float]:
        """Return the learning rate and the weight decay with which torch's AdamW makes the updates of a group."""
        return float(group["lr"]), float(group["weight_decay"])

    def updates(self, state: State) -> Tensor:
        """Return the number of updates that a parameter has had, a scalar in its state, which the kernel increases."""
        number: Tensor = state.setdefault("step", torch.tensor(0.0))
        return number

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> Any:
        """Update all parameters that have a gradient, sparse or dense."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state.get(parameter, {})
                by_rows = "rows" in state
                if parameter.grad.is_sparse and (by_rows or not state):
                    self._update_rows(group, parameter, parameter.grad.coalesce())
                    parameter.grad = None
                elif parameter.grad.is_sparse:
                    parameter.grad = parameter.grad.to_dense()
                elif by_rows:
                    self._make_dense(parameter, state)
        return super().step(closure)

    def load_state_dict(self, state_dict: Any) -> None:
        """Load a state, of rows or dense."""
        super().load_state_dict(state_dict)
        self._places.clear()
        for state in self.state.values():
            if "rows" in state:
                state["rows"] = state["rows"].long()  # torch has given it the type of the parameter

    def _update_rows(self, group: Mapping[str, Any], table: Tensor, gradient: Tensor) -> None:
        """Update the rows that have occurred, and let all others decay."""
        lr, decay = self.rate_and_decay(group)
        if decay:
            table.mul_(1.0 - lr * decay)
        state, numbers = self.state[table], gradient.indices()[0]
        places = self._occurred(table, state, numbers)
        rows = state["rows"]
        weights = table.index_select(0, rows)
        of_rows = torch.zeros_like(weights).index_copy_(0, places.index_select(0, numbers), gradient.values())
        adamw(
            [weights],
            [of_rows],
            [state["exp_avg"][: len(rows)]],
            [state["exp_avg_sq"][: len(rows)]],
            [],
            [self.updates(state)],
            foreach=False,
            fused=True,
            amsgrad=False,
            beta1=group["betas"][0],
            beta2=group["betas"][1],
            lr=lr,
            weight_decay=0.0,
            eps=group["eps"],
            maximize=False,
        )
        table.index_copy_(0, rows, weights)

    def _occurred(self, table: Tensor, state: State, numbers: Tensor) -> Tensor:
        """Add rows to the state that are new in it; return the place of each row of the table in the state, else -1."""
        if not state:
            empty = table.new_zeros(0, table.shape[1])
            state.update(rows=numbers.new_zeros(0), exp_avg=empty, exp_avg_sq=empty)
        rows, places = state["rows"], self._places.get(table)
        if places is None:
            places = self._places[table] = torch.full((len(table),), -1)
            places[rows] = torch.arange(len(rows))
        new = numbers[places.index_select(0, numbers) < 0]
        if len(new):
            places[new] = torch.arange(len(rows), len(rows) + len(new))
            state["rows"] = torch.cat([rows, new])
            if len(state["rows"]) > len(state["exp_avg"]):
                reserve = state["exp_avg"].new_zeros(len(state["rows"]), table.shape[1])
                for name in ("exp_avg", "exp_avg_sq"):
                    state[name] = torch.cat([state[name], reserve])
        return places

    def _make_dense(self, table: Tensor, state: State) -> None:
        """Give all rows of a table moments, because all have a gradient."""
        rows = state.pop("rows")
        for name in ("exp_avg", "exp_avg_sq"):
            state[name] = torch.zeros_like(table).index_copy_(0, rows, state[name][: len(rows)])
        self._places.pop(table, None)
