"""The head keeps the contract of jointre, and never predicts what the types do not allow."""

import pytest
import torch
from jointre.data.labels import Labels
from jointre.data.relation_classes import RelationClasses
from jointre.data.stages import PairDims, PairFeatures
from jointre.errors import BuildError
from jointre.relation_heads import LinearRelationHead
from jointre.testing import check_component

from jointre_type_mask import TypeMaskHead

LABELS = Labels(
    ("Org", "Person"),
    ("knows", "leads"),
    frozenset({"knows"}),
    frozenset({("Person", "knows", "Person"), ("Person", "leads", "Org")}),
)


def head(activation: str = "sigmoid", order: str = "both") -> TypeMaskHead:
    """Return a built head over sides of three numbers."""
    made = TypeMaskHead(LinearRelationHead(activation=activation))
    made.build(PairDims(3), RelationClasses(LABELS, order))
    return made.eval()


def features(types: list[list[int]]) -> PairFeatures:
    """Return pairs with these types."""
    index = torch.arange(len(types))
    return PairFeatures(torch.ones(len(types), 3), index, index, (), index, types=torch.tensor(types))


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_contract(activation: str) -> None:
    check_component(TypeMaskHead(LinearRelationHead(activation=activation)))
    check_component(TypeMaskHead(LinearRelationHead(activation=activation)), PairDims(6, summary=3))


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_only_allowed_types_have_a_probability(activation: str) -> None:
    pairs = features([[2, 2], [2, 1], [1, 2], [0, 1]])
    likely = head(activation)(pairs, 4).probs > 1e-6
    assert likely.tolist() == [[True, False], [False, True], [False, False], [False, False]]


def test_directions_have_masks_of_their_own() -> None:
    made = head("softmax", "text")  # knows, leads@>, leads@<
    likely = made(features([[2, 2], [2, 1], [1, 2]]), 3).probs > 1e-6
    assert likely.tolist() == [[True, False, False], [False, True, False], [False, False, True]]


def test_unknown_types_are_refused() -> None:
    made = TypeMaskHead(LinearRelationHead(), [("Person", "leads", "Planet")])
    with pytest.raises(BuildError, match="Planet"):
        made.build(PairDims(3), RelationClasses(LABELS))
