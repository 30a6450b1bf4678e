"""How scores of a relation head become relations, and what goes into its loss."""

import pytest
import torch

from jointre.errors import BuildError
from jointre.losses.entropy import BinaryCrossEntropy, CrossEntropy
from jointre.relation_heads.decision import Decision
from jointre.training.setup import refuse_losses


def test_every_type_by_itself_from_its_threshold_on():
    output = Decision(threshold=0.4).output(torch.tensor([[0.4, 0.39999], [0.9, 0.8]]).logit())
    assert output.holds.tolist() == [[True, False], [True, True]]


def test_one_class_a_pair_and_class_0_is_no_relation():
    decision = Decision("softmax")
    assert decision.width(2) == 3 and Decision().width(2) == 2
    output = decision.output(torch.tensor([[3.0, 1.0, 2.0], [0.0, 1.0, 2.0], [0.0, 2.0, 1.0]]))
    assert output.holds.tolist() == [[False, False], [False, True], [True, False]]
    assert output.probs[1].tolist() == pytest.approx([0.24473, 0.66524], abs=1e-5)


def test_targets():
    hot = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    assert Decision("softmax").targets(hot).tolist() == [0, 2, 1, 1]
    assert Decision("softmax").targets(hot[:0]).shape == (0,)
    assert Decision().targets(hot) is hot


def test_a_loss_that_takes_other_targets_is_refused_before_training():
    terms = {"entity": "classes", "relation": "multi_hot"}
    refuse_losses(terms, {"entity": CrossEntropy(), "relation": BinaryCrossEntropy()})
    with pytest.raises(BuildError, match="2 problems") as error:
        refuse_losses({**terms, "relation": "classes"}, {"relation": BinaryCrossEntropy()})
    assert "no loss for the term 'entity'" in str(error.value)
    assert "[training.losses.relation]" in str(error.value) and "jointre.cross_entropy.v1" in str(error.value)
