"""Which figures are compared: by their own names, or by that of their metric."""

import warnings
from collections.abc import Mapping, Sequence

from jointre.data.doc import Doc
from jointre.data.report import suggest
from jointre.errors import Fault
from jointre.metrics.base import Metric


def choose_figures(
    metrics: Mapping[str, Metric], names: Sequence[str], gold: Sequence[Doc]
) -> tuple[dict[str, list[str]], list[Fault]]:
    """The figures wanted of each metric, and a fault for each name that is none.

    Args:
        metrics: by name.
        names: of figures (``strict_macro_f``) or of metrics (``strict``); these stand for their micro F1, or for all
            their figures if they have none. Without any: every metric.
        gold: documents that show which figures there are.
    """
    known = {name: _figures(metric, gold) for name, metric in metrics.items()}
    owner = {figure: name for name, figures in known.items() for figure in figures}
    chosen: dict[str, list[str]] = {}
    faults = []
    for name in dict.fromkeys(names or metrics):
        if name in known:
            main = [figure for figure in known[name] if figure.endswith("_micro_f")] or known[name]
            chosen.setdefault(name, []).extend(main)
        elif name in owner:
            chosen.setdefault(owner[name], []).append(name)
        else:
            faults.append(Fault(f"there is no metric {name!r}", "--metric", suggest(name, [*known, *owner])))
    return {name: list(dict.fromkeys(figures)) for name, figures in chosen.items()}, faults


def _figures(metric: Metric, gold: Sequence[Doc]) -> list[str]:
    metric.reset()
    for doc in gold:
        metric.update(doc, doc)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(metric.compute())
