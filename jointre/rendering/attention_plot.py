"""Attention as a figure: a strip for each sentence vector, and a map for each layer and head."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jointre.experiments.results.plot_style import COLOURS, INK, SOFT, drawn, label
from jointre.inspection.attention import Attention, Floats

FEW = 8
"""Number of maps up to which the words are written along their edges."""
SPACE = 0.19
"""Inches of a word along an axis."""


def plot_attention(
    attention: Attention,
    title: str,
    path: Path,
    layers: Sequence[int] | None = None,
    heads: Sequence[int] | None = None,
) -> None:
    """Draw the attention of a model over a text; darker is more.

    Entities are bold, and coloured if they have a relation (SINET, Figure 4).

    Args:
        attention: the weights, and the text.
        title: heading of the figure.
        path: file to write: .png, .svg or .pdf.
        layers, heads: the layers and heads of the encoder to draw, from 1; None for all.
    """
    strips = _strips(attention)
    shape = (0, 0) if attention.encoder is None else attention.encoder.shape[:2]
    rows, columns = list(layers or range(1, shape[0] + 1)), list(heads or range(1, shape[1] + 1))
    named, units = len(rows) * len(columns) <= FEW, len(attention.units.names)
    side = SPACE * units + 1.1 if named else 0.75
    width = max(SPACE * units + 2.2, side * len(columns) + 0.5)
    heights = [0.16 * len(values) + 1.4 for _, values, _, _ in strips]
    with drawn(path, width, sum(heights) + side * len(rows) + 1.0) as figure:
        parts = figure.subfigures(
            len(strips) + bool(rows),
            1,
            height_ratios=[*heights, *([side * len(rows)] if rows else [])],
            squeeze=False,
        )[:, 0]
        for part, (name, values, names, first) in zip(parts, strips, strict=False):
            panel = part.subplots()
            panel.imshow(values, cmap="Blues", aspect="auto", vmin=0)
            panel.set_title(name, fontsize=9)
            _words(panel, "x", names, attention, first)
            panel.set_yticks(range(len(values)), [*map(str, range(1, len(values))), "mean"], fontsize=6)
            panel.grid(visible=False)
        if attention.encoder is not None and rows:
            _maps(parts[-1], attention, attention.encoder, rows, columns, named)
        figure.suptitle(label(title, int(9 * width)), x=0.01, ha="left", fontweight="bold")


def _strips(attention: Attention) -> list[tuple[str, Floats, Sequence[str], int]]:
    """Return title, weights [heads + 1, units] with the mean last, names and first word of each sentence vector."""
    found = []
    if attention.encoder is not None and attention.tasks:
        last = attention.encoder[-1, :, 0]
        name = f"encoder, layer {len(attention.encoder)}: the first piece (heads)"
        found.append((name, last, attention.units.names, attention.units.first))
    for task in attention.tasks:
        each = task.weights.reshape(-1, task.weights.shape[-1])
        name = f"{task.view} vector to the words of the {task.other} view (heads)"
        found.append((name, each, task.names, task.first))
    return [
        (name, np.concatenate([each, each.mean(0, keepdims=True)]), names, first)
        for name, each, names, first in found
    ]


def _maps(
    figure: Any,
    attention: Attention,
    weights: Floats,
    layers: Sequence[int],
    heads: Sequence[int],
    named: bool,
) -> None:
    panels = figure.subplots(len(layers), len(heads), squeeze=False)
    units = attention.units
    for layer, line in zip(layers, panels, strict=True):
        for head, panel in zip(heads, line, strict=True):
            panel.imshow(np.sqrt(weights[layer - 1, head - 1]), cmap="Blues", vmin=0, vmax=1)
            panel.set_title(
                f"layer {layer}, head {head}" if named else f"{layer}.{head}", fontsize=8 if named else 5
            )
            panel.grid(visible=False)
            if named:
                _words(panel, "x", units.names, attention, units.first)
                _words(panel, "y", units.names, attention, units.first)
            else:
                panel.set_xticks([])
                panel.set_yticks([])


def _words(panel: Any, axis: str, names: Sequence[str], attention: Attention, first: int) -> None:
    """Write the units along an axis."""
    doc = attention.doc
    related = {row for relation in doc.relations for row in (relation.head, relation.tail)}
    inside = {w: row in related for row, e in enumerate(doc.entities) for w in range(e.start, e.end)}
    shown = [label(name, 40) for name in names]
    if axis == "x":
        panel.set_xticks(range(len(shown)), shown, rotation=90, fontsize=6)
    else:
        panel.set_yticks(range(len(shown)), shown, fontsize=6)
    for place, text in enumerate(getattr(panel, f"get_{axis}ticklabels")()):
        entity = inside.get(place - first)
        text.set_color(SOFT if entity is None and not 0 <= place - first < len(doc.words) else INK)
        if entity is not None:
            text.set_fontweight("bold")
            text.set_color(COLOURS[1] if entity else INK)
