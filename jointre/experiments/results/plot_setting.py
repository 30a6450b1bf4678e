"""Draw a metric by a numeric setting, such as the number of heads, layers or negative samples (SINET, Figure 3)."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from jointre.config.source import read
from jointre.config.tree import lookup
from jointre.errors import ConfigError, Fault, UsageError
from jointre.experiments.results.plot_curves import BAND
from jointre.experiments.results.plot_panels import Styled, plot_panels
from jointre.experiments.results.plot_style import COLOURS
from jointre.experiments.results.summary import Summary, VariantSummary

CONFIG = "config.cfg"
Line = list[tuple[float, VariantSummary]]


def plot_setting(summary: Summary, key: str, path: Path) -> None:
    """Draw a panel for each metric, and in it a line for each group of variants.

    Bands show the sample standard deviation, dots the values. Variants without a number at ``key`` are left out.

    Args:
        summary: the results.
        key: full key of a value of the config, such as ``model.context.heads``.
        path: file to write.

    Raises:
        UsageError: if fewer than two numbers occur, or two variants of a group have the same one.
    """
    values = {variant.variant.name: _number(summary, variant, key) for variant in summary.variants}
    lines = [(heading, _line(variants, values)) for heading, variants in summary.groups()]
    _refuse(lines, key)
    numbers = sorted({number for _, line in lines for number, _ in line})

    def draw(panel: Any, metric: str, variants: Styled) -> None:
        for place, (heading, line) in enumerate(lines):
            _draw(panel, metric, line, heading or "mean", COLOURS[place % len(COLOURS)])
        panel.set_xticks(numbers, [f"{number:g}" for number in numbers])

    left_out = [v.variant.title for v in summary.variants if values[v.variant.name] is None]
    note = f"Lines: mean over {summary.unit}s; bands: ± sample standard deviation; dots: {summary.unit}s."
    note += f" Without a number: {', '.join(left_out)}." if left_out else ""
    whole = [replace(each, variant=replace(each.variant, group="")) for each in summary.variants]
    plot_panels(replace(summary, variants=tuple(whole)), summary.metrics, path, draw, key, note)


def _number(summary: Summary, variant: VariantSummary, key: str) -> float | None:
    """Return the number at a key of the config of a variant's first run; None if it is not a number."""
    folder = next((run.folder for run in summary.runs if run.variant == variant.variant.name), None)
    if folder is None:
        return None
    try:
        value = lookup(read(folder / CONFIG).tree, tuple(key.split(".")))
    except (ConfigError, KeyError, OSError):
        return None
    return None if isinstance(value, bool) or not isinstance(value, int | float) else float(value)


def _line(variants: Sequence[VariantSummary], values: dict[str, float | None]) -> Line:
    found = [(values[variant.variant.name], variant) for variant in variants]
    return sorted(((x, variant) for x, variant in found if x is not None), key=lambda point: point[0])


def _refuse(lines: Sequence[tuple[str, Line]], key: str) -> None:
    faults = []
    if len({number for _, line in lines for number, _ in line}) < 2:
        what = "the variants do not have two different numbers there"
        faults.append(Fault(what, f"--over {key}", "pass the full key of a number that they set"))
    for _, line in lines:
        for (x, one), (y, other) in pairwise(line):
            if x == y and one.variant.runs != other.variant.runs:
                what = f"{one.variant.title} and {other.variant.title} both have {x:g}"
                faults.append(Fault(what, f"--over {key}", "put them into different groups"))
    if faults:
        raise UsageError("there is no line to draw", faults)


def _draw(panel: Any, metric: str, line: Line, title: str, colour: str) -> None:
    spreads = [(number, variant.cells[metric].spread) for number, variant in line]
    known = [(number, spread, 100 * spread.mean) for number, spread in spreads if spread.mean is not None]
    if not known:
        return
    numbers, means = [number for number, _, _ in known], [mean for _, _, mean in known]
    panel.plot(numbers, means, marker="o", markersize=4, linewidth=1.8, color=colour, label=title)
    deviations = [100 * (spread.sd or 0.0) for _, spread, _ in known]
    if any(deviations):
        low = [mean - sd for mean, sd in zip(means, deviations, strict=True)]
        high = [mean + sd for mean, sd in zip(means, deviations, strict=True)]
        panel.fill_between(numbers, low, high, color=colour, alpha=BAND, linewidth=0)
    for number, spread, _ in known:
        values = [100 * value for value in spread.values.values()]
        panel.scatter([number] * len(values), values, s=9, color=colour, alpha=0.6, linewidth=0, zorder=3)
