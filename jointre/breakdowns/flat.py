"""Flat names for the scores of buckets: ``strict_micro_f@length:>50``."""

import warnings
from collections.abc import Mapping

from jointre.breakdowns.base import Breakdown
from jointre.breakdowns.score import Broken
from jointre.metrics.base import Metric


def flat(scores: Mapping[str, Broken]) -> dict[str, float]:
    """Return all scores of all buckets by flat name, as fractions of 1.

    A bucket in which a metric had nothing to score has no score, because 0 would be one.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {
            flat_name(score_name, name, bucket): value
            for name, broken in scores.items()
            for bucket, found in broken.buckets.items()
            for metric in filter(None, map(found.scored, found.metrics))
            for score_name, value in metric.compute().items()
        }


def flat_name(score_name: str, breakdown: str, bucket: str) -> str:
    """Return ``score@breakdown:bucket``."""
    return f"{score_name}@{breakdown}:{bucket}"


def split_name(name: str) -> tuple[str, str, str]:
    """Return ``(score, breakdown, bucket)`` of a flat name; the last two are empty for a score of the whole corpus."""
    score_name, _, rest = name.partition("@")
    breakdown, _, bucket = rest.partition(":")
    return score_name, breakdown, bucket


def flat_names(
    breakdowns: Mapping[str, Breakdown], metrics: Mapping[str, Metric]
) -> dict[str, list[str] | None]:
    """Return the flat names that each breakdown can give; None if its buckets depend on the data."""
    return {name: _names(name, breakdown, metrics) for name, breakdown in breakdowns.items()}


def _names(name: str, breakdown: Breakdown, metrics: Mapping[str, Metric]) -> list[str] | None:
    buckets = breakdown.buckets()
    if buckets is None:
        return None
    return [
        flat_name(score_name, name, b) for b in buckets for score_name in score_names(breakdown, metrics, b)
    ]


def score_names(breakdown: Breakdown, metrics: Mapping[str, Metric], bucket: str) -> list[str]:
    """Return the names of the scores that a breakdown gives for a bucket; those of all buckets if it is unknown."""
    buckets = breakdown.buckets() or [bucket]
    chosen = [bucket] if bucket in buckets else buckets
    found = [part for metric in metrics.values() for part in breakdown.measured(metric, chosen).values()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(dict.fromkeys(name for metric in found for name in metric.compute()))
