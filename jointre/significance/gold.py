"""The gold documents and the metrics of a comparison: those of the runs, or those that the user names."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jointre.config import Config, EvaluationSettings, load_config, resolve
from jointre.config.source import default_source
from jointre.corpora import read, read_for
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.data.report import CorpusError
from jointre.errors import DataError, Fault, FaultList
from jointre.metrics.base import Metric
from jointre.readers.base import Reader
from jointre.readers.open import open_data
from jointre.significance.prediction_sets import RunKey

SECTIONS = ("paths", "corpora", "evaluation")
Golds = dict[int | None, list[Doc]]
"""Gold documents by fold; None without folds."""


@dataclass(frozen=True)
class Sources:
    """Where gold comes from: a corpus with its types file, or ``corpus`` in the runs' configs, by set and run.

    ``reader`` reads the corpus instead of the reader that recognises it.
    """

    spec: str | None
    types: str | None
    corpus: str | None
    configs: Mapping[tuple[str, RunKey], Config]
    reader: str | None = None


def golds_by_fold(sources: Sources, single: bool, faults: FaultList) -> Golds:
    """Return the gold documents of each fold, which must be the same for all runs.

    With ``single``, they are those of two runs, whatever their folds.
    """
    if sources.spec is not None:
        return _named(sources, sources.spec, faults)
    before: dict[str, list[Doc] | None] = {}
    golds: Golds = {}
    for (name, run), config in sources.configs.items():
        key = key_of(config, sources.corpus)
        if key not in before:
            before[key] = faults.attempt(gold_of, config, sources.corpus) if sources.corpus else []
        docs = before[key] or []
        if docs != golds.setdefault(None if single else run.fold, docs):
            what = f"the gold documents of {sources.corpus} differ from those of the other runs"
            remedy = "compare runs that were scored on the same documents"
            faults.append(Fault(what, name, remedy))
    return golds


def _named(sources: Sources, spec: str, faults: FaultList) -> Golds:
    if any(run.fold is not None for _, run in sources.configs):
        remedy = "leave it out: each fold is scored on its own part of the corpus"
        faults.append(Fault("--gold cannot be used for runs with folds", "--gold", remedy))
        return {}
    config = next(iter(sources.configs.values()), None)
    docs = faults.attempt(read_gold, spec, sources.types, config, sources.reader)
    return {None: docs} if docs else {}


def common_metrics(config: str | None, runs: Sequence[Config]) -> Mapping[str, Metric]:
    """Return the metrics of the config that the user names, or those that all runs were scored with, or the default
    ones.
    """
    if config is not None:
        return metrics_of(load_config(config))
    remedy = "choose a config whose [evaluation] is used: --config CONFIG"
    faults = [
        Fault(f"the runs were scored with different {name}", f"[evaluation] {name}", remedy)
        for name in ("metrics", "entities")
        if any(run[f"evaluation.{name}"] != runs[0][f"evaluation.{name}"] for run in runs)
    ]
    if faults:
        raise CorpusError("the runs have no common metrics", faults)
    return metrics_of(runs[0] if runs else None)


def run_config(folder: Path) -> Config:
    """Return the config of a run for corpora and metrics only, so that plugins of its model need not be installed."""
    return load_config(folder / "config.cfg", sections=SECTIONS)


def metrics_of(config: Config | None) -> Mapping[str, Metric]:
    """Return the metrics of a config by name; those of default.cfg without a config."""
    config = config or load_config(default_source(), sections=("evaluation",))
    evaluation: EvaluationSettings = resolve(config, "evaluation")
    for metric in evaluation.metrics.values():
        metric.reset(evaluation.entities == "gold")
    return evaluation.metrics


def read_gold(spec: str, types: str | None, config: Config | None, named: str | None = None) -> list[Doc]:
    """Return the documents of a corpus, with the arguments of symmetric relations in the order used in evaluation.

    Args:
        spec: see `open_data`.
        types: a types file that declares symmetric relations.
        named: the name of a reader; see `open_data`.
        config: of a run; its types are used if neither ``types`` nor the corpus declares any.
    """
    reader = open_data(spec, types, named)
    return _canonical(reader, reader.labels() or (declared(config) if config else None), spec)


def gold_of(config: Config, corpus: str) -> list[Doc]:
    """Return the documents that a run was scored on, in the canonical form of its model."""
    reader: Reader = resolve(config, "corpora")[corpus]
    return _canonical(reader, declared(config), f"corpora.{corpus}")


def declared(config: Config) -> Labels | None:
    """Return the types that a model's training corpus declares; without any, no relation is symmetric."""
    reader: Reader = resolve(config, "corpora")["train"]
    return reader.labels()


def key_of(config: Config, corpus: str | None) -> str:
    """Return a key that is equal for two configs with the same gold documents."""
    return json.dumps(
        [config.values["corpora"].get(name) for name in (corpus or "", "train")], sort_keys=True
    )


def _canonical(reader: Reader, labels: Labels | None, name: str) -> list[Doc]:
    docs = read_for(labels, reader, name, None) if labels is not None else read(reader, None)
    if not docs:
        raise DataError(f"{name} cannot be scored", [Fault("it has no documents", name)])
    return docs
