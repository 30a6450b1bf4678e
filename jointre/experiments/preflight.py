"""Check all variants before the first run, so that no later run fails for a reason that is known now."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import torch

from jointre.breakdowns import unknown, wrong_metric
from jointre.config import Config, EvaluationSettings, TrainingSettings, resolve
from jointre.config.tree import where
from jointre.encoders.base import Source
from jointre.errors import ConfigError, DataError, Fault, RefusedError
from jointre.evaluate import metric_values
from jointre.experiments.corpora import CorpusCache, RunData
from jointre.experiments.experiment_file import ExperimentFile
from jointre.experiments.spec import Pretraining, Variant
from jointre.models.base import Model
from jointre.nearest import did_you_mean
from jointre.preflight import refuse
from jointre.segmenters import Segmenter, segments_of
from jointre.tokenizers.base import Tokenizer
from jointre.training.early_stopping import EarlyStopping
from jointre.training.setup import refuse_losses, refuse_tuning, segments_to_train


class Preflight:
    """Check variants one by one and collect their faults.

    Args:
        file: the experiment file, for the places in messages.
        corpora: the corpora of the experiment.
        folds: number of folds; 0 without cross-validation.
    """

    def __init__(self, file: ExperimentFile, corpora: CorpusCache, folds: int) -> None:
        self.file, self.corpora, self.folds = file, corpora, folds
        self.faults: dict[Fault, None] = {}
        self._tokenizers: dict[str, Tokenizer] = {}
        self._encoded: set[str] = set()

    def check(self, variant: Variant) -> None:
        """Check a variant as `jointre train` does before the first update, without reading weights."""
        config, place = variant.config, ("variants", variant.name)
        before = len(self.faults)
        skip = (
            ["corpora.dev", "corpora.test"] if self.folds else []
        )  # each fold has its own dev and test part
        self._try(place, lambda: refuse(config, "train", skip))
        data = self._try(place, lambda: self._data(config))
        if data is not None and len(self.faults) == before:
            self._try(place, lambda: self._model(config, data))

    def check_pretraining(self, pretraining: Pretraining) -> None:
        """Check a pre-training as `jointre pretrain` does before it reads its shards."""
        before = dict(self.faults)
        self._try(("pretrain", pretraining.name), lambda: refuse(pretraining.config, "pretrain"))
        found = [fault for fault in self.faults if fault not in before]
        options = [replace(f, remedy=re.sub(r"^--(?=\w+\.)", "--pretrain.", f.remedy)) for f in found]
        self.faults = {**before, **dict.fromkeys(options)}

    def check_metrics(self, config: Config, metrics: Iterable[str], by: Iterable[str]) -> None:
        """Check that the requested metrics, breakdowns and buckets exist."""
        evaluation: EvaluationSettings = resolve(config, "evaluation")
        known = list(metric_values(evaluation.metrics.values()))
        place = str(where(self.file.place, ("experiment",), "metrics"))
        found = unknown(by, evaluation.breakdowns, where(self.file.place, ("experiment",), "by"))
        for name in metrics:
            if "@" not in name:
                found += [] if name in known else [_unknown_metric(name, known, place)]
                continue
            breakdown = name.partition("@")[2].partition(":")[0]
            wrong = wrong_metric(name, evaluation.breakdowns, evaluation.metrics, place)
            if not wrong and breakdown not in by:
                remedy = f'add "{breakdown}" to `by`'
                wrong = [Fault(f"the runs are not scored by {breakdown}", f"{place}: {name}", remedy)]
            found += wrong
        self.faults.update(dict.fromkeys(found))

    def check_search(self, config: Config, metric: str) -> None:
        """Check that the metric of the search exists and is computed on dev."""
        known = list(metric_values(resolve(config, "evaluation").metrics.values()))
        place = str(where(self.file.place, ("search",), "metric"))
        if metric not in known:
            self.faults[_unknown_metric(metric, known, place)] = None
        if "dev" not in self.file.score:
            self.faults[Fault("a search needs the scores of dev", place, 'add "dev" to `score`')] = None

    def _data(self, config: Config) -> RunData:
        folds = range(self.folds) if self.folds else (None,)
        found = [self.corpora.data(config, fold) for fold in folds]
        settings: TrainingSettings = resolve(config, "training")
        metrics = resolve(config, "evaluation").metrics
        EarlyStopping(settings, metrics.values(), bool(found[0].corpora.dev))
        return found[0]

    def _model(self, config: Config, data: RunData) -> None:
        model: Model = resolve(config, "model")
        settings: TrainingSettings = resolve(config, "training")
        segmenter: Segmenter = resolve(config, "segmenter")
        model.admit(segments_to_train(data.corpora.train, segmenter, settings.max_words)[0])
        with torch.device("meta"):
            model.build(Source(weights=False), data.corpora.labels.with_triples(data.corpora.train))
        refuse_losses(model.targets, settings.losses)
        refuse_tuning(model, settings, resolve(config, "evaluation"), bool(data.corpora.dev))
        settings.optimizer.create(model)
        key = json.dumps(config.values["tokenizer"], sort_keys=True)
        if key not in self._tokenizers:
            tokenizer: Tokenizer = resolve(config, "tokenizer")
            tokenizer.build(Source())
            self._tokenizers[key] = tokenizer
        limit = model.encoder.max_length
        used = [config.values[name] for name in ("corpora", "splitter", "segmenter")]
        corpora = json.dumps([key, limit, *used], sort_keys=True)
        if corpora not in self._encoded:
            self._encoded.add(corpora)
            _encode(self._tokenizers[key], limit, data, segmenter)

    def _try(self, key: tuple[str, ...], work: Callable[[], Any]) -> Any:
        try:
            return work()
        except RefusedError as error:
            place = where(self.file.place, key)
            for fault in error.faults or [Fault(error.title)]:
                if not isinstance(
                    error, DataError | ConfigError
                ):  # those name a place in a file of their own
                    what = f"{error.title}: {fault.where}{': ' if fault.where else ''}{fault.what}"
                    fault = Fault(what, place, fault.remedy)
                self.faults[fault] = None
        return None


def _unknown_metric(name: str, known: list[str], place: str) -> Fault:
    remedy = did_you_mean(name, known) or f"choose from: {', '.join(known)}"
    return Fault(f"unknown metric {name!r}", place, remedy)


def _encode(tokenizer: Tokenizer, limit: int | None, data: RunData, segmenter: Segmenter) -> None:
    """Raise a DataError for documents that cannot be encoded, and for corpora without any that can."""
    corpora = {"train": data.corpora.train, "dev": data.corpora.dev, **data.scored}
    faults: list[Fault] = []
    for name, docs in corpora.items():
        try:
            if docs and not tokenizer.encode(segments_of(docs, segmenter)[0], limit):
                faults.append(Fault("all documents are too long for the encoder", f"corpora.{name}"))
        except DataError as error:
            faults += error.faults or [Fault(error.title, f"corpora.{name}")]
    if faults:
        raise DataError("the corpora do not fit the encoder", faults)
