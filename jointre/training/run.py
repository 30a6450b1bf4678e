"""One training run, from a filled config to a model folder."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import srsly
from rich.console import Console

from jointre.config import Config, resolve
from jointre.config.schema import EvaluationSettings, SystemSettings, TrainingSettings
from jointre.data.batch import Encoding
from jointre.data.doc import Doc
from jointre.encoders.base import Source
from jointre.errors import DataError, Fault
from jointre.loggers.base import Run
from jointre.metrics.base import Metric
from jointre.models.base import Model
from jointre.predict import Predictor
from jointre.serialize import save_model
from jointre.system import prepare
from jointre.tokenizers.base import Tokenizer
from jointre.training.corpora import Corpora, load_corpora
from jointre.training.evaluate import evaluate, figures, to_json
from jointre.training.folder import clear, machine, refuse_used
from jointre.training.loader import TrainingData
from jointre.training.loop import EpochFigures, Loop
from jointre.training.progress import TrainingProgress
from jointre.training.watch import Watch


@dataclass
class TrainResult:
    """How a training ended: ``complete``, ``stopped early`` or ``interrupted``; where its model is; its dev scores.

    ``metrics`` hold the same scores as tables, where the last state was kept.
    """

    status: str
    model: Path
    seconds: float
    scores: dict[str, Any] = field(default_factory=dict)
    metrics: list[Metric] = field(default_factory=list)


def train(
    config: Config,
    output: Path,
    force: bool = False,
    console: Console | None = None,
    quiet: bool = False,
) -> TrainResult:
    """Train a model.

    Args:
        config: from `jointre.load_config`.
        output: run folder; gets ``config.cfg``, ``metrics.json``, logs and ``model/``.
        force: replace a run that is there already.
        console: where progress goes; stderr by default.
        quiet: show nothing.

    Raises:
        RefusedError: config, data or output folder refused, before anything is written.
        TrainingError: the loss is not a number.
    """
    return _Training(config, output, force, console or Console(stderr=True), quiet).run()


class _Training:
    def __init__(self, config: Config, output: Path, force: bool, console: Console, quiet: bool) -> None:
        refuse_used(output, force)
        self.config = config
        self.output = output
        self.console = console
        self.quiet = quiet
        self.system: SystemSettings = resolve(config, "system")
        self.settings: TrainingSettings = resolve(config, "training")
        self.evaluation: EvaluationSettings = resolve(config, "evaluation")
        self.corpora: Corpora = load_corpora(config)
        self.watch = Watch(self.settings, self.evaluation.metrics.values(), bool(self.corpora.dev))
        self.notices = list(self.corpora.notices)
        self.device = prepare(self.system)
        self.model, self.tokenizer = self._build()
        self.loop = self._loop()
        self.predictor = Predictor(
            self.model, self.tokenizer, self.evaluation.batch_pieces, self.system.precision
        )
        self.scores: dict[str, Any] = {}

    def _build(self) -> tuple[Model, Tokenizer]:
        tokenizer: Tokenizer = resolve(self.config, "tokenizer")
        model: Model = resolve(self.config, "model")
        tokenizer.build(Source())
        model.build(Source(), self.corpora.labels)
        return model.to(self.device), tokenizer

    def _encode(self, name: str, docs: list[Doc]) -> list[Encoding]:
        """Tokenise a corpus before the first update, so that what does not fit is refused, or told, at the door."""
        encodings = self.tokenizer.encode(docs, self.model.encoder.max_length)
        if len(encodings) < len(docs):
            skipped = f"corpora.{name}: {len(docs) - len(encodings)} of {len(docs)} documents"
            self.notices.append(f"{skipped} are too long for the encoder and skipped")
        if docs and not encodings:
            raise DataError(f"the {name} corpus has nothing left", [Fault(self.notices[-1])])
        return encodings

    def _loop(self) -> Loop:
        encodings = self._encode("train", self.corpora.train)
        self._encode("dev", self.corpora.dev)
        settings = self.settings
        data = TrainingData(
            encodings,
            self.corpora.labels,
            self.tokenizer.pad_id,
            settings.batch_size,
            settings.drop_last,
            self.system.seed,
            settings.workers,
        )
        return Loop(self.model, data, settings, self.system.precision, self._after_update)

    def run(self) -> TrainResult:
        clear(self.output)
        (self.output / "config.cfg").write_text(self.config.text(), encoding="utf8")
        run = Run(self.output, self.config.text(), self.loop.total)
        loggers = list(self.settings.loggers.values())
        for logger in loggers:
            logger.start(run)
        begin = time.perf_counter()
        status = "failed"
        try:
            with TrainingProgress(self.loop.total, self.console, self.quiet) as self.progress:
                for notice in self.notices:
                    self.progress.say(notice)
                status = self._epochs()
        finally:
            for logger in loggers:
                logger.finish(status)
        seconds = time.perf_counter() - begin
        self._finish(status, seconds)
        metrics = (
            list(self.evaluation.metrics.values()) if self.scores and self.settings.keep == "last" else []
        )
        return TrainResult(status, self.output / "model", seconds, self.scores, metrics)

    def _epochs(self) -> str:
        try:
            for number in range(self.settings.epochs):
                report = self.loop.epoch(number)
                last = number + 1 == self.settings.epochs
                every = self.settings.eval_every
                self._report(report, last or (every > 0 and (number + 1) % every == 0))
                if self.watch.given_up:
                    return "stopped early"
        except KeyboardInterrupt:
            return "interrupted"
        return "complete"

    def _after_update(self, step: int, report: EpochFigures) -> None:
        self.progress.step(step, report.epoch + 1, report.means()["loss"], report.speed)

    def _report(self, report: EpochFigures, score: bool) -> None:
        values: dict[str, Any] = {
            "epoch": report.epoch + 1,
            **{name if name == "loss" else f"loss_{name}": value for name, value in report.means().items()},
            "documents_per_second": round(report.speed, 2),
        }
        line = f"epoch {report.epoch + 1}/{self.settings.epochs}  loss {values['loss']:.4f}"
        line += f"  {report.speed:.1f} docs/s"
        if score and self.corpora.dev:
            dev = self._score_dev()
            values["dev"] = dev
            shown = {name: value for name, value in dev.items() if name.endswith("micro_f")}
            line += "  dev " + "  ".join(f"{name} {100 * value:.2f}" for name, value in shown.items())
        self.progress.say(line)
        for logger in self.settings.loggers.values():
            logger.log(self.loop.step, values)

    def _score_dev(self) -> dict[str, float]:
        metrics = self.evaluation.metrics
        evaluate(self.predictor, self.corpora.dev, metrics)
        dev = figures(metrics.values())
        scores = {"dev": to_json(metrics)}
        if self.settings.keep == "last":
            self.scores = scores
        elif self.watch.improved(dev):
            self.scores = scores
            self._save({"status": "running", "updates": self.loop.step})
        return dev

    def _finish(self, status: str, seconds: float) -> None:
        facts = {
            "status": status,
            "updates": self.loop.step,
            "seconds": round(seconds, 1),
            "machine": machine(self.device),
            "precision": self.system.precision,
            "seed": self.system.seed,
        }
        if self.settings.keep == "last" or self.watch.best is None:
            self._save(facts)
        else:
            path = self.output / "model" / "meta.json"
            meta = srsly.read_json(path)
            srsly.write_json(path, {**meta, **facts, "updates": meta["updates"]})
        srsly.write_json(self.output / "metrics.json", {**facts, "scores": self.scores})

    def _save(self, facts: Mapping[str, Any]) -> None:
        meta = {**facts, "scores": self.scores}
        save_model(self.output / "model", self.model, self.tokenizer, self.config, meta)
