"""Read and check the results of the complete runs of an experiment."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from jointre.breakdowns.flat import split_name
from jointre.data.strict_read import load_json
from jointre.errors import DataError, Fault
from jointre.experiments.spec import RunResult
from jointre.metrics.counts import Count, macro

NUMBER = (int, float)
NAMES = {dict: "an object", list: "a list", str: "text", int: "a whole number", NUMBER: "a number"}


class Check:
    """Check the JSON values of one file and collect their faults.

    Args:
        path: the file, for messages.
        remedy: the remedy of every fault.
    """

    def __init__(self, path: Path, remedy: str = "") -> None:
        self.path = path
        self.remedy = remedy
        self.faults: list[Fault] = []

    def fault(self, what: str, key: str = "") -> None:
        """Note a fault of the value at ``key``, or of the whole file."""
        self.faults.append(Fault(what, f"{self.path}: {key}" if key else str(self.path), self.remedy))

    def kind(self, value: Any, kind: Any, key: str = "") -> bool:
        """Return whether a value has a type of `NAMES`; note a fault if not."""
        fits = isinstance(value, kind) and not isinstance(value, bool)
        if not fits:
            self.fault(f"is not {NAMES[kind]}", key)
        return fits

    def kinds(self, data: Any, kinds: Mapping[str, Any], key: str = "") -> bool:
        """Return whether ``data`` is an object with these keys and types; note a fault for each that is wrong."""
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
        """Return whether all values of an object or list have a type; note a fault for each that does not."""
        items = values.items() if isinstance(values, Mapping) else enumerate(values)
        fits = [self.kind(value, kind, f"{key}.{name}") for name, value in items]
        return all(fits)


RECORD = "experiment.json"
RESULT = "result.json"
RERUN = "remove it and repeat jointre experiment run, which then repeats this run"


class SeedFold(NamedTuple):
    """Seed and fold of a run; the fold is None without folds."""

    seed: int
    fold: int | None


@dataclass(frozen=True)
class VariantRecord:
    """A variant in ``experiment.json``; ``runs`` names the variant whose runs it uses, usually itself."""

    name: str
    title: str
    group: str
    changes: tuple[str, ...]
    runs: str


@dataclass(frozen=True)
class ExperimentRecord:
    """The content of ``experiment.json``; fields as in `Experiment`."""

    name: str
    title: str
    variants: tuple[VariantRecord, ...]
    seeds: tuple[int, ...]
    score: tuple[str, ...]
    metrics: tuple[str, ...]
    by: tuple[str, ...]
    reference: str
    folds: int

    def seeds_and_folds(self) -> Iterator[SeedFold]:
        """Yield seed and fold of each run of a variant."""
        for seed in self.seeds:
            for fold in range(self.folds) if self.folds else (None,):
                yield SeedFold(seed, fold)

    def variant(self, name: str) -> VariantRecord:
        """Return the variant of this name."""
        return next(variant for variant in self.variants if variant.name == name)


def load_results(folder: Path) -> tuple[ExperimentRecord, list[RunResult]]:
    """Return the record of an experiment and the results of its complete runs, variant by variant.

    Variants with the same config share their runs: a result is repeated for each of them.

    Raises:
        DataError: if ``experiment.json`` or any ``result.json`` is damaged; with all faults.
    """
    record = read_record(folder)
    read: dict[Path, RunResult | None] = {}
    results: list[RunResult] = []
    faults: list[Fault] = []
    for variant in record.variants:
        for which in record.seeds_and_folds():
            path = run_folder(folder, variant.runs, *which) / RESULT
            if path not in read:
                read[path] = _read_run(path, variant.runs, which, faults) if path.is_file() else None
            if (found := read[path]) is not None:
                results.append(replace(found, variant=variant.name))
    if faults:
        raise DataError(f"the results in {folder} are damaged", faults)
    return record, results


def folder_of(given: str | Path) -> Path:
    """Return the default folder of an experiment: ``runs/NAME``, or the given folder if it contains an experiment.

    Names of built-in experiments are not unique without their folder, so these go to ``runs/sinet-table3``.
    """
    path = Path(given)
    if (path / RECORD).is_file():
        return path
    own = path.is_file() or len(path.parts) < 2
    return Path("runs") / (path.stem if own else "-".join(path.with_suffix("").parts[-2:]))


def run_folder(folder: Path, variant: str, seed: int, fold: int | None) -> Path:
    """Return the folder of a run."""
    run = folder / "runs" / variant / f"seed-{seed}"
    return run if fold is None else run / f"fold-{fold}"


def run_name(folder: Path) -> str:
    """Return ``VARIANT/seed-1/fold-2`` for the folder of a run."""
    return "/".join(folder.parts[-3 if folder.name.startswith("fold-") else -2 :])


def missing(record: ExperimentRecord, results: Sequence[RunResult], corpus: str) -> dict[str, list[SeedFold]]:
    """Return the runs without scores on a corpus, by the variant that owns them; shared runs count once."""
    scored = {
        (record.variant(result.variant).runs, result.seed, result.fold)
        for result in results
        if corpus in result.metrics
    }
    names = dict.fromkeys(variant.runs for variant in record.variants)
    found = {name: [x for x in record.seeds_and_folds() if (name, *x) not in scored] for name in names}
    return {name: runs for name, runs in found.items() if runs}


def strays(folder: Path, record: ExperimentRecord) -> list[Path]:
    """Return the folders of complete runs that do not belong to any variant, seed or fold of the experiment."""
    known = {
        run_folder(folder, variant.runs, *which)
        for variant in record.variants
        for which in record.seeds_and_folds()
    }
    files = [file for depth in ("*/*", "*/*/*") for file in (folder / "runs").glob(f"{depth}/{RESULT}")]
    return sorted({file.parent for file in files} - known)


def read_record(folder: Path) -> ExperimentRecord:
    """Read ``experiment.json``.

    Raises:
        DataError: with all its faults.
    """
    path = folder / RECORD
    data = load_json(path)
    check = Check(path)
    lists = {"rows": list, "seeds": list, "score": list, "metrics": list}
    if check.kinds(data, lists):
        for number, variant in enumerate(data["rows"]):
            check.kinds(variant, {"name": str}, f"rows.{number}")
        check.each(data["seeds"], int, "seeds")
        check.each(data["score"] + data["metrics"], str, "score, metrics")
        check.kind(data.get("folds") or 0, int, "folds")
    if not check.faults:
        names = [variant["name"] for variant in data["rows"]]
        reference = data.get("reference") or next(iter(names), None)
        if reference not in names:
            check.fault(f"unknown variant {reference!r}" if names else "there are no variants", "reference")
    if check.faults:
        raise DataError(f"{path} is damaged", check.faults)
    name = data.get("name") or folder.resolve().name
    return ExperimentRecord(
        name=name,
        title=data.get("title") or name,
        variants=tuple(_variant(variant) for variant in data["rows"]),
        seeds=tuple(data["seeds"]),
        score=tuple(data["score"]),
        metrics=tuple(data["metrics"]),
        by=tuple(data.get("by") or ()),
        reference=str(reference),
        folds=data.get("folds") or 0,
    )


def _variant(data: dict[str, Any]) -> VariantRecord:
    name = data["name"]
    return VariantRecord(
        name,
        data.get("title") or name,
        data.get("group") or "",
        tuple(data.get("changes") or ()),
        data.get("runs") or name,
    )


def _read_run(path: Path, variant: str, which: SeedFold, faults: list[Fault]) -> RunResult | None:
    """Return the result of a run; if it is damaged, add to ``faults`` and return None."""
    try:
        data = load_json(path)
    except DataError as error:
        faults += [Fault(fault.what, fault.where, RERUN) for fault in error.faults]
        return None
    check = Check(path, RERUN)
    if check.kinds(data, {"corpora": dict, "seconds": NUMBER, **({"cost": dict} if "cost" in data else {})}):
        for key, value in zip(("variant", "seed", "fold"), (variant, *which), strict=True):
            if data.get(key) != value:
                check.fault(f"is {data.get(key)!r}, but the file is in the folder of {value!r}", key)
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
        *which,
        folder=path.parent,
        seconds=data["seconds"],
        metrics={name: part["figures"] for name, part in corpora},
        scores={name: part["scores"] for name, part in corpora},
        documents={name: part["documents"] for name, part in corpora},
        cost=data.get("cost"),
    )


Scores = Mapping[str, Mapping[str, Any]]
"""Metric of the config -> ``Metric.to_json``."""


def score_of(metric: str, scores: Scores) -> Mapping[str, Any] | None:
    """Return what the config's metric stored that computes a metric such as ``strict_micro_f``; None if none does.

    If two metrics of the config share a prefix, the last one counts, as in `jointre.evaluate.metric_values`.
    """
    name = split_name(metric)[0]
    prefix = name.rsplit("_", 2)[0]
    found = [
        score
        for given, score in scores.items()
        if name in score.get("figures", ()) or score.get("prefix", given) == prefix
    ]
    return found[-1] if found else None


def protocol(metric: str, scores: Scores) -> str:
    """Return what a metric counts as correct; empty if this is not stored."""
    return str((score_of(metric, scores) or {}).get("protocol", ""))


def pooled(metric: str, folds: Sequence[Scores]) -> float | None:
    """Compute a metric from the counts added up over folds: micro from all counts, macro as the mean over types.

    Return None if counts by type are not stored: for metrics that do not count, and for buckets of a breakdown.
    """
    _, average, key = ("", "", *metric.rsplit("_", 2))[-3:]
    counts: dict[str, Counter[str]] = {}
    for scores in folds:
        score = score_of(metric, scores)
        if score is None or "types" not in score or "@" in metric:
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
    """Add up counts."""
    return Count(
        *(sum(getattr(count, name) for count in counts) for name in ("gold", "predicted", "correct"))
    )
