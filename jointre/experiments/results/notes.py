"""What stands below a table of an experiment: how its numbers came about, and what is missing."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from jointre.breakdowns.flat import split_name
from jointre.console import number_of, percent
from jointre.experiments.results.read import Place, run_name
from jointre.experiments.results.summary import Summary

SHARES = {"p": "P", "r": "R", "f": "F1"}


def figure_name(figure: str) -> str:
    """``strict_micro_f@length:>50`` is "strict micro F1, length >50"."""
    name, breakdown, bucket = split_name(figure)
    *words, share = name.split("_")
    text = " ".join([*words, SHARES.get(share, share)])
    return f"{text}, {breakdown} {bucket}" if breakdown else text


def kind_of(figures: Iterable[str]) -> str:
    """What a column holds: "F1" if all of them do."""
    f1 = all(split_name(figure)[0].endswith("_f") for figure in figures)
    return "F1" if f1 else "figure"


def spread(mean: float | None, sd: float | None) -> str:
    """``89.12 ± 0.34``, or the mean alone."""
    return percent(mean) if sd is None else f"{percent(mean)} ± {percent(sd)}"


MARK = "†"
FEW = 8


def notes(summary: Summary) -> tuple[str, ...]:
    """The notes of a table, one paragraph each."""
    return (how(summary), corpus(summary), *protocols(summary), *warnings(summary))


def how(summary: Summary) -> str:
    """Mean of what, over what, and what the differences refer to."""
    facts = summary.facts
    parts = [_mean(summary)]
    if any(cell.pooled is not None for row in summary.rows for cell in row.cells.values()):
        parts.append(_pooled(summary))
    if len(summary.rows) > 1:
        parts.append(f"Δ: difference to {facts.row(facts.reference).title}")
    return f"{'; '.join(parts)}."


def _mean(summary: Summary) -> str:
    facts, kind = summary.facts, kind_of(summary.figures)
    if summary.unit == "fold":
        text = f"Mean of folds: mean of {kind}s over n folds ± sample standard deviation over folds"
        return f"{text} (one seed, {facts.seeds[0]}), x100"
    if facts.folds:
        text = "Mean of folds: mean over n seeds ± sample standard deviation over seeds, x100, of the mean"
        return (
            f"{text} {kind} over the {facts.folds} folds of a seed (a seed counts once all of them are there)"
        )
    if len(facts.seeds) == 1:
        return f"{kind} of one seed ({facts.seeds[0]}), x100"
    return f"Mean of {kind}s over n seeds ± sample standard deviation, x100"


def _pooled(summary: Summary) -> str:
    kind = kind_of(summary.figures)
    if summary.unit == "fold":
        return f"pooled: {kind} of the counts added up over these folds"
    return f"pooled: the same of the {kind} of the counts added up over the folds of a seed"


def what(summary: Summary) -> str:
    """What a value of a row is."""
    kind = kind_of(summary.figures)
    return (
        f"{kind} of a seed: mean over its folds" if summary.facts.folds and summary.unit == "seed" else kind
    )


def corpus(summary: Summary) -> str:
    """The corpus with its number of documents."""
    sizes = sorted(set().union(*(row.documents for row in summary.rows)))
    text = f"Corpus: {summary.corpus}"
    if sizes:
        size = str(sizes[0]) if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
        text += f", {size} document{'' if sizes == [1] else 's'}"
        text += f" in {summary.facts.folds} folds" if summary.facts.folds else ""
    return f"{text}."


def protocols(summary: Summary) -> Iterator[str]:
    """What counts as correct, each protocol once, with its rows where they differ in it."""
    only: dict[str, list[str]] = {}
    for figure in summary.figures:
        found: dict[str, list[str]] = {}
        for row in summary.rows:
            if told := row.protocols.get(figure):
                found.setdefault(told, []).append(row.row.title)
        for told, titles in found.items():
            only.setdefault(told, titles if len(found) > 1 else [])
    for told, titles in only.items():
        rows = f" (only in {', '.join(dict.fromkeys(titles))})" if titles else ""
        yield f"{told[:1].upper()}{told[1:]}{rows}."


def warnings(summary: Summary) -> Iterator[str]:
    """Runs that are missing, rows of fewer values, runs that belong to no row."""
    yield from missing_runs(summary)
    if any(row.n < summary.n for row in summary.rows):
        yield f"{MARK} Fewer {summary.unit}s than other rows have."
    if summary.strays:
        names = ", ".join(map(run_name, summary.strays[:FEW]))
        more = f" and {len(summary.strays) - FEW} more" if len(summary.strays) > FEW else ""
        text = number_of(len(summary.strays), "run")
        yield f"Left out: {text} that no row, seed or fold of the experiment asks for ({names}{more})."


def missing_runs(summary: Summary) -> Iterator[str]:
    """How many runs are missing, and which; nothing if all are complete."""
    if lacks := sum(map(len, summary.missing.values())):
        rows = "; ".join(f"{name} ({_places(places)})" for name, places in summary.missing.items())
        verb = "is" if lacks == 1 else "are"
        yield f"{lacks} of {number_of(summary.total, 'run')} {verb} missing: {rows}."


def _places(places: Sequence[Place]) -> str:
    """``seeds 1, 2`` or ``seed 0: folds 3, 4``."""
    if places[0][1] is None:
        return _listed("seed", [seed for seed, _ in places])
    by_seed = groupby(places, key=lambda place: place[0])
    parts = [f"seed {seed}: {_listed('fold', [fold for _, fold in of])}" for seed, of in by_seed]
    return "; ".join(parts[:FEW]) + (f"; {len(parts) - FEW} more seeds" if len(parts) > FEW else "")


def _listed(what: str, numbers: Sequence[int | None]) -> str:
    shown = ", ".join(map(str, numbers[:FEW]))
    more = f" and {len(numbers) - FEW} more" if len(numbers) > FEW else ""
    return f"{what}{'s' if len(numbers) > 1 else ''} {shown}{more}"
