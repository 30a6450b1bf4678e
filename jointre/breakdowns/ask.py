"""What is asked for by name, checked before anything is scored: breakdowns, and figures of their buckets."""

from collections.abc import Iterable, Mapping

from jointre.breakdowns.base import Breakdown
from jointre.breakdowns.flat import figures_by, split_name
from jointre.data.report import suggest
from jointre.errors import Fault
from jointre.metrics.base import Metric


def unknown(names: Iterable[str], breakdowns: Mapping[str, Breakdown], where: str) -> list[Fault]:
    """A fault for each name that is no breakdown.

    Args:
        names: as they were asked for.
        breakdowns: those there are.
        where: the place that asks.
    """
    missing = [name for name in names if name not in breakdowns]
    return [
        Fault(f"there is no breakdown {name!r}", where, suggest(name, list(breakdowns)))
        for name in dict.fromkeys(missing)
    ]


def wrong_figure(
    name: str, breakdowns: Mapping[str, Breakdown], metrics: Mapping[str, Metric], where: str
) -> list[Fault]:
    """What is wrong with a flat name, ``figure@breakdown:bucket``; nothing if it can be had.

    Args:
        name: as it was asked for.
        breakdowns, metrics: those there are.
        where: the place that asks.
    """
    figure, key, bucket = split_name(name)
    if key not in breakdowns:
        return unknown([key], breakdowns, f"{where}: {name}")
    faults, place = [], f"{where}: {name}"
    figures, buckets = figures_by(breakdowns[key], metrics), breakdowns[key].buckets()
    if figure not in figures:
        what = f"{key} has no figure {figure!r}"
        faults.append(Fault(what, place, suggest(figure, figures)))
    if not bucket or (buckets is not None and bucket not in buckets):
        remedy = suggest(bucket, buckets) if buckets else "name one that the corpus has"
        faults.append(Fault(f"{key} has no bucket {bucket!r}", place, remedy))
    return faults
