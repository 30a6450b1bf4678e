"""The notes below a table of an experiment: what its numbers are, and which runs are missing."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from jointre.breakdowns.errors import is_error_share
from jointre.breakdowns.flat import split_name
from jointre.console import number_of, percent
from jointre.experiments.results.read import SeedFold, run_name
from jointre.experiments.results.summary import Summary

SHARES = {"p": "P", "r": "R", "f": "F1"}
MARK = "†"
FEW = 8


def metric_name(metric: str) -> str:
    """Return "strict micro F1, length >50" for ``strict_micro_f@length:>50``."""
    name, breakdown, bucket = split_name(metric)
    *words, share = name.split("_")
    text = " ".join([*words, SHARES.get(share, share)])
    return f"{text}, {breakdown} {bucket}" if breakdown else text


def less_is_better(metric: str) -> bool:
    """Return whether a smaller value of a metric is the better one."""
    return is_error_share(split_name(metric)[0])


def kind_of(metrics: Iterable[str]) -> str:
    """Return what the columns contain: "F1" if all of them do, else "score"."""
    f1 = all(split_name(metric)[0].endswith("_f") for metric in metrics)
    return "F1" if f1 else "score"


def spread(mean: float | None, sd: float | None) -> str:
    """Return ``89.12 ± 0.34``, or only the mean if there is no standard deviation."""
    return percent(mean) if sd is None else f"{percent(mean)} ± {percent(sd)}"


def notes(summary: Summary) -> tuple[str, ...]:
    """Return the notes of a table of means, one paragraph each."""
    fewer = (f"{MARK} Fewer {summary.unit}s than other variants.",) if has_fewer(summary) else ()
    return (
        how(summary),
        corpus(summary),
        *protocols(summary),
        *missing_runs(summary),
        *fewer,
        *stray_runs(summary),
    )


def notes_of_runs(summary: Summary) -> tuple[str, ...]:
    """Return the notes of a table of single runs, one paragraph each."""
    return (
        "Each run, x100.",
        corpus(summary),
        *protocols(summary),
        *missing_runs(summary),
        *stray_runs(summary),
    )


def how(summary: Summary) -> str:
    """Describe the values, their deviation, and what the differences refer to."""
    parts = [_mean(summary)]
    if any(cell.pooled is not None for found in summary.variants for cell in found.cells.values()):
        parts.append(_pooled(summary))
    if len(summary.variants) > 1:
        parts.append(f"Δ: difference to {summary.reference.variant.title}")
    return f"{'; '.join(parts)}."


def _mean(summary: Summary) -> str:
    experiment, kind = summary.experiment, kind_of(summary.metrics)
    if summary.unit == "fold":
        text = f"Mean of folds: mean of {kind}s over n folds ± sample standard deviation over folds"
        return f"{text} (one seed, {experiment.seeds[0]}), x100"
    if experiment.folds:
        text = "Mean of folds: mean over n seeds ± sample standard deviation over seeds, x100, of the mean"
        text += f" {kind} over the {experiment.folds} folds of a seed"
        return f"{text} (a seed counts once all its folds are complete)"
    if len(experiment.seeds) == 1:
        return f"{kind} of one seed ({experiment.seeds[0]}), x100"
    return f"Mean of {kind}s over n seeds ± sample standard deviation, x100"


def _pooled(summary: Summary) -> str:
    kind = kind_of(summary.metrics)
    if summary.unit == "fold":
        return f"pooled: {kind} of the counts added up over these folds"
    return f"pooled: the same of the {kind} of the counts added up over the folds of a seed"


def what(summary: Summary) -> str:
    """Describe one value of a variant."""
    kind = kind_of(summary.metrics)
    of_a_seed = summary.experiment.folds and summary.unit == "seed"
    return f"{kind} of a seed: mean over its folds" if of_a_seed else kind


def corpus(summary: Summary) -> str:
    """Name the corpus and its number of documents."""
    sizes = sorted(set().union(*(found.documents for found in summary.variants)))
    text = f"Corpus: {summary.corpus}"
    if sizes:
        size = str(sizes[0]) if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
        text += f", {size} document{'' if sizes == [1] else 's'}"
        text += f" in {summary.experiment.folds} folds" if summary.experiment.folds else ""
    return f"{text}."


def protocols(summary: Summary) -> Iterator[str]:
    """Yield what counts as correct, each protocol once, with its variants where they differ in it."""
    only: dict[str, list[str]] = {}
    for metric in summary.metrics:
        found: dict[str, list[str]] = {}
        for variant in summary.variants:
            if protocol := variant.protocols.get(metric):
                found.setdefault(protocol, []).append(variant.variant.title)
        for protocol, titles in found.items():
            only.setdefault(protocol, titles if len(found) > 1 else [])
    for protocol, titles in only.items():
        variants = f" (only in {', '.join(dict.fromkeys(titles))})" if titles else ""
        yield f"{protocol[:1].upper()}{protocol[1:]}{variants}."


def has_fewer(summary: Summary) -> bool:
    """Return whether any variant has fewer values than another."""
    return any(found.n < summary.n for found in summary.variants)


def stray_runs(summary: Summary) -> Iterator[str]:
    """Yield a note about complete runs that do not belong to the experiment, if there are any."""
    if summary.strays:
        names = ", ".join(map(run_name, summary.strays[:FEW]))
        more = f" and {len(summary.strays) - FEW} more" if len(summary.strays) > FEW else ""
        text = number_of(len(summary.strays), "run")
        yield f"Left out: {text} of no variant, seed or fold of the experiment ({names}{more})."


def missing_runs(summary: Summary) -> Iterator[str]:
    """Yield a note about the runs that are missing, unless all are complete."""
    if count := sum(map(len, summary.missing.values())):
        variants = "; ".join(f"{name} ({_places(runs)})" for name, runs in summary.missing.items())
        verb = "is" if count == 1 else "are"
        yield f"{count} of {number_of(summary.total, 'run')} {verb} missing: {variants}."


def _places(runs: Sequence[SeedFold]) -> str:
    """Return ``seeds 1, 2`` or ``seed 0: folds 3, 4``."""
    if runs[0].fold is None:
        return _listed("seed", [run.seed for run in runs])
    by_seed = groupby(runs, key=lambda run: run.seed)
    parts = [f"seed {seed}: {_listed('fold', [run.fold for run in of])}" for seed, of in by_seed]
    return "; ".join(parts[:FEW]) + (f"; {len(parts) - FEW} more seeds" if len(parts) > FEW else "")


def _listed(what: str, numbers: Sequence[int | None]) -> str:
    shown = ", ".join(map(str, numbers[:FEW]))
    more = f" and {len(numbers) - FEW} more" if len(numbers) > FEW else ""
    return f"{what}{'s' if len(numbers) > 1 else ''} {shown}{more}"
