"""Check breakdowns, and scores of their buckets, that are requested by name, before anything is scored."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from jointre.breakdowns.base import Breakdown
from jointre.breakdowns.flat import score_names, split_name
from jointre.data.report import suggest
from jointre.errors import Fault
from jointre.metrics.base import Metric
from jointre.place import Place, Where


def unknown(names: Iterable[str], breakdowns: Mapping[str, Breakdown], where: Where) -> list[Fault]:
    """Return a fault for each name that is not a breakdown.

    Args:
        names: as requested.
        breakdowns: the known breakdowns.
        where: the place of the request.
    """
    missing = [name for name in names if name not in breakdowns]
    return [
        Fault(f"unknown breakdown: {name!r}", where, suggest(name, list(breakdowns)))
        for name in dict.fromkeys(missing)
    ]


def wrong_metric(
    name: str, breakdowns: Mapping[str, Breakdown], metrics: Mapping[str, Metric], where: Where
) -> list[Fault]:
    """Return what is wrong with a flat name, ``score@breakdown:bucket``; nothing if it exists.

    Args:
        name: as requested.
        breakdowns, metrics: the known ones.
        where: the place of the request.
    """
    score, key, bucket = split_name(name)
    place = replace(Place.of(where), item=name)
    if key not in breakdowns:
        return unknown([key], breakdowns, place)
    faults = []
    names, buckets = score_names(breakdowns[key], metrics, bucket), breakdowns[key].buckets()
    if score not in names:
        what = f"{key} has no score {score!r}"
        faults.append(Fault(what, place, suggest(score, names)))
    if not bucket or (buckets is not None and bucket not in buckets):
        remedy = suggest(bucket, buckets) if buckets else "use one that occurs in the corpus"
        faults.append(Fault(f"{key} has no bucket {bucket!r}", place, remedy))
    return faults
