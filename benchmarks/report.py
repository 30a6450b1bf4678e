"""Write the results of a run: results.json, results.md and two plots."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.plots import plot_growth, plot_throughput
from benchmarks.tables import tables


def write(results: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write everything into ``folder``; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    data, text = folder / "results.json", folder / "results.md"
    data.write_text(json.dumps(results, indent=1) + "\n", encoding="utf8")
    text.write_text(markdown(results), encoding="utf8")
    written = [data, text]
    for name, plot in (("throughput", plot_throughput), ("growth", plot_growth)):
        if plot(results, folder / f"{name}.svg"):
            written.append(folder / f"{name}.svg")
    return written


def markdown(results: Mapping[str, Any]) -> str:
    """Return the machine and all tables as Markdown."""
    machine = "\n".join(f"- {name}: {value}" for name, value in results["machine"].items())
    parts = [f"## Measured\n\n{machine}\n", *(table.markdown() for table in tables(results))]
    return "\n".join(parts)
