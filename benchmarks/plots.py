"""Two plots: throughput by batch size, and growth of the time outside the encoder."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.aims import best_exact, ratio, throughput

COLOURS = ("#1e40af", "#c2410c", "#047857", "#7c3aed")
INK, SOFT = "#1a202c", "#8a94a3"
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.grid": True,
    "grid.color": "#e5e9ef",
    "legend.frameon": False,
    "svg.hashsalt": "jointre",
}


def plot_throughput(results: Mapping[str, Any], path: Path) -> bool:
    """Plot sentences per second by batch size, a panel per encoder; return False without results."""
    found = {name: part["prediction"] for name, part in results["encoders"].items() if part.get("prediction")}
    if not found:
        return False
    figure, panels = _figure(len(found))
    for panel, colour, (name, rows) in zip(panels, COLOURS, found.items(), strict=False):
        places = range(len(rows))
        labels = ["1 sentence" if row["batch_pieces"] == 1 else str(row["batch_pieces"]) for row in rows]
        cuda = results["options"]["device"] != "cpu"
        exact = [best_exact(row, cuda) for row in rows]
        alone = [throughput(row, system) for row, system in zip(rows, exact, strict=True)]
        whole = [throughput(row) for row in rows]
        panel.bar(places, alone, width=0.7, color="#dbe1ea", label="best exact encoder alone")
        panel.bar(places, whole, width=0.42, color=colour, label="jointre, words to documents")
        for place, row in enumerate(rows):
            panel.annotate(
                f"{100 * ratio(row, exact[place], cuda):.0f} %",
                (place, max(alone[place], whole[place])),
                (0, 4),
                textcoords="offset points",
                ha="center",
                fontsize=10,
                color=INK,
            )
        panel.set_xticks(places, labels)
        panel.set_ylim(0, 1.28 * max(alone + whole))
        panel.grid(axis="x", visible=False)
        panel.set_axisbelow(True)
        panel.set(title=name, xlabel="batch size, word pieces", ylabel="sentences per second")
        panel.legend(loc="upper left", ncols=2, fontsize=9.5)
    _save(figure, path)
    return True


def plot_growth(results: Mapping[str, Any], path: Path) -> bool:
    """Plot milliseconds outside the encoder by words and by pairs, log-log; return False without results."""
    found = {name: part["growth"] for name, part in results["encoders"].items() if part.get("growth")}
    if not found:
        return False
    from matplotlib.ticker import FormatStrFormatter, LogLocator, NullLocator, StrMethodFormatter

    figure, (by_words, by_pairs) = _figure(2)
    for colour, (name, growth) in zip(COLOURS, found.items(), strict=False):
        style = {"color": colour, "marker": "o", "markersize": 5, "linewidth": 1.8}
        _line(by_words, growth["words"], "words", f"{name}, 10 entities", **style)
        dashed = {**style, "linestyle": (0, (4, 2)), "markerfacecolor": "white"}
        _line(by_words, growth["words_dense"], "words", f"{name}, an entity per 10 words", **dashed)
        _line(by_pairs, _beyond(growth["entities"]), "pairs", name, **style)
    _linear(by_words)
    _linear(by_pairs)
    ticks = [point["words"] for point in next(iter(found.values()))["words"]]
    by_words.set_xticks(ticks, [str(tick) for tick in ticks])
    by_words.minorticks_off()
    by_words.set(title="Time outside the encoder", xlabel="words per document", ylabel="ms per document")
    words = next(iter(found.values()))["entities"][-1]["words"]
    by_pairs.set(title=f"What entities and pairs add, {words} words", xlabel="ordered pairs per document")
    by_pairs.set_ylabel("ms a document, above that of two entities")
    for panel in (by_words, by_pairs):
        panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        panel.yaxis.set_major_formatter(FormatStrFormatter("%g"))
        panel.yaxis.set_minor_locator(NullLocator())
        panel.legend(fontsize=9.5)
    by_pairs.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    _save(figure, path)
    return True


def _beyond(points: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the extra time of each point compared with the first; points without extra time are left out."""
    rest = [{**point, "milliseconds": point["milliseconds"] - points[0]["milliseconds"]} for point in points]
    return [point for point in rest if point["milliseconds"] > 0]


def _figure(n: int) -> tuple[Any, Any]:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    matplotlib.rcParams.update(STYLE)
    figure, panels = pyplot.subplots(1, n, figsize=(6.2 * n, 4.4), squeeze=False, layout="constrained")
    return figure, panels[0]


def _line(panel: Any, points: Sequence[Mapping[str, Any]], by: str, label: str, **style: Any) -> None:
    panel.loglog([p[by] for p in points], [p["milliseconds"] for p in points], label=label, **style)


def _linear(panel: Any) -> None:
    """Draw a line of slope 1 through the last point of the topmost line, and set the limits."""
    last = max((line.get_xydata()[-1] for line in panel.lines), key=lambda point: point[1])
    low, high = panel.get_ylim()
    start = max(panel.get_xlim()[0], last[0] * low / last[1])
    ends = [start, last[0]]
    panel.plot(
        ends, [last[1] * x / last[0] for x in ends], color=SOFT, linewidth=1.2, linestyle=":", label="linear"
    )
    panel.set_ylim(low, high)


def _save(figure: Any, path: Path) -> None:
    from matplotlib import pyplot

    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    pyplot.close(figure)
