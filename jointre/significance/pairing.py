"""Predictions put beside their gold documents: by position, or by id where the order is another."""

from collections import Counter
from collections.abc import Sequence

from jointre.data.doc import Doc
from jointre.errors import Fault

SHOWN = 3
REMEDY = "compare predictions for the same corpus"


def matched(
    gold: Sequence[Doc], predicted: Sequence[Doc], name: str, other: str = "gold"
) -> tuple[list[Doc], list[Fault]]:
    """The predictions in the order of ``gold``, and everything that keeps them from it.

    Args:
        gold: documents with words.
        predicted: likewise, over the same words.
        name: of the predictions, for messages.
        other: what ``gold`` is called in messages.
    """
    if [doc.words for doc in gold] == [doc.words for doc in predicted]:
        return list(predicted), []
    wanted, found = {doc.id: doc for doc in gold}, {doc.id: doc for doc in predicted}
    if len(wanted) < len(gold) or not wanted.keys() & found.keys():
        return [], _by_position(gold, predicted, name, other)
    twice = [key for key, times in Counter(doc.id for doc in predicted).items() if times > 1]
    possible = [
        _fault(name, twice, "documents that are there more than once", "keep one of each"),
        _fault(
            name,
            [key for key in wanted if key not in found],
            f"documents of {other} that are missing",
            REMEDY,
        ),
        _fault(name, [key for key in found if key not in wanted], f"documents that {other} lacks", REMEDY),
    ]
    differ = [
        (doc, found[key]) for key, doc in wanted.items() if key in found and found[key].words != doc.words
    ]
    faults = [fault for fault in (*possible, _words(name, differ, other)) if fault]
    return [] if faults else [found[key] for key in wanted], faults


def _by_position(gold: Sequence[Doc], predicted: Sequence[Doc], name: str, other: str) -> list[Fault]:
    differ = [pair for pair in zip(gold, predicted, strict=False) if pair[0].words != pair[1].words]
    fault = _words(name, differ, other)
    faults = [fault] if fault else []
    if len(gold) != len(predicted):
        faults.append(Fault(f"{len(predicted)} documents, {other} has {len(gold)}", name, REMEDY))
    return faults


def _words(name: str, differ: Sequence[tuple[Doc, Doc]], other: str) -> Fault | None:
    if not differ:
        return None
    one, two = differ[0]
    first = f"{two.where or two.id} {_start(two)!r}, {one.where or one.id} {_start(one)!r}"
    more = [pair[1].id for pair in differ[1:SHOWN]]
    then = f"; then {', '.join(more)}" if more else ""
    what = f"documents with other words than in {other}: {len(differ)}; the first: {first}{then}"
    return Fault(what, name, REMEDY)


def _start(doc: Doc) -> str:
    text = " ".join(doc.words)
    return text if len(text) <= 40 else f"{text[:40]}..."


def _fault(name: str, ids: Sequence[str], what: str, remedy: str) -> Fault | None:
    if not ids:
        return None
    more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
    return Fault(f"{what}: {len(ids)} ({', '.join(ids[:SHOWN])}{more})", name, remedy)
