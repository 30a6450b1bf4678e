"""Load the ``[folds]`` section of an experiment file: check its keys, then read the plan or make it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_type_hints

from jointre.config.faults import wrong_value
from jointre.data.doc import Doc
from jointre.data.fold_checks import check_tests
from jointre.data.report import CorpusError
from jointre.data.strict_read import load_json
from jointre.errors import DataError, Fault
from jointre.experiments.fold_plan import FoldPlan, name_of, read_corpus, repeated
from jointre.experiments.make_folds import FoldSettings, make_plan, make_tests
from jointre.nearest import did_you_mean

__all__ = ["FoldPlan", "FoldSettings", "load_folds", "read_corpus"]


def load_folds(block: Mapping[str, Any], docs: Sequence[Doc], place: str) -> FoldPlan:
    """Return the plan that a ``[folds]`` section describes.

    The training part of a fold consists of the test lists of the other folds, one after the other. The dev part,
    `dev_size` documents, is then taken out of it according to ``kind``.

    Args:
        block: the keys of the section, as in `FoldSettings`: either ``file`` or ``k``, and others; null is the
            default. ``file`` is relative to the working directory.
        docs: the corpus, from `read_corpus`.
        place: name of the section in messages, such as ``ade.cfg:30 [folds]``.

    Raises:
        DataError: with all faults of the section, or else of the file that it names.
    """
    given = {key: value for key, value in block.items() if value is not None}
    faults = check_block(given, place)
    if not docs:
        faults.append(Fault("the corpus has no documents", place))
    elif not faults and given.get("k", 0) > len(docs):
        faults.append(
            Fault(f"k = {given['k']}, but there are only {len(docs)} documents", place, "use fewer folds")
        )
    if faults:
        raise CorpusError("invalid folds", faults)
    settings = FoldSettings(**given)
    if settings.file is None:
        plan = make_plan(settings, make_tests(docs, settings, place), docs, place)
    else:
        plan = _from_file(settings.file, settings, given, docs, place)
    notices = tuple(repeated(plan.folds, docs))
    return FoldPlan(plan.documents, plan.sha256, plan.folds, plan.made, notices)


def check_block(given: Mapping[str, Any], place: str) -> list[Fault]:
    """Return the faults of the keys of a ``[folds]`` section; no document is needed for this check."""
    faults, known = [], get_type_hints(FoldSettings, include_extras=True)
    for key, value in given.items():
        if key not in known:
            remedy = did_you_mean(key, known) or f"choose from: {', '.join(known)}"
            faults.append(Fault("unknown key", f"{place} {key}", remedy))
        elif wrong := wrong_value(value, known[key]):
            faults.append(wrong.at(f"{place} {key}"))
    if ("file" in given) == ("k" in given):
        remedy = "use file to read folds, k to make them"
        faults.append(Fault("give either 'file' or 'k'", place, remedy))
    return faults


def _from_file(
    file: str, settings: FoldSettings, given: Mapping[str, Any], docs: Sequence[Doc], place: str
) -> FoldPlan:
    """Return the plan in a file, or the plan of the test lists in it."""
    title = f"{file}: invalid folds"
    data = load_json(Path(file))
    if isinstance(data, dict) and "folds" in data:
        remedy = "remove it: the file lists the documents of each part"
        faults = [
            Fault("has no effect with a whole plan", f"{place} {key}", remedy)
            for key in given
            if key != "file"
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
        remedy = 'write {"test": [[0, 7, ...], ...]}: one list of document numbers per fold'
        raise CorpusError(title, [Fault("the file contains no test lists", file, remedy)])
    faults = check_tests(tests, len(docs), file, lambda number: name_of(docs, number))
    if faults:
        raise CorpusError(title, faults)
    return make_plan(settings, tests, docs, place)
