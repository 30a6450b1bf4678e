"""The [folds] section of an experiment file: a fold plan, read from a file or made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from jointre.annotations import Limit
from jointre.config.faults import wrong_value
from jointre.data.doc import Doc
from jointre.data.fold_checks import check_tests
from jointre.data.folds import Fold, digest
from jointre.data.report import CorpusError
from jointre.data.strict_read import load_json
from jointre.errors import DataError, Fault
from jointre.experiments.fold_plan import FoldPlan, name_of, read_corpus, repeated
from jointre.experiments.partition import Kind, partition
from jointre.limits import NonNegativeInt, ProperFraction, TwoOrMore
from jointre.nearest import did_you_mean

__all__ = ["FoldPlan", "FoldSettings", "load_folds", "read_corpus"]


FileName = Annotated[str, Limit(bool, "the path of a file")]


@dataclass(frozen=True)
class FoldSettings:
    """[folds] of an experiment file.

    Args:
        file: a plan that jointre wrote, or test lists: ``{"test": [[...], ...]}`` or the lists alone.
        k: number of folds to make; null where they are read from ``file``.
        kind: "plain": parts at random; "stratified": with the entity and relation types shared out evenly.
        seed: start of the random numbers.
        dev_share: share of the training part that is held out as dev part; 0: none.
        group_duplicates: whether documents with the same words stay in one part, in what is made here.
    """

    file: FileName | None = None
    k: TwoOrMore | None = None
    kind: Kind = "plain"
    seed: NonNegativeInt = 0
    dev_share: ProperFraction = 0.15
    group_duplicates: bool = False


def load_folds(block: Mapping[str, Any], docs: Sequence[Doc], place: str) -> FoldPlan:
    """The plan that a [folds] section asks for.

    The training part of a fold is the test lists of the others, one after the other; the dev part is then taken out
    of it, `dev_size` documents, drawn as ``kind`` says.

    Args:
        block: the keys of the section: those of `FoldSettings`, ``file`` or ``k`` among them; null is the default.
            ``file`` is relative to the working directory.
        docs: the corpus, as `read_corpus` reads it.
        place: how messages name the section: ``ade.cfg:30 [folds]``.

    Raises:
        DataError: with everything that is wrong with the section, or else with the file it names.
    """
    given = {key: value for key, value in block.items() if value is not None}
    faults = check_block(given, place)
    if not docs:
        faults.append(Fault("the corpus has no document", place))
    elif not faults and given.get("k", 0) > len(docs):
        faults.append(Fault(f"k = {given['k']}, but there are {len(docs)} documents", place, "fewer folds"))
    if faults:
        raise CorpusError("these folds cannot be used", faults)
    settings = FoldSettings(**given)
    if settings.file is None:
        plan = _plan(settings, make_tests(docs, settings, place), docs, place)
    else:
        plan = _from_file(settings.file, settings, given, docs, place)
    notices = tuple(repeated(plan.folds, docs))
    return FoldPlan(plan.documents, plan.sha256, plan.folds, plan.made, notices)


def check_block(given: Mapping[str, Any], place: str) -> list[Fault]:
    """What is wrong with the keys of a [folds] section, before any document is read."""
    faults, known = [], get_type_hints(FoldSettings, include_extras=True)
    for key, value in given.items():
        if key not in known:
            remedy = did_you_mean(key, known) or f"the keys are: {', '.join(known)}"
            faults.append(Fault("there is no such key", f"{place} {key}", remedy))
        elif wrong := wrong_value(value, known[key]):
            faults.append(wrong.at(f"{place} {key}"))
    if ("file" in given) == ("k" in given):
        remedy = "file reads the folds of a file, k makes folds"
        faults.append(Fault("give either 'file' or 'k'", place, remedy))
    return faults


def make_tests(docs: Sequence[Doc], settings: FoldSettings, place: str) -> list[list[int]]:
    """Test lists of ``k`` folds, each in corpus order; their sizes differ by one at the most.

    With ``group_duplicates`` they may differ by two more for each further copy of the sentence that occurs most often.
    """
    k = settings.k or 0
    sizes = [len(docs) // k + (fold < len(docs) % k) for fold in range(k)]
    together, seed = settings.group_duplicates, f"{settings.seed} folds"
    tests = partition(docs, range(len(docs)), sizes, settings.kind, together, seed)
    empty = [fold for fold, test in enumerate(tests) if not test]
    if empty:
        what = f"{k} folds, but {k - len(empty)} suffice for all groups of equal sentences"
        raise CorpusError(
            "no folds can be made", [Fault(what, place, "fewer folds, or group_duplicates = false")]
        )
    return tests


def dev_size(share: float, training: int) -> int:
    """Documents held out of a training part: the share, rounded to the nearest (halves up), at least one; 0 for none.

    The rule is the same in every fold, so the sizes differ by no more than those of the training parts.
    """
    return max(1, int(share * training + 0.5)) if share else 0


def _from_file(
    file: str, settings: FoldSettings, given: Mapping[str, Any], docs: Sequence[Doc], place: str
) -> FoldPlan:
    """A plan as it stands in its file, or the plan of the test lists there."""
    title = f"{file}: these folds cannot be used"
    data = load_json(Path(file))
    if isinstance(data, dict) and "folds" in data:
        remedy = "leave it out: the file says which documents are in which part"
        faults = [
            Fault("has no use with a whole plan", f"{place} {key}", remedy) for key in given if key != "file"
        ]
        try:
            plan = FoldPlan.from_json(data, file, lambda number: name_of(docs, number))
            faults += plan.other_corpus(docs, file)
        except DataError as error:
            faults += error.faults
        if faults:
            raise CorpusError(title, faults)
        return plan
    tests = data.get("test") if isinstance(data, dict) else data
    if not isinstance(tests, list):
        remedy = 'write {"test": [[0, 7, ...], ...]}: one list of document numbers a fold'
        raise CorpusError(title, [Fault("there are no test lists", file, remedy)])
    faults = check_tests(tests, len(docs), file, lambda number: name_of(docs, number))
    if faults:
        raise CorpusError(title, faults)
    return _plan(settings, tests, docs, place)


def _plan(
    settings: FoldSettings, tests: Sequence[Sequence[int]], docs: Sequence[Doc], place: str
) -> FoldPlan:
    """The plan of these test lists, with dev parts as the settings say."""
    folds, faults = [], []
    for row, test in enumerate(tests):
        train = [number for other, numbers in enumerate(tests) if other != row for number in numbers]
        dev, rest = _held_out(settings, train, docs, f"{settings.seed} dev {row}")
        if not rest or (settings.dev_share and not dev):
            what = (
                f"fold {row}: dev_share = {settings.dev_share} of {len(train)} documents leaves a part empty"
            )
            faults.append(Fault(what, place, "another dev_share, or 0"))
        folds.append(Fold(tuple(rest), tuple(dev), tuple(test)))
    if faults:
        raise CorpusError("no dev parts can be made", faults)
    made = {key: value for key, value in vars(settings).items() if value is not None}
    return FoldPlan(len(docs), digest(docs), tuple(folds), made)


def _held_out(
    settings: FoldSettings, train: list[int], docs: Sequence[Doc], seed: str
) -> tuple[list[int], list[int]]:
    """The dev part of a training part, and the rest."""
    size = min(dev_size(settings.dev_share, len(train)), len(train))
    if size in (0, len(train)):
        return train[:size], train[size:]
    dev, rest = partition(
        docs, train, [size, len(train) - size], settings.kind, settings.group_duplicates, seed
    )
    return dev, rest
