"""Results as tables, for the terminal and for Markdown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.box import SIMPLE
from rich.table import Table as RichTable

from benchmarks.aims import aims, throughput
from benchmarks.timing import CLOCKS

TIMES = ("wall ms", "range", "CPU ms", "range")
SYSTEMS = ("system", "documents/s", *TIMES, "tries", "jointre / it, wall", "CPU")


@dataclass(frozen=True)
class Table:
    """A table of texts with a note below it."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""

    def markdown(self) -> str:
        """Return the table as Markdown, with its title as a heading."""
        lines = [self.columns, tuple("---" for _ in self.columns), *self.rows]
        body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return f"### {self.title}\n\n{body}\n" + (f"\n{self.note}\n" if self.note else "")

    def rich(self) -> RichTable:
        """Return the table for the terminal."""
        shown = RichTable(title=self.title, caption=self.note or None, box=SIMPLE, title_justify="left")
        for number, column in enumerate(self.columns):
            shown.add_column(column, justify="left" if number == 0 else "right")
        for row in self.rows:
            shown.add_row(*row)
        return shown


def tables(results: Mapping[str, Any]) -> list[Table]:
    """Yield the tables for which there are results, the goals first."""
    made = [_aims(results)]
    for section in (_prediction, _stages, _training, _memory, _growth, _variants):
        for name, found in results["encoders"].items():
            made += section(name, found)
    if rows := results.get("startup"):
        lines = [(row["command"], *_times(row, ".0f"), str(row["tries"])) for row in rows]
        note = "A process of its own, from start to end."
        made.append(Table("Start-up", ("command", *TIMES, "tries"), lines, note))
    return [table for table in made if table.rows]


def _aims(results: Mapping[str, Any]) -> Table:
    rows = [
        (
            aim.what,
            aim.encoder,
            f"{aim.measured:.3g}" if aim.measured < 100 else f"{aim.measured:.0f}",
            f"{'at least' if aim.least else 'at most'} {aim.limit:g}",
            "met" if aim.met else "MISSED",
        )
        for aim in aims(results)
    ]
    return Table("Aims", ("what", "encoder", "measured", "limit", ""), rows)


def _prediction(name: str, found: Mapping[str, Any]) -> Iterator[Table]:
    rows = found.get("prediction", [])
    lines: list[tuple[str, ...]] = []
    for row in rows:
        size = "1 sentence" if row["batch_pieces"] == 1 else str(row["batch_pieces"])
        lines += _systems((size, str(row["batches"])), row)
    note = ""
    if rows:
        first, n = rows[0], rows[0]["documents"]
        note = f"{n} sentences a pass; predicted per sentence: {first['entities'] / n:.1f} entities, "
        note += f"{first['pairs'] / n:.1f} ordered pairs of them, {first['relations'] / n:.1f} relations."
        busy = [f"{row['gpu_utilisation']:.0f} %" for row in rows if row.get("gpu_utilisation") is not None]
        note += f" GPU busy: {', '.join(busy)}." if busy else ""
        note += f" {found['missing']}" if found.get("missing") else ""
    yield Table(f"Prediction, {name}", ("batch, pieces", "batches", *SYSTEMS), lines, note)


def _stages(name: str, found: Mapping[str, Any]) -> Iterator[Table]:
    stages = found.get("breakdown", {}).get("stages", {})
    total = sum(times["cpu"]["median"] for times in stages.values())
    lines = [
        (stage, *_times(times), percent(times["cpu"]["median"] / total)) for stage, times in stages.items()
    ]
    yield Table(f"Where prediction spends its time, {name}", ("stage", *TIMES, "share of CPU"), lines)


def _training(name: str, found: Mapping[str, Any]) -> Iterator[Table]:
    lines: list[tuple[str, ...]] = []
    for row in found.get("training", []):
        lines += _systems((str(row["batch_size"]), str(row["steps"])), row)
    note = "Collating is in jointre's step only; dropout, clipping and the fused optimizer are in all."
    yield Table(f"Training, {name}", ("batch, documents", "steps", *SYSTEMS), lines, note)


def _systems(size: tuple[str, ...], row: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield a line per system; the ratios are the speed of jointre relative to it."""
    for system, found in row["systems"].items():
        ratios = (
            ("", "") if system == "jointre" else tuple(f"{found['ratio'][clock]:.3f}" for clock in CLOCKS)
        )
        yield (*size, system, f"{throughput(row, system):.1f}", *_times(found), str(row["tries"]), *ratios)


def _times(found: Mapping[str, Any], number: str = ".1f") -> tuple[str, ...]:
    """Return milliseconds and range by both clocks."""
    pairs = [(f"{1e3 * found[clock]['median']:{number}}", percent(found[clock]["range"])) for clock in CLOCKS]
    return (*pairs[0], *pairs[1])


def _memory(name: str, found: Mapping[str, Any]) -> Iterator[Table]:
    columns = (
        "work",
        "batch",
        "peak, MiB",
        "encoder alone",
        "ratio",
        "model loaded",
        "above it",
        "encoder above it",
    )
    keys = ("loaded_mib", "above_mib", "encoder_above_mib")
    lines = [
        (
            row["work"],
            row["size"],
            f"{row['peak_mib']:.0f}",
            f"{row['encoder_peak_mib']:.0f}",
            f"{row['ratio']:.3f}",
            *(f"{row[key]:.0f}" for key in keys),
        )
        for row in found.get("memory", [])
    ]
    note = "Peak resident size of a separate process (on a GPU: peak memory held by torch)."
    yield Table(f"Peak memory, {name}", columns, lines, note)


def _growth(name: str, found: Mapping[str, Any]) -> Iterator[Table]:
    growth = found.get("growth", {})
    columns = (
        "words",
        "entities",
        "pairs",
        "ms outside the encoder",
        "range",
        "wall ms",
        "µs a word",
        "tries",
    )
    points = [*growth.get("words", []), *growth.get("words_dense", []), *growth.get("entities", [])]
    lines = [
        (
            str(point["words"]),
            f"{point['entities']:.0f}",
            f"{point['pairs']:.0f}",
            f"{point['milliseconds']:.2f}",
            percent(point["range"]),
            f"{point['wall_milliseconds']:.2f}",
            f"{1e3 * point['milliseconds'] / point['words']:.1f}",
            str(point["tries"]),
        )
        for point in points
    ]
    note = ""
    if growth:
        note = "Per document; CPU time, on a GPU wall time. Exponents over the upper range: "
        note += f"{growth['words_exponent']:.2f} in words (entities fixed), {growth['pairs_exponent']:.2f} in pairs; "
        note += f"{growth['microseconds_a_pair']:.2f} µs per pair."
    yield Table(f"Growth, {name}", columns, lines, note)


def _variants(name: str, found: Mapping[str, Any]) -> Iterator[Table]:
    columns = (
        "precision",
        "torch.compile",
        "prediction, wall",
        "CPU",
        "training, batch of 8, wall",
        "CPU",
        "range",
        "tries",
    )
    lines = [
        (
            row["precision"],
            "yes" if row["compiled"] else "no",
            *(f"{row[work][clock]:.2f}x" for work in ("prediction", "training") for clock in CLOCKS),
            percent(row["range"]),
            str(row["tries"]),
        )
        for row in found.get("variants", [])
    ]
    yield Table(
        f"Number formats and compiling, {name}", columns, lines, "Throughput against fp32, not compiled."
    )


def percent(value: float) -> str:
    """Return a share of 1 in percent."""
    return f"{100 * value:.1f} %"
