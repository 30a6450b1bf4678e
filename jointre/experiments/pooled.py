"""Figures from the scores that runs store: which protocol a figure has, and what several folds make together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from jointre.breakdowns.flat import split_name
from jointre.metrics.counts import Count, macro

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
