"""The contract battery catches a faulty breakdown: one for each clause."""

from dataclasses import replace

import pytest

from jointre.breakdowns import Breakdown, Length, RelationType
from jointre.testing import check_component


class NoUnit(Length):
    unit = "words"  # type: ignore[assignment]


class NoTitle(Length):
    title = ""


class OneName(Length):
    def buckets(self):
        return ["a", "a"]


class OtherNames(Length):
    def bucket(self, gold):
        return "elsewhere"


class Twice(Length):
    def parts(self, gold, predicted):
        return [*super().parts(gold, predicted)] * 2


class Cuts(Length):
    def parts(self, gold, predicted):
        return [("<20", replace(gold, relations=gold.relations[:1]), predicted)]


class LooksAtPrediction(Length):
    def parts(self, gold, predicted):
        return [("20-34" if predicted.relations else "<20", gold, predicted)]


class OwnBucketEach(RelationType):
    """Puts gold and predicted relations into different buckets."""

    def parts(self, gold, predicted):
        yield "gold", gold, replace(predicted, relations=[])
        yield "predicted", replace(gold, relations=[]), predicted


class DropsEntities(RelationType):
    def parts(self, gold, predicted):
        for name, one, other in super().parts(gold, predicted):
            yield name, replace(one, entities=one.entities[:-1]), other


class Sorts(RelationType):
    def parts(self, gold, predicted):
        gold.relations.sort(key=lambda relation: -relation.head)
        yield from super().parts(gold, predicted)


FAULTY = [
    (NoUnit(), "unit is 'words'"),
    (NoTitle(), "title is not a text"),
    (OneName(), "two buckets have the same name"),
    (OtherNames(), "a bucket that is not in buckets"),
    (Twice(), "in a bucket twice"),
    (Cuts(), "is not whole"),
    (LooksAtPrediction(), "the bucket of gold depends on the prediction"),
    (OwnBucketEach(), "a perfect prediction is not perfect"),
    (DropsEntities(), "has other entities"),
    (Sorts(), "changes its documents"),
]


@pytest.mark.parametrize(("breakdown", "message"), FAULTY, ids=lambda value: type(value).__name__)
def test_a_faulty_breakdown_is_caught(breakdown: Breakdown, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_component(breakdown)


def test_a_breakdown_with_overlapping_buckets_is_none_the_worse() -> None:
    class Both(Length):
        """Each sentence in two buckets."""

        def parts(self, gold, predicted):
            return [(name, gold, predicted) for name in ("<20", "20-34")]

    check_component(Both())
