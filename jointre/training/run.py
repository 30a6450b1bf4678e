"""One training run, from a filled config to a model folder."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from jointre.config import Config, resolve
from jointre.config.schema import TrainingSettings
from jointre.console import SafeConsole
from jointre.data.atomic_write import write_json, writing
from jointre.data.strict_read import load_json
from jointre.errors import TrainingError
from jointre.evaluate import evaluate, figures, to_json
from jointre.metrics.base import Metric
from jointre.pipeline import Pipeline, load
from jointre.predict import Predictor
from jointre.serialize import save_model
from jointre.training import resume as resuming
from jointre.training.epoch_stats import EpochStats
from jointre.training.explain_errors import explained
from jointre.training.interrupts import Stopped
from jointre.training.lifecycle import Course, conduct, tell_ended
from jointre.training.nothing_found import Trained, explain, missing
from jointre.training.progress import TrainingProgress
from jointre.training.progress_lines import Kept, epoch_line, headline
from jointre.training.recorder import Recorder
from jointre.training.run_folder import RunFolder
from jointre.training.run_record import made_of
from jointre.training.setup import Setup
from jointre.training.state import RngState
from jointre.training.threshold import tune

SMALLER = "set a smaller evaluation.batch_pieces, or a smaller model.max_pairs"


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
    resume: bool = False,
    progress: type[TrainingProgress] = TrainingProgress,
) -> TrainResult:
    """Train a model.

    Args:
        config: from `jointre.load_config`.
        output: run folder; gets ``config.cfg``, ``run.json``, ``metrics.json``, logs and ``model/``.
        force: replace a run that is there already.
        console: where progress goes; stderr by default.
        quiet: show nothing.
        resume: continue the run that is there, exactly; one that has ended is left as it is.
        progress: what shows it.

    Raises:
        RefusedError: config, data or output folder refused, before anything is written.
        InUse: another process trains in the folder.
        TrainingError: a loss that is not a number; memory or disk that are not enough.
        KeyboardInterrupt: a second Ctrl-C, while the first waits for the end of an update.
    """
    console = console or SafeConsole(stderr=True)
    folder = RunFolder(output)
    return conduct(
        folder,
        force,
        resume,
        lambda earlier, notices: _Training(config, folder, console, quiet, earlier, notices, progress).run,
        lambda record: _ended(config, folder, record, console, quiet),
    )


def _ended(
    config: Config, folder: RunFolder, record: Mapping[str, Any], console: Console, quiet: bool
) -> TrainResult:
    settings: TrainingSettings = resolve(config, "training")
    for notice in tell_ended(folder, config, record, settings.loggers.values()):
        if not quiet:
            console.print(notice, highlight=False, markup=False, soft_wrap=True)
    scores = load_json(folder.metrics)["scores"]
    return TrainResult(record["status"], folder.model, record["seconds"], scores)


class _Training(Course):
    def __init__(
        self,
        config: Config,
        folder: RunFolder,
        console: Console,
        quiet: bool,
        earlier: dict[str, Any] | None,
        notices: Sequence[str],
        progress: type[TrainingProgress],
    ) -> None:
        self.setup = Setup(config, earlier is not None)
        self.settings = self.setup.settings
        made = made_of(config, self.setup.corpora)
        keeper = Recorder(folder, config, made, self.setup.device, self.settings.checkpoint_every, earlier)
        self.setup.notices += [*notices, *keeper.notices]
        self.setup.build(self._after_update)
        if self.setup.initialized:
            keeper.record["initialized"] = self.setup.initialized.to_json()
        self.watch, self.updater = self.setup.watch, self.setup.updater
        loggers = self.settings.loggers.values()
        super().__init__(config, keeper, self.updater, loggers, self.setup.notices, console, quiet, progress)
        self.updater.splitter.notify = self._split
        self.figures = EpochStats(0)
        self.scores: dict[str, Any] = {}
        self.dev: dict[str, float] = {}
        self.losses: dict[str, float] = {}
        self.scored_at = -1
        self.tuned = False
        if earlier is not None:
            self._restore()

    def _restore(self) -> None:
        facts = self.restored()
        self.figures = EpochStats.from_json(facts["figures"], self.setup.device)
        self.watch.restore(facts["watch"])

    def run(self) -> TrainResult:
        status = self.follow()
        current = self.settings.keep == "last" or self.tuned
        metrics = self.setup.evaluation.metrics.values() if current else []
        tables = list(metrics) if self.scores else []
        return TrainResult(status, self.folder.model, self.keeper.seconds, self.scores, tables)

    def _work(self) -> str:
        while self.figures.epoch < self.settings.epochs:
            self._epoch()
            if self.watch.given_up:
                return "stopped early"
        return "complete"

    def _epoch(self) -> None:
        number, every = self.figures.epoch, self.settings.eval_every
        self.updater.epoch(number, self.figures)
        last = number + 1 == self.settings.epochs
        self._report(self.figures, last or (every > 0 and (number + 1) % every == 0))
        self.figures = EpochStats(number + 1)
        if not last and not self.watch.given_up:
            self._pause(end_of_epoch=True)

    def _after_update(self, step: int, report: EpochStats) -> None:
        self.progress.step(step, report)
        self._pause(end_of_epoch=False)

    def _facts(self) -> dict[str, Any]:
        return {"figures": self.figures.to_json(), "watch": self.watch.to_json()}

    def _split(self, parts: int, reason: str) -> None:
        self.keeper.record["batch_parts"] = parts
        self.progress.say(f"out of memory: batches are computed in {parts} parts from now on ({reason})")
        self._log({"batch_parts": parts})

    def _report(self, report: EpochStats, score: bool) -> None:
        values: dict[str, Any] = {
            "epoch": report.epoch + 1,
            **{name if name == "loss" else f"loss_{name}": value for name, value in report.means().items()},
            "documents_per_second": round(report.speed, 2),
        }
        shown = None
        if score and self.setup.corpora.dev:
            values["dev"] = self._score_dev()
            shown = headline(self.setup.evaluation.metrics.values(), self.watch.names)
        self.losses = report.means()
        place = f"{report.epoch + 1}/{self.settings.epochs}"
        self.progress.say(epoch_line(place, values["loss"], report.speed, shown))
        self.progress.epoch(values)
        self._log(values)

    def _score_dev(self) -> dict[str, float]:
        metrics = self.setup.evaluation.metrics
        before = RngState.now()
        try:
            with explained(SMALLER), self.interrupts.anywhere():
                evaluate(self.setup.predictor, self.setup.corpora.dev, metrics)
        except Stopped:
            before.set()
            raise
        self.dev = figures(metrics.values())
        self.scores, self.scored_at = {"dev": to_json(metrics)}, self.updater.step
        if self.settings.keep == "best" and self.watch.keeps(self.dev):
            self._save({"status": "running", "updates": self.updater.step})
            self.keeper.best_kept = True
        return self.dev

    def _finish(self, status: str) -> None:
        facts = self.ending(status)
        if self.settings.keep == "last" or self.watch.best is None:
            self.scores = self.scores if self.scored_at == self.updater.step else {}
            self._save(facts)
        else:
            path = self.folder.model / "meta.json"
            meta = load_json(path)
            facts["updates"], self.scores = meta["updates"], meta["scores"]
            write_json(path, {**meta, **facts})
        if self.settings.tune_threshold is not None and status in resuming.ENDED:
            self._tune(self.settings.tune_threshold)
        write_json(self.folder.metrics, {"updates": facts["updates"], "scores": self.scores})
        self._tell(facts["updates"], status)

    def _tell(self, updates: int, status: str) -> None:
        """Say why nothing is found, if nothing is, and which state was kept."""
        lacking = missing(self.setup.evaluation.metrics, self.scores.get("dev", {}))
        if lacking and status in resuming.ENDED:
            trained = Trained(updates, self.settings.epochs, self.losses, self.tuned)
            docs = self.setup.corpora.dev
            with (
                suppress(TrainingError),
                explained(SMALLER),
            ):  # the run is over and saved: memory no longer matters
                for line in explain(self._kept_predictor()[1], docs, lacking, "dev", trained):
                    self.progress.say(line)
        best = self.settings.keep == "best" and self.watch.best is not None
        score = self.watch.best
        if self.tuned or not best:
            known = self.scores and self.dev.keys() >= set(self.watch.names)
            score = self.watch.value(self.dev) if known else None
        metric, epochs = self.settings.best_metric, self.settings.epochs
        self.progress.say(str(Kept(updates, self.updater.updates_per_epoch, epochs, best, metric, score)))

    def _kept_predictor(self) -> tuple[Pipeline, Predictor]:
        """The model that was kept, and its predictor."""
        pipeline = load(self.folder.model, str(self.setup.device))
        given = self.setup.evaluation.entities == "gold"
        pieces = self.setup.evaluation.batch_pieces
        return pipeline, pipeline.predictor(self.setup.system.precision, pieces, given)

    def _tune(self, figure: str) -> None:
        """Choose the threshold of the model that was kept, on dev."""
        self.progress.say(f"choosing the threshold by {figure} on dev")
        pipeline, predictor = self._kept_predictor()
        # A part of the run that was killed may have tuned the threshold already.
        pipeline.model.threshold = self.setup.model.threshold
        docs, metrics = self.setup.corpora.dev, self.setup.evaluation.metrics
        with explained(SMALLER), writing("the model", self.folder.model):
            tuned, _ = tune(self.folder.model, pipeline, predictor, docs, metrics, figure, "dev")
        self.scores, self.dev, self.tuned = {"dev": to_json(metrics)}, figures(metrics.values()), True
        self.progress.say(str(tuned))

    def _save(self, facts: Mapping[str, Any]) -> None:
        meta = {**facts, "scores": self.scores}
        with writing("the model", self.folder.model):
            save_model(self.folder.model, self.setup.model, self.setup.tokenizer, self.config, meta)
