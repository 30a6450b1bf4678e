"""Draw the losses of the pre-trainings of an experiment by update (ENPAR, Figure 6)."""

import json
from collections.abc import Mapping
from pathlib import Path

from jointre.errors import DataError, Fault, UsageError
from jointre.experiments.results.curves import LOG
from jointre.experiments.results.plot_style import COLOURS, DASHES, SOFT, drawn, label
from jointre.experiments.spec import PRETRAIN

Losses = Mapping[str, Mapping[int, float]]
"""Objective, or ``loss`` for the weighted sum -> update -> loss."""
TERM = "loss_"  # before the name of an objective in the log
NOTE = "Mean loss on training examples since the point before; loss is the weighted sum of the objectives."


def plot_pretraining(folder: Path, title: str, path: Path) -> None:
    """Draw a panel for the sum of the losses and one for each objective, with a line for each pre-training.

    Args:
        folder: of the experiment.
        title: of the experiment.
        path: file to write.

    Raises:
        UsageError: if no pre-training has logged losses.
        DataError: if a log cannot be read.
    """
    found = {log.parent.name: read_losses(log) for log in sorted(folder.glob(f"{PRETRAIN}*/{LOG}"))}
    names = list(dict.fromkeys(name for losses in found.values() for name in losses))
    if not names:
        fault = Fault(f"{folder / PRETRAIN} has no log with losses", remedy="pre-train first")
        raise UsageError("there are no losses of pre-trainings", [fault])
    with drawn(path, 3.4 * len(names) + 1.8, 3.4) as figure:
        panels = figure.subplots(1, len(names), squeeze=False)[0]
        for name, panel in zip(names, panels, strict=True):
            for number, (run, losses) in enumerate(found.items()):
                style = {
                    "color": COLOURS[number % len(COLOURS)],
                    "linestyle": DASHES[number // len(COLOURS) % 3],
                }
                points = losses.get(name, {})
                panel.plot(list(points), list(points.values()), linewidth=1.8, label=run, **style)
            panel.set_title(name)
            panel.set_xlabel("updates", fontsize=8.5, color=SOFT)
        handles, titles = panels[0].get_legend_handles_labels()
        panels[-1].legend(handles, titles, loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=9)
        figure.suptitle(label(title, 80), x=0.01, ha="left", fontweight="bold")
        figure.supxlabel(NOTE, x=0.01, ha="left", fontsize=8.5, color=SOFT)


def read_losses(log: Path) -> Losses:
    """Return the losses that a pre-training run has logged.

    Raises:
        DataError: with all lines that cannot be read.
    """
    losses: dict[str, dict[int, float]] = {"loss": {}}
    faults = []
    for number, line in enumerate(log.read_bytes().splitlines(), 1):
        try:
            values = json.loads(line)
            for key in ("loss", *(key for key in values if key.startswith(TERM))) if "step" in values else ():
                losses.setdefault(key.removeprefix(TERM), {})[int(values["step"])] = float(values[key])
        except (ValueError, KeyError, TypeError, AttributeError):
            faults.append(Fault("is not a line of a pre-training log", f"{log}:{number}"))
    if faults:
        raise DataError("the losses of a pre-training cannot be read", faults)
    return losses if losses["loss"] else {}
