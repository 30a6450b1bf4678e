"""Check fold lists: each document is in one test list, and in one part of each fold."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from jointre.errors import Fault

SHOWN = 5  # documents that one fault names


def check_tests(
    lists: Sequence[Any], documents: int, where: str, name: Callable[[int], str] = str
) -> list[Fault]:
    """Return the faults of the test lists of all folds; each document must be in exactly one of them, once.

    Args:
        lists: one list of document numbers per fold, as read.
        documents: the number of documents in the corpus.
        where: the file, for messages.
        name: returns the name of a document for messages, from its number.
    """
    faults = [] if len(lists) > 1 else [Fault(f"{len(lists)} folds; there must be 2 or more", where)]
    first: dict[int, int] = {}
    for fold, numbers in enumerate(lists):
        place = f"{where} fold {fold}, test"
        faults += _check_list(numbers, documents, place, name)
        faults += [Fault("it has no document", place)] if numbers == [] else []
        known = _known(numbers, documents)
        twice = [f"{name(number)} (fold {first[number]})" for number in known if number in first]
        if twice:
            what = f"{_documents(twice)} in the test part of an earlier fold, too"
            faults.append(Fault(what, place, "each document is tested in one fold"))
        first.update({number: fold for number in known if number not in first})
    return faults + _missing(set(first), documents, where, "the test part of no fold", name)


def check_folds(
    rows: Sequence[Any],
    parts: Sequence[str],
    documents: int,
    where: str,
    name: Callable[[int], str] = str,
) -> list[Fault]:
    """Return the faults of whole folds: those of `check_tests`, and documents not in exactly one part of a fold.

    Args:
        rows: the folds as read, each an object with one list per part.
        parts: the names of the parts.
        documents, where, name: as in `check_tests`.
    """
    faults = []
    for fold, row in enumerate(rows):
        if not isinstance(row, dict) or set(row) != set(parts):
            what = "not an object with the lists 'train', 'dev' and 'test', and no others"
            faults.append(Fault(what, f"{where} fold {fold}"))
    if faults:
        return faults
    faults = check_tests([row["test"] for row in rows], documents, where, name)
    for fold, row in enumerate(rows):
        place = f"{where} fold {fold}"
        faults += _check_list(row["train"], documents, f"{place}, train", name)
        faults += _check_list(row["dev"], documents, f"{place}, dev", name)
        faults += [Fault("it has no document", f"{place}, train")] if row["train"] == [] else []
        seen: dict[int, str] = {}
        for part in parts:
            known = _known(row[part], documents)
            twice = [f"{name(number)} ({seen[number]})" for number in known if number in seen]
            if twice:
                faults.append(Fault(f"{_documents(twice)} in another part, too", f"{place}, {part}"))
            seen.update({number: part for number in known if number not in seen})
        faults += _missing(set(seen), documents, place, "no part", name)
    return faults


def _check_list(numbers: Any, documents: int, place: str, name: Callable[[int], str]) -> list[Fault]:
    """Return the faults of one list."""
    if not isinstance(numbers, list):
        return [Fault("not a list of document numbers", place)]
    faults = []
    if wrong := [json.dumps(number) for number in numbers if not is_number(number)]:
        faults.append(Fault(f"not a document number: {_some(wrong)}", place, "write whole numbers, from 0"))
    if out := [str(n) for n in numbers if is_number(n) and not 0 <= n < documents]:
        remedy = f"the corpus has the documents 0 to {documents - 1}"
        faults.append(Fault(f"out of range: {_some(out)}", place, remedy))
    times = Counter(number for number in numbers if is_number(number))
    twice = [name(number) for number in _known(numbers, documents) if times[number] > 1]
    if twice:
        faults.append(Fault(f"{_documents(twice)} there more than once", place))
    return faults


def _known(numbers: Any, documents: int) -> list[int]:
    """Return the numbers of a list that are documents, each once."""
    numbers = numbers if isinstance(numbers, list) else []
    return list(dict.fromkeys(n for n in numbers if is_number(n) and 0 <= n < documents))


def _missing(
    seen: set[int], documents: int, where: str, nowhere: str, name: Callable[[int], str]
) -> list[Fault]:
    missing = [name(number) for number in range(documents) if number not in seen]
    return [Fault(f"{_documents(missing)} in {nowhere}", where)] if missing else []


def is_number(value: Any) -> bool:
    """Return whether a JSON value is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def _documents(names: Sequence[str]) -> str:
    return f"document {names[0]} is" if len(names) == 1 else f"{len(names)} documents ({_some(names)}) are"


def _some(names: Sequence[str]) -> str:
    rest = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{rest}"
