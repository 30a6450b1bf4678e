"""Results as tables, for the terminal and for Markdown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.box import SIMPLE
from rich.table import Table as RichTable

from benchmarks.aims import aims
from benchmarks.prediction import STAGES


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
        lines = [(row["command"], f"{row['seconds']:.2f}") for row in rows]
        made.append(
            Table("Start-up", ("command", "seconds"), lines, "A process of its own, from start to end.")
        )
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
    busy = any(row.get("gpu_utilisation") is not None for row in rows)
    columns = ("batch, pieces", "batches", "sentences/s", "encoder with padding", "ratio")
    lines = [
        (
            "1 sentence" if row["batch_pieces"] == 1 else str(row["batch_pieces"]),
            str(row["batches"]),
            f"{row['sentences_per_second']:.1f}",
            f"{row['encoder_sentences_per_second']:.1f}",
            f"{row['ratio']:.3f}",
            *([f"{row['gpu_utilisation'] or 0:.0f} %"] if busy else []),
        )
        for row in rows
    ]
    note = ""
    if rows:
        first, n = rows[0], rows[0]["sentences"]
        note = f"{n} sentences; predicted per sentence: {first['entities'] / n:.1f} entities, "
        note += f"{first['pairs'] / n:.1f} ordered pairs of them, {first['relations'] / n:.1f} relations."
    yield Table(f"Prediction, {name}", (*columns, *(["GPU busy"] if busy else [])), lines, note)


def _stages(name: str, found: Mapping[str, Any]) -> Iterator[Table]:
    spent = found.get("stages", {})
    total = sum(spent.values())
    lines = [
        (stage, f"{1e3 * spent[stage]:.1f}", _percent(spent[stage] / total)) for stage in STAGES if spent
    ]
    yield Table(f"Where prediction spends its time, {name}", ("stage", "ms", "share"), lines)


def _training(name: str, found: Mapping[str, Any]) -> Iterator[Table]:
    columns = ("batch, documents", "steps", "ms a step", "documents/s", "encoder alone", "ratio")
    lines = [
        (
            str(row["batch_size"]),
            str(row["steps"]),
            f"{row['milliseconds']:.1f}",
            f"{row['documents_per_second']:.1f}",
            f"{row['encoder_documents_per_second']:.1f}",
            f"{row['ratio']:.3f}",
        )
        for row in found.get("training", [])
    ]
    note = "Collating is in the whole step only; dropout, clipping and the fused optimizer are in both."
    yield Table(f"Training, {name}", columns, lines, note)


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
    columns = ("words", "entities", "pairs", "ms outside the encoder", "µs a word")
    points = [*growth.get("words", []), *growth.get("words_dense", []), *growth.get("entities", [])]
    lines = [
        (
            str(point["words"]),
            f"{point['entities']:.0f}",
            f"{point['pairs']:.0f}",
            f"{point['milliseconds']:.2f}",
            f"{1e3 * point['milliseconds'] / point['words']:.1f}",
        )
        for point in points
    ]
    note = ""
    if growth:
        note = "Per document. Exponents over the upper range: "
        note += f"{growth['words_exponent']:.2f} in words (entities fixed), {growth['pairs_exponent']:.2f} in pairs; "
        note += f"{growth['microseconds_a_pair']:.2f} µs per pair."
    yield Table(f"Growth, {name}", columns, lines, note)


def _variants(name: str, found: Mapping[str, Any]) -> Iterator[Table]:
    columns = ("precision", "torch.compile", "prediction", "training, batch of 8")
    lines = [
        (
            row["precision"],
            "yes" if row["compiled"] else "no",
            f"{row['prediction']:.2f}x",
            f"{row['training']:.2f}x",
        )
        for row in found.get("variants", [])
    ]
    yield Table(
        f"Number formats and compiling, {name}", columns, lines, "Throughput against fp32, not compiled."
    )


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"
