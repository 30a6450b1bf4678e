"""The common style of the plots: colours that all readers can tell apart, and reproducible files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import fill
from typing import Any

from jointre.data.atomic_write import replacing, writing
from jointre.errors import Fault, UsageError
from jointre.experiments.results.summary import Summary

INK, SOFT, GREY, FAINT = "#1a202c", "#6b7482", "#9aa3b0", "#e5e9ef"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""The colours of Okabe and Ito (2008) without yellow, which is faint on white."""
DASHES = ("-", (0, (5, 2)), (0, (1, 1.4)))
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": FAINT,
    "legend.frameon": False,
    "savefig.dpi": 150,
    "svg.hashsalt": "jointre",
}
DATES: dict[str, dict[str, None]] = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": {}}
"""The extensions that a plot may have, and the metadata that would make two files of one plot differ."""


def refuse_plot(path: Path, *others: str) -> None:
    """Raise a UsageError if matplotlib is missing or the file does not have the extension of a plot.

    Args:
        path: the file.
        others: other extensions that the caller writes itself, for the message.
    """
    faults = []
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        remedy = "install it with: pip install 'jointre[plots]'"
        faults.append(Fault("matplotlib is not installed", remedy=remedy))
    if path.suffix not in DATES:
        what = f"unknown extension {path.suffix!r}" if path.suffix else "the file has no extension"
        faults.append(Fault(what, str(path), f"use one of: {', '.join([*others, *DATES])}"))
    if faults:
        raise UsageError("the plot cannot be drawn", faults)


@contextmanager
def drawn(path: Path, width: float, height: float) -> Iterator[Any]:
    """Yield a matplotlib figure of this size in inches, and write it to ``path`` at the end."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure
        with writing(path.name, path), replacing(path, "wb") as file:
            figure.savefig(file, format=path.suffix[1:], metadata=DATES[path.suffix])


def jitter(n: int, width: float) -> list[float]:
    """Return ``n`` offsets spread evenly over ``width``, so that dots do not hide each other."""
    return [width * (place / (n - 1) - 0.5) for place in range(n)] if n > 1 else [0.0] * n


def label(text: str, width: int) -> str:
    """Wrap text and escape the characters that are special to matplotlib."""
    return fill(" ".join(text.split()), width).replace("$", r"\$")


def protocols_of(summary: Summary, metric: str) -> list[str]:
    """Return what the variants count as correct for a metric, each protocol once."""
    found = (variant.protocols.get(metric) for variant in summary.variants)
    return list(dict.fromkeys(filter(None, found)))
