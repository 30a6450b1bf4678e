"""Resuming a run: whether it can be continued, and what has to be the same as before."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from jointre.config import Config, load_config
from jointre.config.diff import Side, differences
from jointre.data.atomic_write import writing
from jointre.errors import Fault, UsageError
from jointre.loggers.base import Logger, Run
from jointre.model_folder import newer
from jointre.training.run_folder import RunFolder
from jointre.training.run_record import pretrained

ENDED = ("complete", "stopped early")
FREE = (
    "paths",
    "corpora",
    "system.device",
    "training.loggers",
    "training.workers",
    "training.checkpoint_every",
    "training.on_out_of_memory",
    "training.corpus_store",
    "training.corpus_folder",
    "pretraining.shards",
    "pretraining.held_out",
    "pretraining.types",
    "pretraining.loggers",
    "pretraining.workers",
    "pretraining.save_every",
    "evaluation.breakdowns",
)
"""Keys that may differ when a run is resumed: they do not change the result, or are compared in another way."""

Facts = Mapping[str, Any]


def earlier_part(folder: RunFolder) -> dict[str, Any] | None:
    """Return the record of the run to resume; None if nothing was saved yet, so that a run begins.

    Raises:
        UsageError: the folder contains something else, its record cannot be read, or a model in it would be lost.
    """
    if not folder.used:
        return None
    try:
        record: dict[str, Any] = json.loads(folder.record.read_text(encoding="utf8"))
        status = record["status"]
    except FileNotFoundError:
        what = f"it is not empty and does not contain a run ({folder.record.name} is missing)"
        raise _refused(folder, what, "choose another --output, or --force to begin a run there") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"{folder.record.name} cannot be read: {error}"
        raise _refused(folder, what, "begin again with --force") from error
    refuse(folder, newer(record, folder.record.name))
    if status in ENDED or folder.checkpoint.is_file():
        return record
    if status == "interrupted" and (folder.model / "meta.json").is_file():
        what = "the run was interrupted and left a model, but no checkpoint to continue from"
        raise _refused(folder, what, "begin again with --force, which overwrites the model")
    return None


def complete_ended(folder: RunFolder, config: Config, record: Facts, loggers: Iterable[Logger]) -> list[str]:
    """Do what a run that has ended left undone because it was killed; return notices.

    Raises:
        UsageError: the config is not that of the run; all differences.
        TrainingError: a log cannot be written.
    """
    refuse(folder, config_faults(folder, record, config))
    folder.checkpoint.unlink(missing_ok=True)
    folder.tidy()
    updates: int = record["updates"]
    run = Run(folder.root, config.text(), updates, updates, record["seconds"])
    notices = []
    for logger in loggers:
        notices.append(logger.lost(run))
        with writing("the log", folder.root):
            logger.ended(run, record["status"])
    return [*filter(None, notices), f"{folder.root} has ended: nothing to resume"]


def config_faults(folder: RunFolder, record: Facts, config: Config) -> list[Fault]:
    """Return a fault for each key whose value has changed and may change the result, or if the run is newer than us.

    Folders of pretrained models are compared by their files, so the same one may have another path.

    Args:
        folder: of the run.
        record: of the run; empty if it cannot be read.
        config: the config to continue with.
    """
    if later := newer(record, folder.record.name):  # its config and checkpoint may mean something else there
        return later
    found = {".".join(item.key): item for item in differences(load_config(folder.config), config)}
    then, now = _pretrained_before(folder, record), pretrained(config)
    faults = [
        Fault(f"was {_shown(item.old)}, is {_shown(item.new)}", key)
        for key, item in found.items()
        if not any(f"{key}.".startswith(f"{free}.") for free in FREE)
        and not (key in now and then.get(key) == now[key])
    ]
    told = {config[key] for key in found.keys() & now.keys()}
    for key in sorted(then.keys() & now.keys()):
        if then[key] != now[key] and config[key] not in told:
            told.add(config[key])
            faults.append(Fault(f"the files of {config[key]} are not the same", key))
    return faults


def _pretrained_before(folder: RunFolder, record: Facts) -> Mapping[str, str]:
    """Return the hashes of pretrained folders when the run began; an earlier jointre has not recorded them."""
    recorded: Mapping[str, str] | None = record.get("pretrained")
    return pretrained(load_config(folder.config)) if recorded is None else recorded


def data_faults(then: Facts, now: Facts) -> Iterator[Fault]:
    """Yield a fault for each corpus whose documents have changed, and for changed types."""
    for name in sorted(then.keys() | now.keys()):
        old, new = then.get(name), now.get(name)
        if old != new:
            sizes = [f"{part['documents']} documents" for part in (old, new) if part and "documents" in part]
            count = f" ({', now '.join(sizes)})" if sizes else ""
            where = "labels" if name == "types" else f"corpora.{name}"
            yield Fault(f"the {'types' if name == 'types' else 'documents'} are not the same{count}", where)


def refuse(folder: RunFolder, faults: list[Fault]) -> None:
    """Refuse to resume a run if there is a fault.

    Raises:
        UsageError: with all faults.
    """
    if faults:
        remedy = "use the config and data it was begun with, or train again with --force or another --output"
        title = f"cannot resume the run in {folder.root}: it would not be the same run"
        raise UsageError(title, [*faults[:-1], replace(faults[-1], remedy=remedy)])


def other_machine(then: Facts, now: Facts) -> list[str]:
    """Return notices about hardware and software that changed, so that the result may differ in its last bits."""
    keys = ("name", "threads", "python", "jointre", "libraries", "packages")
    return [
        f"{key} was {then[key]}, is {now[key]}: the result may differ in its last bits"
        for key in keys
        if key in then and key in now and then[key] != now[key]
    ]


def device_faults(then: str, now: str) -> Iterator[Fault]:
    """Yield a fault if a run that was begun on a CPU would continue on a GPU, or the other way round."""
    if then.partition(":")[0] != now.partition(":")[0]:
        yield Fault(f"was {then}, is {now}", "system.device")


def process_faults(then: Facts, now: Facts) -> Iterator[Fault]:
    """Yield a fault if the number of processes changed: dropout would draw different numbers."""
    before, here = then.get("processes", 1), now.get("processes", 1)
    if before != here:
        what = f"was begun by {before} processes, there are {here} (--processes {before} or your launcher's option)"
        yield Fault(what, "processes")


def _shown(side: Side | None) -> str:
    return "not there" if side is None else json.dumps(side.value, ensure_ascii=False)


def _refused(folder: RunFolder, what: str, remedy: str) -> UsageError:
    return UsageError("there is nothing to resume", [Fault(what, str(folder.root), remedy)])
