"""What the complete runs of an experiment found, read from its folder and checked."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jointre.breakdowns.flat import split_name
from jointre.data.strict_read import load_json
from jointre.errors import DataError, Fault
from jointre.experiments.spec import RunResult
from jointre.metrics.counts import Count, macro

NUMBER = (int, float)
NAMES = {dict: "an object", list: "a list", str: "text", int: "a whole number", NUMBER: "a number"}


class Check:
    """Faults of one file.

    Args:
        path: of the file, for messages.
        remedy: what to do about any of the faults.
    """

    def __init__(self, path: Path, remedy: str = "") -> None:
        self.path = path
        self.remedy = remedy
        self.faults: list[Fault] = []

    def fault(self, what: str, key: str = "") -> None:
        """Note a fault of the value at ``key``, or of the file."""
        self.faults.append(Fault(what, f"{self.path}: {key}" if key else str(self.path), self.remedy))

    def kind(self, value: Any, kind: Any, key: str = "") -> bool:
        """Whether a value is of a kind of `NAMES`; a fault if not."""
        fits = isinstance(value, kind) and not isinstance(value, bool)
        if not fits:
            self.fault(f"is not {NAMES[kind]}", key)
        return fits

    def kinds(self, data: Any, kinds: Mapping[str, Any], key: str = "") -> bool:
        """Whether ``data`` is an object with these keys, each of its kind; a fault for each that is not."""
        if not self.kind(data, dict, key):
            return False
        before = len(self.faults)
        for name, kind in kinds.items():
            place = f"{key}.{name}" if key else name
            if name not in data:
                self.fault("is missing", place)
            else:
                self.kind(data[name], kind, place)
        return len(self.faults) == before

    def each(self, values: Mapping[str, Any] | list[Any], kind: Any, key: str) -> bool:
        """Whether all values of an object or a list are of a kind; a fault for each that is not."""
        items = values.items() if isinstance(values, Mapping) else enumerate(values)
        fits = [self.kind(value, kind, f"{key}.{name}") for name, value in items]
        return all(fits)


FACTS = "experiment.json"
RESULT = "result.json"
AGAIN = "remove it and run the experiment again: that run is then repeated"
Place = tuple[int, int | None]
"""Seed and fold of a run; the fold is None without folds."""


@dataclass(frozen=True)
class FactRow:
    """One row of the tables of an experiment; ``runs`` is the variant in whose folder its runs lie."""

    name: str
    title: str
    group: str
    changes: tuple[str, ...]
    runs: str


@dataclass(frozen=True)
class Facts:
    """What ``experiment.json`` says: the rows, and which runs each of them is made of. Fields as in `Experiment`."""

    name: str
    title: str
    rows: tuple[FactRow, ...]
    seeds: tuple[int, ...]
    score: tuple[str, ...]
    metrics: tuple[str, ...]
    by: tuple[str, ...]
    reference: str
    folds: int

    def places(self) -> Iterator[Place]:
        """Seed and fold of each run of a row."""
        for seed in self.seeds:
            for fold in range(self.folds) if self.folds else (None,):
                yield seed, fold

    def row(self, name: str) -> FactRow:
        """The row of this name."""
        return next(row for row in self.rows if row.name == name)


def load_results(folder: Path) -> tuple[Facts, list[RunResult]]:
    """The facts of an experiment and its complete runs, row by row; rows with the same config share theirs.

    Raises:
        DataError: ``experiment.json`` or any ``result.json`` is damaged; all faults, with their files.
    """
    facts = read_facts(folder)
    read: dict[Path, RunResult | None] = {}
    results: list[RunResult] = []
    faults: list[Fault] = []
    for row in facts.rows:
        for place in facts.places():
            path = run_folder(folder, row.runs, *place) / RESULT
            if path not in read:
                read[path] = _read_run(path, row.runs, place, faults) if path.is_file() else None
            if (found := read[path]) is not None:
                results.append(replace(found, variant=row.name))
    if faults:
        raise DataError(f"the results in {folder} cannot be used", faults)
    return facts, results


def folder_of(given: str | Path) -> Path:
    """Where an experiment goes if nothing else is said: ``runs/NAME``, or the folder itself if it is one that ran.

    Built-in ones, of which several have one name, go to ``runs/sinet-table3``.
    """
    path = Path(given)
    if (path / FACTS).is_file():
        return path
    own = path.is_file() or len(path.parts) < 2
    return Path("runs") / (path.stem if own else "-".join(path.with_suffix("").parts[-2:]))


def run_folder(folder: Path, variant: str, seed: int, fold: int | None) -> Path:
    """Where a run lies in the folder of its experiment."""
    run = folder / "runs" / variant / f"seed-{seed}"
    return run if fold is None else run / f"fold-{fold}"


def run_name(folder: Path) -> str:
    """``VARIANT/seed-1/fold-2`` of a run's folder."""
    return "/".join(folder.parts[-3 if folder.name.startswith("fold-") else -2 :])


def missing(facts: Facts, results: Sequence[RunResult], corpus: str) -> dict[str, list[Place]]:
    """The runs without scores on a corpus, by the variant in whose folder they belong: shared ones count once."""
    there = {
        (facts.row(result.variant).runs, result.seed, result.fold)
        for result in results
        if corpus in result.figures
    }
    names = dict.fromkeys(row.runs for row in facts.rows)
    lacks = {name: [place for place in facts.places() if (name, *place) not in there] for name in names}
    return {name: places for name, places in lacks.items() if places}


def strays(folder: Path, facts: Facts) -> list[Path]:
    """Complete runs on disk that belong to no row, seed or fold of the experiment (any more)."""
    known = {run_folder(folder, row.runs, *place) for row in facts.rows for place in facts.places()}
    files = [file for depth in ("*/*", "*/*/*") for file in (folder / "runs").glob(f"{depth}/{RESULT}")]
    return sorted({file.parent for file in files} - known)


def read_facts(folder: Path) -> Facts:
    """The facts of ``experiment.json``; a DataError with everything that is wrong with it."""
    path = folder / FACTS
    data = load_json(path)
    check = Check(path)
    lists = {"rows": list, "seeds": list, "score": list, "metrics": list}
    if check.kinds(data, lists):
        for number, row in enumerate(data["rows"]):
            check.kinds(row, {"name": str}, f"rows.{number}")
        check.each(data["seeds"], int, "seeds")
        check.each(data["score"] + data["metrics"], str, "score, metrics")
        check.kind(data.get("folds") or 0, int, "folds")
    if not check.faults:
        names = [row["name"] for row in data["rows"]]
        reference = data.get("reference") or next(iter(names), None)
        if reference not in names:
            check.fault(f"there is no row {reference!r}" if names else "there are no rows", "reference")
    if check.faults:
        raise DataError(f"{path} cannot be used", check.faults)
    name = data.get("name") or folder.resolve().name
    return Facts(
        name=name,
        title=data.get("title") or name,
        rows=tuple(_row(row) for row in data["rows"]),
        seeds=tuple(data["seeds"]),
        score=tuple(data["score"]),
        metrics=tuple(data["metrics"]),
        by=tuple(data.get("by") or ()),
        reference=str(reference),
        folds=data.get("folds") or 0,
    )


def _row(row: dict[str, Any]) -> FactRow:
    name = row["name"]
    changes = tuple(row.get("changes") or ())
    return FactRow(name, row.get("title") or name, row.get("group") or "", changes, row.get("runs") or name)


def _read_run(path: Path, variant: str, place: Place, faults: list[Fault]) -> RunResult | None:
    """The result of a run; None, with what is wrong added to ``faults``, where it cannot be used."""
    try:
        data = load_json(path)
    except DataError as error:
        faults += [Fault(fault.what, fault.where, AGAIN) for fault in error.faults]
        return None
    check = Check(path, AGAIN)
    if check.kinds(data, {"corpora": dict, "seconds": NUMBER}):
        for key, value in zip(("variant", "seed", "fold"), (variant, *place), strict=True):
            if data.get(key) != value:
                check.fault(f"is {data.get(key)!r}, but the file lies where {value!r} belongs", key)
        for name, part in data["corpora"].items():
            key = f"corpora.{name}"
            if check.kinds(part, {"documents": int, "figures": dict, "scores": dict}, key):
                check.each(part["figures"], NUMBER, f"{key}.figures")
                check.each(part["scores"], dict, f"{key}.scores")
    if check.faults:
        faults += check.faults
        return None
    corpora = data["corpora"].items()
    return RunResult(
        variant,
        *place,
        folder=path.parent,
        seconds=data["seconds"],
        figures={name: part["figures"] for name, part in corpora},
        scores={name: part["scores"] for name, part in corpora},
        documents={name: part["documents"] for name, part in corpora},
    )


Scores = Mapping[str, Mapping[str, Any]]
"""Metric, as the config names it, -> ``Metric.to_json``."""


def score_of(figure: str, scores: Scores) -> Mapping[str, Any] | None:
    """What the metric of a figure stored; None if no metric has such a figure.

    Two metrics may share the prefix of their figures; the last one then gives the figure, as in `figures`.
    """
    name = split_name(figure)[0]
    prefix = name.rsplit("_", 2)[0]
    found = [
        score
        for metric, score in scores.items()
        if name in score.get("figures", ()) or score.get("prefix", metric) == prefix
    ]
    return found[-1] if found else None


def protocol(figure: str, scores: Scores) -> str:
    """What counts as correct for a figure; empty if that is not stored."""
    return str((score_of(figure, scores) or {}).get("protocol", ""))


def pooled(figure: str, folds: Sequence[Scores]) -> float | None:
    """A figure of the counts added up over folds: micro from all of them, macro as a mean over types.

    None where counts by type are not stored: for a metric that does not count, or one bucket of a breakdown.
    """
    _, average, key = ("", "", *figure.rsplit("_", 2))[-3:]
    counts: dict[str, Counter[str]] = {}
    for scores in folds:
        score = score_of(figure, scores)
        if score is None or "types" not in score or "@" in figure:
            return None
        for label, count in score["types"].items():
            part = {name: count[name] for name in ("gold", "predicted", "correct")}
            counts.setdefault(label, Counter()).update(part)
    types = [Count(c["gold"], c["predicted"], c["correct"]) for c in counts.values()]
    if average == "macro":
        shares = macro(count.scores for count in types)
    elif average == "micro":
        shares = sum_of(types).scores
    else:
        return None
    return float(shares._asdict()[key])


def sum_of(counts: Sequence[Count]) -> Count:
    """Counts added up."""
    return Count(
        *(sum(getattr(count, name) for count in counts) for name in ("gold", "predicted", "correct"))
    )
