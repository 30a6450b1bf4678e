"""How far a run is, from what lies in its folder."""

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from safetensors import SafetensorError, safe_open

from jointre.data.strict_read import load_json
from jointre.errors import ConfigError, DataError, Fault
from jointre.experiments.results.read import RESULT
from jointre.experiments.spec import Run
from jointre.training.resume import ENDED, config_faults, data_faults
from jointre.training.run_folder import RunFolder

FAILURE = "failure.txt"
LOG = "output.log"
Status = Literal["complete", "to score", "begun", "failed", "in work", "to do"]


@dataclass(frozen=True)
class State:
    """How far a run is.

    Args:
        status: ``complete``; ``to score``: trained; ``begun``: there is a checkpoint; ``failed``; ``in work`` by
            another process; or ``to do``.
        update: number of updates in the checkpoint.
        faults: in what the run there is another than the one asked for.
        error: why it failed.
    """

    status: Status
    update: int | None = None
    faults: tuple[Fault, ...] = ()
    error: str = ""

    @property
    def to_run(self) -> bool:
        """Whether there is something left to do."""
        return self.status != "complete"

    def __str__(self) -> str:
        """In words."""
        if self.faults:
            return f"{self.status}, with another config or data"
        return f"begun at update {self.update}" if self.status == "begun" else self.status


def state_of(run: Run, data: Mapping[str, Any], score: Collection[str], by: Collection[str]) -> State:
    """Look into the folder of a run.

    Args:
        run: as it is wanted now.
        data: number and hash of the documents of its corpora, now.
        score, by: corpora and breakdowns it is to be scored on and by.
    """
    folder = RunFolder(run.folder)
    if folder.in_use:
        return State("in work")
    record = _json(folder.record)
    status = _status(run, folder, record, data, score, by)
    kept = status in ("complete", "to score") or folder.checkpoint.is_file()
    faults = _faults(run, folder, record, data) if kept else ()
    step = checkpoint_step(folder.checkpoint) if status in ("begun", "failed") else None
    error = ""
    if status == "failed":
        with suppress(OSError):
            error = (run.folder / FAILURE).read_text(encoding="utf8").strip()
    return State(status, step, faults, error)


def checkpoint_step(path: Path) -> int | None:
    """The update after which a checkpoint was written; None if there is none or it cannot be read."""
    try:
        with safe_open(path, framework="np") as file:
            return int(json.loads((file.metadata() or {})["facts"])["step"])
    except (OSError, SafetensorError, KeyError, ValueError, TypeError):
        return None


def _status(
    run: Run,
    folder: RunFolder,
    record: Mapping[str, Any],
    data: Mapping[str, Any],
    score: Collection[str],
    by: Collection[str],
) -> Status:
    if record.get("status") in ENDED and (folder.model / "meta.json").is_file():
        return "complete" if _scored(run, data, score, by) else "to score"
    if (run.folder / FAILURE).is_file():
        return "failed"
    return "begun" if folder.checkpoint.is_file() else "to do"


def _scored(run: Run, data: Mapping[str, Any], score: Collection[str], by: Collection[str]) -> bool:
    """Whether ``result.json`` has all that is asked for, found on the same documents in the same way."""
    result = _json(run.folder / RESULT)
    corpora = result.get("corpora", {})
    return (
        result.get("evaluation") == run.config.values["evaluation"]
        and set(by) <= set(result.get("by", ()))
        and all(corpora.get(name, {}).get("sha256") == data[name]["sha256"] for name in score)
    )


def _faults(
    run: Run, folder: RunFolder, record: Mapping[str, Any], data: Mapping[str, Any]
) -> tuple[Fault, ...]:
    try:
        faults = [] if _same_text(folder.config, run) else config_faults(folder, run.config)
    except ConfigError as error:
        faults = list(error.faults) or [Fault(error.title, str(folder.config))]
    now = {name: data[name] for name in ("train", "dev", "types") if name in data}
    return (*faults, *data_faults(record.get("data", {}), now))


def _same_text(file: Path, run: Run) -> bool:
    try:
        return file.read_text(encoding="utf8") == run.config.text()
    except OSError:
        return False


def _json(path: Path) -> dict[str, Any]:
    """A JSON object; empty if there is none that can be read."""
    try:
        value = load_json(path)
    except DataError:
        return {}
    return value if isinstance(value, dict) else {}
