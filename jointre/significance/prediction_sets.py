"""Find files of predictions from names on the command line: one file, one run, or the runs of a row."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from jointre.data.doc import Doc
from jointre.data.strict_read import unreadable
from jointre.errors import DataError, Fault
from jointre.experiments.results.read import RECORD, RESULT, read_record, run_name

PREDICTIONS = "predictions.{}.jsonl"
NUMBERED = re.compile(r"(seed|fold)-(\d+)")
WANTED = "pass a file of predictions, the folder of a run that an experiment scored, or EXPERIMENT/runs/ROW"


class RunKey(NamedTuple):
    """Seed and fold of a run; None if its folder has none."""

    seed: int | None = None
    fold: int | None = None


@dataclass(frozen=True)
class PredictionSet:
    """The predictions of one system.

    Args:
        name: the name that the user gave.
        runs: the run folders by seed and fold; empty for a single file.
        file: the file, if it is one.
    """

    name: str
    runs: dict[RunKey, Path]
    file: Path | None = None

    def corpora(self) -> set[str]:
        """Return the corpora that every run has predictions for."""
        beginning, end = PREDICTIONS.split("{}")
        each = [
            {path.name[len(beginning) : -len(end)] for path in folder.glob(PREDICTIONS.format("*"))}
            for folder in self.runs.values()
        ]
        return set.intersection(*each) if each else set()

    def files(self, corpus: str | None) -> dict[RunKey, str]:
        """Return the files of predictions, as names for `open_data`."""
        if self.file is not None or corpus is None:
            return {RunKey(): self.name}
        return {key: str(folder / PREDICTIONS.format(corpus)) for key, folder in self.runs.items()}


def find_set(name: str) -> PredictionSet:
    """Return the predictions in a file, in the folder of a run, or in the folder of a row's runs.

    Raises:
        DataError: nothing is there, or some of the runs are not complete; with all faults.
    """
    folder = _of_row(Path(name))
    if name.startswith("sample:") or folder.is_file():
        return PredictionSet(name, {}, folder)
    if not folder.is_dir():
        raise DataError("predictions cannot be read", [unreadable(folder, FileNotFoundError(), outputs=True)])
    runs = dict(_runs(folder, RunKey()))
    several = len(runs) > 1 or folder not in runs.values()
    halves = [path for path in runs.values() if several and not (path / RESULT).is_file()]
    remedy = "continue the experiment: jointre experiment run EXPERIMENT"
    faults = [Fault(f"{run_name(path)} is not complete", str(path), remedy) for path in halves]
    found = PredictionSet(name, runs)
    if not faults and not found.corpora():
        faults.append(Fault("there are no predictions in this folder", name, _advice(folder)))
    if faults:
        raise DataError("predictions cannot be read", faults)
    return found


def choose_corpus(sets: Sequence[PredictionSet], wanted: str | None) -> tuple[str | None, list[Fault]]:
    """Return the corpus whose predictions are compared (None for files), and what is wrong with it."""
    folders = [found for found in sets if found.file is None]
    if not folders:
        fault = Fault("--corpus has no effect on files of predictions", "--corpus", "leave it out")
        return None, [fault] if wanted else []
    common = set.intersection(*(found.corpora() for found in folders))
    if wanted is not None:
        without = [found for found in folders if wanted not in found.corpora()]
        return wanted, [
            Fault(f"no {PREDICTIONS.format(wanted)}", found.name, f"available: {', '.join(sorted(found.corpora()))}")
            for found in without
        ]  # fmt: skip
    if len(common) == 1:
        return common.pop(), []
    each = "; ".join(f"{found.name}: {', '.join(sorted(found.corpora()))}" for found in folders)
    if common:
        return None, [Fault("there are predictions for several corpora", each, "choose one with --corpus")]
    return None, [Fault("there is no corpus that both have predictions for", each)]


def check_paired(a: PredictionSet, b: PredictionSet) -> list[Fault]:
    """Return why the runs of A and B cannot be paired by seed and fold.

    Two single runs that were named directly are a pair, whatever their seeds.
    """
    faults = [fault for one in (a, b) for fault in _uneven(one)]
    ours, theirs = set(a.runs) or {RunKey()}, set(b.runs) or {RunKey()}
    if ours == theirs or (len(ours) == len(theirs) == 1 and RunKey() in ours | theirs):
        return faults
    remedy = "train the missing seeds and folds, or compare single runs"
    lacking = [(a.name, theirs - ours), (b.name, ours - theirs)]
    return faults + [
        Fault(f"there is no run of {_places(keys)}, which the other has", name, remedy)
        for name, keys in lacking
        if keys
    ]


def _uneven(one: PredictionSet) -> list[Fault]:
    """Report seeds without a fold that another seed has."""
    folds = {key.fold for key in one.runs}
    whole = {key._replace(fold=fold) for key in one.runs for fold in folds}
    lacking = whole - set(one.runs)
    remedy = "continue the experiment: jointre experiment run EXPERIMENT"
    return [Fault(f"there is no run of {_places(lacking)}", one.name, remedy)] if lacking else []


def _places(keys: set[RunKey]) -> str:
    def text(key: RunKey) -> str:
        parts = [f"{what} {number}" for what, number in key._asdict().items() if number is not None]
        return " ".join(parts) or "its own"

    return ", ".join(text(key) for key in sorted(keys, key=lambda key: (key.seed or 0, key.fold or 0)))


def _runs(folder: Path, key: RunKey) -> Iterator[tuple[RunKey, Path]]:
    """Return the runs in a folder: in ``seed-*`` and ``fold-*`` below it, or the folder itself."""
    inner = sorted(
        (found[1], int(found[2]), path)
        for path in folder.iterdir()
        if path.is_dir() and (found := NUMBERED.fullmatch(path.name))
    )
    for kind, number, path in inner:
        yield from _runs(path, key._replace(**{kind: number}))
    if not inner:
        yield key, folder


def _of_row(path: Path) -> Path:
    """Return the folder of the runs of a row; rows with the same config share the runs of one of them."""
    experiment = path.parent.parent
    if path.exists() or path.parent.name != "runs" or not (experiment / RECORD).is_file():
        return path
    shared = {variant.name: variant.runs for variant in read_record(experiment).variants}
    return path.parent / shared.get(path.name, path.name)


def _advice(folder: Path) -> str:
    if not (folder / RECORD).is_file():
        return WANTED
    variants = read_record(folder).variants
    rows = ", ".join(str(folder / "runs" / variant.name) for variant in variants)
    return f"choose one of its variants: {rows}"


SHOWN = 3
REMEDY = "compare predictions for the same corpus"


def matched(
    gold: Sequence[Doc], predicted: Sequence[Doc], name: str, other: str = "gold"
) -> tuple[list[Doc], list[Fault]]:
    """Return the predictions in the order of ``gold``, and everything that prevents this.

    Args:
        gold: documents.
        predicted: documents that should have the same text, or without a text the same words.
        name: name of the predictions, for messages.
        other: name of ``gold`` in messages.
    """
    if [_content(doc) for doc in gold] == [_content(doc) for doc in predicted]:
        return list(predicted), []
    wanted, found = {doc.id: doc for doc in gold}, {doc.id: doc for doc in predicted}
    if len(wanted) < len(gold) or not wanted.keys() & found.keys():
        return [], _by_position(gold, predicted, name, other)
    twice = [key for key, times in Counter(doc.id for doc in predicted).items() if times > 1]
    possible = [
        _fault(name, twice, "documents that occur more than once", "keep one of each"),
        _fault(
            name,
            [key for key in wanted if key not in found],
            f"documents of {other} that are missing",
            REMEDY,
        ),
        _fault(name, [key for key in found if key not in wanted], f"documents that {other} lacks", REMEDY),
    ]
    differ = [
        (doc, found[key])
        for key, doc in wanted.items()
        if key in found and _content(found[key]) != _content(doc)
    ]
    faults = [fault for fault in (*possible, _words(name, differ, other)) if fault]
    return [] if faults else [found[key] for key in wanted], faults


def _content(doc: Doc) -> str | list[str]:
    """Return what two documents must share: the text, which may be split into other words, or else the words."""
    return doc.words if doc.text is None else doc.text


def _by_position(gold: Sequence[Doc], predicted: Sequence[Doc], name: str, other: str) -> list[Fault]:
    differ = [pair for pair in zip(gold, predicted, strict=False) if _content(pair[0]) != _content(pair[1])]
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
    what = f"documents whose words differ from {other}: {len(differ)}; the first: {first}{then}"
    return Fault(what, name, REMEDY)


def _start(doc: Doc) -> str:
    text = " ".join(doc.words)
    return text if len(text) <= 40 else f"{text[:40]}..."


def _fault(name: str, ids: Sequence[str], what: str, remedy: str) -> Fault | None:
    if not ids:
        return None
    more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
    return Fault(f"{what}: {len(ids)} ({', '.join(ids[:SHOWN])}{more})", name, remedy)
