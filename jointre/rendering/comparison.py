"""A comparison of two systems in the terminal: scores and tests first, then the documents that changed."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from jointre.significance.result import Comparison, Estimate, MetricComparison, PValue, ScoreComparison

TEST_NAMES = {"randomisation": "p, randomisation", "bootstrap": "p, bootstrap", "seeds": "p, seeds"}


def show_comparison(comparison: Comparison, heading: Sequence[str], console: Console) -> None:
    """Print one block per score: both systems and their difference, times 100, with intervals and two-sided p-values.

    Args:
        comparison: the result.
        heading: lines about what was compared.
        console: where to print; lines are not wrapped.
    """
    for line in _lines(comparison, heading):
        console.print(line, soft_wrap=True)


def _lines(comparison: Comparison, heading: Sequence[str]) -> Iterator[Text]:
    yield from (Text(line) for line in heading)
    for metric in comparison.metrics:
        yield Text()
        yield Text(metric.protocol, style="bold")
        yield Text(f"{metric.differing} of {comparison.documents} documents are scored differently")
        for score in metric.scores:
            yield Text()
            yield from _score(score, metric, comparison)
    if comparison.tested > 1:
        yield Text()
        yield Text(
            f"{comparison.tested} scores were tested: use the p-values corrected for this number (Holm)."
        )


def _score(score: ScoreComparison, metric: MetricComparison, comparison: Comparison) -> Iterator[Text]:
    share = f"{100 * comparison.settings.confidence:g} % interval"
    head = Text(f"{score.name:<24}", style="bold")
    yield head.append(f"        {share}" if score.a.interval else "", style="dim")
    for name, estimate in (("A", score.a), ("B", score.b)):
        yield Text(f"  {name:<18}{100 * estimate.value:>8.2f}    {_interval(estimate, '')}".rstrip())
    difference = f"{100 * score.difference.value:>+8.2f}    {_interval(score.difference, '+')}"
    yield Text(f"  {'B - A':<18}{difference}".rstrip())
    for test, value in score.p.items():
        line = Text(f"  {TEST_NAMES[test]:<18}{p_text(value.p):>8}    ")
        line.append(f"Holm {p_text(value.holm)}; " if comparison.tested > 1 else "")
        yield line.append(_method(test, value, metric.differing), style="dim")


def _interval(estimate: Estimate, sign: str) -> str:
    if estimate.interval is None:
        return ""
    low, high = (f"{100 * bound:{sign}.2f}" for bound in estimate.interval)
    return f"{low} to {high}"


def p_text(p: float) -> str:
    """Return a p-value with four decimals, or with two digits if it is very small."""
    return f"{p:.4f}" if p >= 0.00005 else f"{p:.1e}"


def _method(test: str, value: PValue, differing: int) -> str:
    if test == "bootstrap":
        return f"{value.samples:,} resamples"
    if test == "seeds":
        return f"{value.samples:,} resamples of seeds and documents"
    if not differing:
        return "no document is scored differently"
    if value.exact:
        return f"exact: all {value.samples:,} ways to swap the {differing} documents"
    return f"{value.samples:,} random swaps of the {differing} documents"
