"""Make folds: test lists, and the plan with the dev part of each fold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from jointre.annotations import Limit
from jointre.data.doc import Doc
from jointre.data.folds import Fold, digest
from jointre.data.report import CorpusError
from jointre.errors import Fault
from jointre.experiments.fold_plan import FoldPlan
from jointre.experiments.partition import Kind, partition
from jointre.limits import NonNegativeInt, ProperFraction, TwoOrMore

FileName = Annotated[str, Limit(bool, "the path of a file")]


@dataclass(frozen=True)
class FoldSettings:
    """The ``[folds]`` section of an experiment file.

    Args:
        file: a plan written by jointre, or test lists: ``{"test": [[...], ...]}`` or only the lists.
        k: number of folds to make; null if they are read from ``file``.
        kind: "plain": random parts; "stratified": each part gets its share of every entity and relation type.
        seed: random seed.
        dev_share: share of the training part that is held out as the dev part; 0: none.
        group_duplicates: whether to keep documents with the same words in one part of the folds made here.
    """

    file: FileName | None = None
    k: TwoOrMore | None = None
    kind: Kind = "plain"
    seed: NonNegativeInt = 0
    dev_share: ProperFraction = 0.15
    group_duplicates: bool = False


def make_tests(docs: Sequence[Doc], settings: FoldSettings, place: str) -> list[list[int]]:
    """Return the test lists of ``k`` folds, each in corpus order; their sizes differ by at most one.

    With ``group_duplicates``, if a sentence occurs ``g`` times, each size may be off by ``g - 1``.

    Raises:
        DataError: if ``group_duplicates`` leaves a fold empty.
    """
    k = settings.k or 0
    sizes = [len(docs) // k + (fold < len(docs) % k) for fold in range(k)]
    together, seed = settings.group_duplicates, f"{settings.seed} folds"
    tests = partition(docs, range(len(docs)), sizes, settings.kind, together, seed)
    empty = [fold for fold, test in enumerate(tests) if not test]
    if empty:
        what = f"{k} folds, but {k - len(empty)} hold all groups of equal sentences"
        raise CorpusError(
            "the folds cannot be made", [Fault(what, place, "use fewer folds, or group_duplicates = false")]
        )
    return tests


def dev_size(share: float, training: int) -> int:
    """Return the size of a dev part: ``share * training``, rounded half up and at least 1, or 0 if ``share`` is 0.

    The rule is the same in every fold, so dev sizes differ by no more than the sizes of the training parts.
    """
    return max(1, int(share * training + 0.5)) if share else 0


def make_plan(
    settings: FoldSettings, tests: Sequence[Sequence[int]], docs: Sequence[Doc], place: str
) -> FoldPlan:
    """Return the plan of these test lists, with dev parts as configured.

    Raises:
        DataError: if ``dev_share`` leaves a part of a fold empty.
    """
    folds, faults = [], []
    for fold, test in enumerate(tests):
        train = [number for other, numbers in enumerate(tests) if other != fold for number in numbers]
        dev, rest = _held_out(settings, train, docs, f"{settings.seed} dev {fold}")
        if not rest or (settings.dev_share and not dev):
            what = (
                f"fold {fold}: dev_share = {settings.dev_share} of {len(train)} documents leaves a part empty"
            )
            faults.append(Fault(what, place, "use another dev_share, or 0"))
        folds.append(Fold(tuple(rest), tuple(dev), tuple(test)))
    if faults:
        raise CorpusError("the dev parts cannot be made", faults)
    made = {key: value for key, value in vars(settings).items() if value is not None}
    return FoldPlan(len(docs), digest(docs), tuple(folds), made)


def _held_out(
    settings: FoldSettings, train: list[int], docs: Sequence[Doc], seed: str
) -> tuple[list[int], list[int]]:
    """Divide a training part into the dev part and the rest."""
    size = min(dev_size(settings.dev_share, len(train)), len(train))
    if size in (0, len(train)):
        return train[:size], train[size:]
    dev, rest = partition(
        docs, train, [size, len(train) - size], settings.kind, settings.group_duplicates, seed
    )
    return dev, rest
