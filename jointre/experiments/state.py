"""Determine the status of a run from the files in its folder."""

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from safetensors import SafetensorError, safe_open

from jointre.data.strict_read import load_json
from jointre.errors import ConfigError, DataError, Fault
from jointre.experiments.results.read import RESULT, run_name
from jointre.experiments.spec import Run
from jointre.model_folder import WEIGHTS
from jointre.training.resume import ENDED, config_faults, data_faults
from jointre.training.run_folder import RunFolder
from jointre.training.run_record import pretrained

FAILURE = "failure.txt"
LOG = "output.log"
Status = Literal["complete", "to score", "stopped", "failed", "running", "to do"]


@dataclass(frozen=True)
class State:
    """The status of a run.

    Args:
        status: ``complete``; ``to score`` (trained, not scored); ``stopped`` (there is a checkpoint); ``failed``;
            ``running`` (another process uses the folder); or ``to do``.
        update: number of updates in the checkpoint.
        faults: how the config or data of the run in the folder differ from the requested ones.
        error: why the run failed.
        trained_in: the run with whose weights it is scored, such as ``full/seed-0``; empty if it trains its own.
    """

    status: Status
    update: int | None = None
    faults: tuple[Fault, ...] = ()
    error: str = ""
    trained_in: str = ""

    @property
    def to_run(self) -> bool:
        """Whether the run is not complete."""
        return self.status != "complete"

    @property
    def to_train(self) -> bool:
        """Whether the weights of the run are missing, or are those of another config or of other data."""
        return bool(self.faults) or self.status not in ("complete", "to score")

    @property
    def reason(self) -> str:
        """The last line of the error that is not a remedy."""
        lines = [line.strip() for line in self.error.splitlines()]
        return next((line for line in reversed(lines) if not line.startswith("->")), "")

    def __str__(self) -> str:
        if self.faults:
            return f"{self.status}, but with another config or data"
        weights = f", with the weights of {self.trained_in}" if self.trained_in else ""
        return (f"stopped after update {self.update}" if self.status == "stopped" else self.status) + weights


def state_of(
    run: Run, data: Mapping[str, Any], score: Collection[str], by: Collection[str], cost: bool = False
) -> State:
    """Return the status of a run.

    Args:
        run: the requested run.
        data: number and hash of the documents of its corpora, as requested.
        score: corpora to score.
        by: breakdowns to compute.
        cost: whether to measure the cost of the model.
    """
    folder = RunFolder(run.folder)
    if folder.in_use:
        return State("running")
    record = _json(folder.record)
    scored = _scored(run, data, score, by, cost)
    status = _status(run, folder, record, scored)
    kept = status in ("complete", "to score") or folder.checkpoint.is_file()
    faults = _faults(run, folder, record, data) if kept else ()
    step = checkpoint_step(folder.checkpoint) if status in ("stopped", "failed") else None
    source = run_name(run.trained_in) if run.trained_in else ""
    if status in ("complete", "to score"):
        source = (record.get("trained_in") or {}).get("run", "")
    return State(status, step, faults, _error(run) if status == "failed" else "", source)


def trained(folder: RunFolder) -> bool:
    """Return whether the training in a folder has ended and left a model."""
    return _ended(folder, _json(folder.record))


def lacks_weights(folder: RunFolder) -> bool:
    """Return whether the training in a folder has ended, but its weights were not kept, as in packed results."""
    return trained(folder) and not (folder.model / WEIGHTS).is_file()


def _ended(folder: RunFolder, record: Mapping[str, Any]) -> bool:
    return record.get("status") in ENDED and (folder.model / "meta.json").is_file()


def _error(run: Run) -> str:
    """Return why the run failed."""
    with suppress(OSError):
        return (run.folder / FAILURE).read_text(encoding="utf8").strip()
    return ""


def state_of_pretraining(run: Run) -> State:
    """Return the status of a pre-training run; its shards are compared when it is continued."""
    folder = RunFolder(run.folder)
    if folder.in_use:
        return State("running")
    record = _json(folder.record)
    if _ended(folder, record):
        status: Status = "complete"
    elif (run.folder / FAILURE).is_file():
        status = "failed"
    else:
        status = "stopped" if folder.checkpoint.is_file() else "to do"
    kept = status == "complete" or folder.checkpoint.is_file()
    faults = _faults(run, folder, record, record.get("data", {})) if kept else ()
    step = checkpoint_step(folder.checkpoint) if status in ("stopped", "failed") else None
    return State(status, step, faults, _error(run) if status == "failed" else "")


def checkpoint_step(path: Path) -> int | None:
    """Return the update after which a checkpoint was written; None if it is missing or cannot be read."""
    try:
        with safe_open(path, framework="np") as file:
            return int(json.loads((file.metadata() or {})["facts"])["step"])
    except (OSError, SafetensorError, KeyError, ValueError, TypeError):
        return None


def _status(run: Run, folder: RunFolder, record: Mapping[str, Any], scored: bool) -> Status:
    if _ended(folder, record):
        return "complete" if scored else "to score"
    if (run.folder / FAILURE).is_file():
        return "failed"
    return "stopped" if folder.checkpoint.is_file() else "to do"


def _scored(
    run: Run, data: Mapping[str, Any], score: Collection[str], by: Collection[str], cost: bool
) -> bool:
    """Return whether ``result.json`` has all requested scores, of the same documents and evaluation settings."""
    result = _json(run.folder / RESULT)
    corpora = result.get("corpora", {})
    return (
        _used(result.get("evaluation") or {}, by) == _used(run.config.values["evaluation"], by)
        and set(by) <= set(result.get("by", ()))
        and ("cost" in result or not cost)
        and all(corpora.get(name, {}).get("sha256") == data[name]["sha256"] for name in score)
    )


def _used(evaluation: Mapping[str, Any], by: Collection[str]) -> dict[str, Any]:
    """Return evaluation settings with only those breakdowns that are computed."""
    breakdowns = evaluation.get("breakdowns") or {}
    return {**evaluation, "breakdowns": {name: breakdowns.get(name) for name in by}}


def _faults(
    run: Run, folder: RunFolder, record: Mapping[str, Any], data: Mapping[str, Any]
) -> tuple[Fault, ...]:
    try:
        same = _same_text(folder.config, run) and record.get("pretrained") == pretrained(run.config)
        faults = [] if same else config_faults(folder, record, run.config)
    except ConfigError as error:
        faults = list(error.faults) or [Fault(error.title, str(folder.config))]
    if run.starts_from is not None:  # the same pre-training, whatever the path of the experiment
        faults = [fault for fault in faults if fault.where != "initialize.weights"]
    now = {name: data[name] for name in ("train", "dev", "types") if name in data}
    return (*faults, *data_faults(record.get("data", {}), now))


def _same_text(file: Path, run: Run) -> bool:
    try:
        return file.read_text(encoding="utf8") == run.config.text()
    except OSError:
        return False


def _json(path: Path) -> dict[str, Any]:
    """Read a JSON object; return an empty one if the file is missing or damaged."""
    try:
        value = load_json(path)
    except DataError:
        return {}
    return value if isinstance(value, dict) else {}
