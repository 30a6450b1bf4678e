"""The training loop: a generator that trains and yields what happens. `train` in `jointre.training.run` acts on it."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from jointre.data.doc import Doc
from jointre.evaluate import metric_values, score, to_json
from jointre.training.checkpoint import Timer
from jointre.training.epoch_stats import EpochStats
from jointre.training.events import BatchesSplit, CheckpointDue, Event, Report, Step, Stopped
from jointre.training.explain_errors import explained
from jointre.training.interrupts import Interrupts, StopRequested
from jointre.training.processes import Processes
from jointre.training.progress_lines import epoch_line, headline
from jointre.training.setup import Setup
from jointre.training.state import RngState

SMALLER = "set a smaller evaluation.batch_pieces, or a smaller model.max_pairs"


def training_events(setup: Setup, signals: Interrupts, timer: Timer, stats: EpochStats) -> Iterator[Event]:
    """Train to the end, and yield each event when it happens.

    Every process that shares the updates runs this loop; all stop after the same update, whichever was asked to.

    The loop writes no files and prints nothing. It waits for a GPU only where results are read: in reports, in
    checkpoints and in the scaler of fp16.

    Args:
        setup: built; its updater may have been restored from a checkpoint.
        signals: requests to stop or to save a checkpoint.
        timer: tells when a checkpoint is due.
        stats: of the epoch to begin or to continue.

    Raises:
        TrainingError: see `Updater.update`.
    """
    settings, updater, early_stopping = setup.settings, setup.updater, setup.early_stopping

    def state() -> dict[str, Any]:
        # These keys are part of the format of a checkpoint.
        return {"figures": stats.to_json(), "watch": early_stopping.to_json()}

    try:
        while stats.epoch < settings.epochs:
            updater.model.train()
            groups = updater.batch_groups(stats.epoch, skip=stats.updates)
            while True:
                with stats.timed():
                    work = next(groups, None)
                    if work is None:
                        updater.finite.drain()
                        break
                    while (losses := updater.update(work)) is None:
                        yield BatchesSplit(updater.parts, updater.splitter.reason)
                    stats.add(losses, work.documents)
                yield Step(updater.step, stats)
                yield from checkpoint_if_due(setup.processes, signals, timer, state)

            yield _report(setup, signals, stats)
            stats = EpochStats(stats.epoch + 1)
            if early_stopping.given_up:
                yield Stopped("stopped early")
                return
            if stats.epoch < settings.epochs:
                yield from checkpoint_if_due(setup.processes, signals, timer, state, end_of_epoch=True)
        yield Stopped("complete")
    except StopRequested:
        yield CheckpointDue("stop", state())
        yield Stopped("interrupted")


def checkpoint_if_due(
    processes: Processes,
    signals: Interrupts,
    timer: Timer,
    state: Callable[[], dict[str, Any]],
    end_of_epoch: bool = False,
) -> Iterator[CheckpointDue]:
    """Yield `CheckpointDue` if the timer or a signal to any process asks for a checkpoint.

    Raises:
        StopRequested: a signal asked to stop.
    """
    signals.pending, save = processes.any(signals.pending, signals.save_asked())
    signals.check()
    if save:
        yield CheckpointDue("save", state())
    elif timer.due(end_of_epoch):
        yield CheckpointDue("time", state())


def _report(setup: Setup, signals: Interrupts, stats: EpochStats) -> Report:
    """Report an epoch, with scores on dev if an evaluation is due."""
    settings, evaluation, early_stopping = setup.settings, setup.evaluation, setup.early_stopping
    number, every = stats.epoch + 1, settings.eval_every
    values: dict[str, Any] = {"epoch": number, **stats.logged()}
    scores, shown, keep = {}, None, False
    if setup.corpora.dev and (number == settings.epochs or (every > 0 and number % every == 0)):
        _score_dev(setup, signals)
        metrics = evaluation.metrics.values()
        values["dev"], scores = metric_values(metrics), {"dev": to_json(evaluation.metrics)}
        shown = headline(metrics, early_stopping.names)
        keep = settings.keep == "best" and early_stopping.keeps(values["dev"])
    line = epoch_line(f"{number}/{settings.epochs}", values["loss"], stats.speed, shown)
    return Report(setup.updater.step, values, line, scores, keep)


def _score_dev(setup: Setup, signals: Interrupts) -> None:
    """Evaluate the model; a request to stop ends this at once. Random numbers are left as they were.

    So how a model is evaluated does not change how it is trained.
    """
    before = RngState.now()
    try:
        with explained(SMALLER):
            if setup.processes.count > 1:
                _score_together(setup, signals)
                return
            with signals.anywhere():
                found = setup.predictor.again(setup.dev)
                score(setup.dev.docs, found, setup.evaluation.metrics, setup.predictor.given)
    finally:
        before.set()


def _score_together(setup: Setup, signals: Interrupts) -> None:
    """Predict a part of the documents in each process; then all processes have all predictions and the same scores.

    Raises:
        StopRequested: a signal asked any process to stop.
    """
    docs, here, predictor = setup.corpora.dev, setup.processes, setup.predictor

    def predicted() -> tuple[None, list[Doc] | None]:
        with suppress(StopRequested), signals.anywhere():
            return None, list(predictor.again(setup.dev))
        return None, None

    parts = [part for part in here.together(predicted)[1] if part is not None]
    if len(parts) < here.count:
        raise StopRequested
    found = (parts[row % here.count][row // here.count] for row in range(len(docs)))
    score(docs, found, setup.evaluation.metrics, predictor.given)
