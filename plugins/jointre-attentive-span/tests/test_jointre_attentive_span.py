"""The poolers keep the contract of jointre, and their weights are those of a softmax."""

import pytest
import torch
from jointre.data.stages import View
from jointre.testing import check_component

from jointre_attentive_span import AttentivePooler, HeadWordPooler, attended


@pytest.mark.parametrize(
    "pooler", [AttentivePooler(), AttentivePooler(queries=4), AttentivePooler(hidden=5), HeadWordPooler(6)]
)
def test_contract(pooler: AttentivePooler) -> None:
    check_component(pooler)


def test_widths_that_the_toy_data_does_not_have() -> None:
    check_component(AttentivePooler(queries=12), dims=24)
    with pytest.raises(AssertionError, match="no multiple"):
        check_component(AttentivePooler(queries=12))


def test_the_result_is_a_weighted_mean() -> None:
    states = torch.tensor([[[1.0, 0.0], [0.0, 2.0], [5.0, 5.0]]])
    view = View(states, torch.ones(1, 3, dtype=torch.bool), "word")
    scores = torch.tensor([[[0.0], [torch.log(torch.tensor(3.0))], [9.0]]])
    pooled = attended(view, torch.tensor([0, 0]), torch.tensor([[0, 2], [1, 1]]), scores)
    assert torch.allclose(pooled, torch.tensor([[0.25, 1.5], [0.0, 0.0]]))
